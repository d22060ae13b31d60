package lambda

import (
	"encoding/json"
	"strings"
	"sync"

	"github.com/lambdagate/lambdagate/internal/eventpattern"
)

// maxFilters is how many patterns a mapping may have. AWS: five, ten on request.
const maxFilters = 10

// filters are a mapping's compiled patterns: a record passes that matches one.
type filters []*eventpattern.Pattern

// parseFilters compiles a mapping's filter criteria. AWS's text tells no more.
func parseFilters(c *FilterCriteria) (filters, error) {
	if c == nil {
		return nil, nil
	}
	if len(c.Filters) > maxFilters {
		return nil, invalidParameter("Filter patterns exceed the maximum of %d.", maxFilters)
	}
	var all filters
	for _, f := range c.Filters {
		p, err := eventpattern.Parse(deref(f.Pattern))
		if err != nil {
			return nil, invalidParameter("Invalid filter pattern definition. (%s)", err)
		}
		all = append(all, p)
	}
	return all, nil
}

// passes says whether a record, as functions get it, may be handed on. data is
// the name of the field with the message, which is a text in the record and may
// be JSON for the pattern.
//
// AWS: a pattern with fields of the message drops messages that are not JSON, a
// pattern with texts those that are.
func (f filters) passes(record map[string]any, data string) bool {
	if len(f) == 0 {
		return true
	}
	text, err := json.Marshal(record)
	if err != nil {
		return false
	}
	plain, err := eventpattern.Decode(text)
	if err != nil {
		return false
	}
	fields, _ := plain.(map[string]any)
	message, _ := fields[data].(string)
	parsed, notJSON := eventpattern.Decode([]byte(message))
	if _, isObject := parsed.(map[string]any); !isObject {
		notJSON = errNotObject
	}
	for _, p := range f {
		asked, isObject := p.Field(data)
		fields[data] = message
		if asked && isObject != (notJSON == nil) {
			continue
		}
		if isObject {
			fields[data] = parsed
		}
		if p.Match(fields) {
			return true
		}
	}
	return false
}

// lastResults are what came last of the mappings that are worked on, by key.
type lastResults struct{ byKey sync.Map }

// Results as AWS words them; the problems' texts are our own.
const (
	resultOK      = "OK"
	resultProblem = "PROBLEM: "
)

func (r *lastResults) set(key string, err error) {
	result := resultOK
	if err != nil {
		result = resultProblem + strings.TrimSuffix(err.Error(), ".")
	}
	r.byKey.Store(key, result)
}

// shown is a mapping's configuration as answers show it: with what came last of
// it, or why nothing does.
func (s *Service) shown(key string, m *eventSourceMapping) *EventSourceMappingConfiguration {
	c := m.Config
	if deref(c.State) != "Enabled" {
		return &c
	}
	if why := s.unpolled(m); why != "" {
		c.LastProcessingResult = new(resultProblem + why)
		return &c
	}
	if last, ok := s.results.byKey.Load(key); ok {
		c.LastProcessingResult = new(last.(string))
	}
	return &c
}
