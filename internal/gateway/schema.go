package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/lambdagate/lambdagate/internal/apigateway"
	"github.com/lambdagate/lambdagate/internal/javaregex"
)

// schemas are an API's models, compiled when a method first needs one.
type schemas struct {
	models map[string]*apigateway.Model
	api    string

	mu       sync.Mutex
	compiled map[string]*schema
}

// schema is a compiled model.
type schema struct {
	*jsonschema.Schema                // nil: any body will do
	problem            error          // the schema cannot be used
	documents          map[string]any // the models by URL, for what errors do not say
}

func (s *schemas) init(snapshot *apigateway.Snapshot) {
	s.api, s.models, s.compiled = snapshot.RestApi.Id, make(map[string]*apigateway.Model), make(map[string]*schema)
	for _, m := range snapshot.Models {
		s.models[m.Name] = m
	}
}

// modelURL is how models refer to each other.
func modelURL(api, name string) string {
	return "https://apigateway.amazonaws.com/restapis/" + api + "/models/" + name
}

// of returns a model's schema. AWS: a model that is not JSON is not used to
// validate.
func (s *schemas) of(name string) *schema {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.compiled[name]; c != nil {
		return c
	}
	c := s.compile(name)
	s.compiled[name] = c
	return c
}

func (s *schemas) compile(name string) *schema {
	m := s.models[name]
	if m == nil || !strings.Contains(value(m.ContentType), "json") {
		return &schema{}
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft4)
	c.UseRegexpEngine(schemaRegexp)
	c.UseLoader(noLoader{})
	for _, f := range knownFormats {
		c.RegisterFormat(&jsonschema.Format{Name: f, Validate: anyFormat})
	}
	documents, err := s.addModels(c)
	if err != nil {
		return &schema{problem: err}
	}
	compiled, err := c.Compile(modelURL(s.api, name))
	return &schema{compiled, err, documents}
}

// addModels gives the compiler all models of the API, under their URLs.
func (s *schemas) addModels(c *jsonschema.Compiler) (map[string]any, error) {
	documents := make(map[string]any)
	for name, m := range s.models {
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(value(m.Schema)))
		if err != nil {
			continue // a model of another kind
		}
		if o, ok := doc.(map[string]any); ok {
			delete(o, "$schema") // AWS knows draft 4 only
			delete(o, "id")
		}
		if err := c.AddResource(modelURL(s.api, name), doc); err != nil {
			return nil, fmt.Errorf("model %s: %w", name, err)
		}
		documents[modelURL(s.api, name)] = doc
	}
	return documents, nil
}

// keyword returns what a keyword of the schema that an error is about holds.
func (s *schema) keyword(err *jsonschema.ValidationError, name string) any {
	url, pointer, _ := strings.Cut(err.SchemaURL, "#")
	at := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i := range at {
		at[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(unescapePath(at[i]))
	}
	if pointer == "" {
		at = nil
	}
	node, _ := valueAt(s.documents[url], at).(map[string]any)
	return node[name]
}

// unescapePath decodes %XX; a broken escape stays.
func unescapePath(s string) string { return unescapeForm(strings.ReplaceAll(s, "+", "%2B")) }

// length is the number of elements of a list.
func length(v any) int {
	list, _ := v.([]any)
	return len(list)
}

// noLoader keeps schemas from reading files or the network.
type noLoader struct{}

func (noLoader) Load(url string) (any, error) { return nil, fmt.Errorf("unknown model %s", url) }

// knownFormats are not enforced. AWS: format is accepted and ignored.
var knownFormats = []string{
	"date", "date-time", "duration", "email", "hostname", "ipv4", "ipv6", "iri", "iri-reference", "json-pointer",
	"period", "regex", "relative-json-pointer", "semver", "time", "uri", "uri-reference", "uri-template", "uuid",
}

func anyFormat(any) error { return nil }

// schemaRegexp compiles a schema's pattern: ECMA 262, found anywhere.
func schemaRegexp(pattern string) (jsonschema.Regexp, error) {
	re, err := javaregex.Compile(pattern, javaregex.Options{Dialect: javaregex.ECMAScript})
	if err != nil {
		return nil, err
	}
	return ecmaPattern{re}, nil
}

// ecmaPattern is a pattern that counts as not matching when it takes too long.
type ecmaPattern struct{ *javaregex.Regexp }

func (p ecmaPattern) MatchString(s string) bool {
	ok, err := p.Regexp.Find(s)
	return ok && err == nil
}

// unparsable is the detail for a body that is empty or not JSON.
const unparsable = "[Unknown error parsing request body]"

// check validates a body. When it does not fit, detail is
// $context.error.validationErrorString.
func (s *schema) check(body []byte) (detail string, ok bool) {
	if s.problem != nil {
		return unparsable, false
	}
	if s.Schema == nil {
		return "", true
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return unparsable, false
	}
	err = s.Validate(doc)
	if err == nil {
		return "", true
	}
	invalid, ok := errors.AsType[*jsonschema.ValidationError](err)
	if !ok {
		return unparsable, false
	}
	return s.violations(invalid, doc), false
}

// violation is one message about one place of a body.
type violation struct {
	at      []string
	keyword string
	text    string
}

// violations words a validation error as AWS's library does: the messages of
// each place in the order of its keyword table, and nothing about what lies
// within a place that is itself wrong.
func (s *schema) violations(err *jsonschema.ValidationError, doc any) string {
	var all []violation
	s.collect(err, doc, &all)
	sort.SliceStable(all, func(i, j int) bool {
		a, b := all[i], all[j]
		if c := slices.Compare(a.at, b.at); c != 0 {
			return c < 0
		}
		return keywordOrder[a.keyword] < keywordOrder[b.keyword]
	})
	var texts []string
	for i, v := range all {
		hidden := slices.ContainsFunc(all[:i], func(o violation) bool {
			return len(o.at) < len(v.at) && slices.Equal(o.at, v.at[:len(o.at)])
		})
		if !hidden {
			texts = append(texts, v.text)
		}
	}
	return "[" + strings.Join(texts, ", ") + "]"
}

// keywordOrder is that of a java.util.HashMap of the library's keywords, 64
// buckets (inferred; it fits the captures).
var keywordOrder = func() map[string]int {
	order := make(map[string]int)
	for i, k := range []string{
		"minLength", "pattern", "type", "required", "allOf", "oneOf", "not", "additionalItems", "maxProperties",
		"multipleOf", "maxItems", "anyOf", "enum", "minProperties", "dependencies", "minItems", "uniqueItems",
		"maximum", "additionalProperties", "minimum", "maxLength",
	} {
		order[k] = i
	}
	return order
}()

// collect gathers the messages of an error and of the causes that are not
// part of a message themselves.
func (s *schema) collect(err *jsonschema.ValidationError, doc any, all *[]violation) {
	keyword, text := s.violationText(err, valueAt(doc, err.InstanceLocation))
	if text != "" {
		*all = append(*all, violation{err.InstanceLocation, keyword, text})
		return
	}
	for _, cause := range err.Causes {
		s.collect(cause, doc, all)
	}
}

// valueAt returns the value at a place of a document.
func valueAt(doc any, at []string) any {
	for _, token := range at {
		switch d := doc.(type) {
		case map[string]any:
			doc = d[token]
		case []any:
			n := 0
			fmt.Sscanf(token, "%d", &n)
			if n < 0 || n >= len(d) {
				return nil
			}
			doc = d[n]
		}
	}
	return doc
}

// violationText words one error; "" for those that only hold others.
func (s *schema) violationText(err *jsonschema.ValidationError, v any) (keyword, text string) {
	switch k := err.ErrorKind.(type) {
	case *kind.Type:
		want := slices.Clone(k.Want)
		if slices.Contains(want, "number") && !slices.Contains(want, "integer") {
			want = append(want, "integer")
		}
		slices.Sort(want)
		return "type", fmt.Sprintf("instance type (%s) does not match any allowed primitive type (allowed: %s)", instanceType(v, k.Got), names(want))
	case *kind.Required:
		return "required", fmt.Sprintf("object has missing required properties (%s)", sortedNames(k.Missing))
	case *kind.AdditionalProperties:
		return "additionalProperties", "object instance has properties which are not allowed by the schema: " + sortedNames(k.Properties)
	case *kind.Enum:
		return "enum", fmt.Sprintf("instance value (%s) not found in enum (possible values: %s)", compactJSON(v), compactJSON(k.Want))
	case *kind.Minimum:
		return "minimum", fmt.Sprintf("numeric instance is lower than the required minimum (minimum: %s, found: %s)", decimal(k.Want), compactJSON(v))
	case *kind.Maximum:
		return "maximum", fmt.Sprintf("numeric instance is greater than the required maximum (maximum: %s, found: %s)", decimal(k.Want), compactJSON(v))
	case *kind.ExclusiveMinimum:
		return "minimum", "numeric instance is not strictly greater than the required minimum " + decimal(k.Want)
	case *kind.ExclusiveMaximum:
		return "maximum", "numeric instance is not strictly lower than the required maximum " + decimal(k.Want)
	case *kind.MultipleOf:
		return "multipleOf", fmt.Sprintf("remainder of division is not zero (%s / %s)", compactJSON(v), decimal(k.Want))
	case *kind.MinLength:
		return "minLength", fmt.Sprintf("string %s is too short (length: %d, required minimum: %d)", compactJSON(v), k.Got, k.Want)
	case *kind.MaxLength:
		return "maxLength", fmt.Sprintf("string %s is too long (length: %d, maximum allowed: %d)", compactJSON(v), k.Got, k.Want)
	case *kind.Pattern:
		return "pattern", fmt.Sprintf("ECMA 262 regex %s does not match input string %s", compactJSON(k.Want), compactJSON(k.Got))
	case *kind.MinItems:
		return "minItems", fmt.Sprintf("array is too short: must have at least %d elements but instance has %d elements", k.Want, k.Got)
	case *kind.MaxItems:
		return "maxItems", fmt.Sprintf("array is too long: must have at most %d elements but instance has %d elements", k.Want, k.Got)
	case *kind.UniqueItems:
		return "uniqueItems", "array must not contain duplicate elements"
	case *kind.AdditionalItems:
		n := 0
		if list, ok := v.([]any); ok {
			n = len(list)
		}
		return "additionalItems", fmt.Sprintf("schema only allows %d elements in array but instance has %d elements", n-k.Count, n)
	case *kind.MinProperties:
		return "minProperties", fmt.Sprintf("object has too few properties (found %d but schema requires at least %d)", k.Got, k.Want)
	case *kind.MaxProperties:
		return "maxProperties", fmt.Sprintf("object has too many properties (found %d but schema requires at most %d)", k.Got, k.Want)
	case *kind.Dependency:
		return "dependencies", fmt.Sprintf("property %s of object has missing property dependencies (schema requires %s; missing: %s)",
			compactJSON(k.Prop), sortedNames(s.required(err, k.Prop)), sortedNames(k.Missing))
	case *kind.AllOf:
		all := length(s.keyword(err, "allOf"))
		return "allOf", fmt.Sprintf("instance failed to match all required schemas (matched only %d out of %d)", all-len(err.Causes), all)
	case *kind.AnyOf:
		return "anyOf", fmt.Sprintf("instance failed to match at least one required schema among %d", len(err.Causes))
	case *kind.OneOf:
		return "oneOf", fmt.Sprintf("instance failed to match exactly one schema (matched %d out of %d)", len(k.Subschemas), length(s.keyword(err, "oneOf")))
	case *kind.Not:
		return "not", "instance matched a schema which it should not have"
	}
	return "", ""
}

// required lists what a dependency asks for.
func (s *schema) required(err *jsonschema.ValidationError, property string) []string {
	dependencies, _ := s.keyword(err, "dependencies").(map[string]any)
	list, _ := dependencies[property].([]any)
	var names []string
	for _, v := range list {
		if name, ok := v.(string); ok {
			names = append(names, name)
		}
	}
	return names
}

// instanceType names the type of a value; a number without fraction is an
// integer.
func instanceType(v any, got string) string {
	if n, ok := v.(json.Number); ok {
		if r, ok := new(big.Rat).SetString(string(n)); ok && r.IsInt() {
			return "integer"
		}
	}
	return got
}

func names(list []string) string { return compactJSON(list) }

func sortedNames(list []string) string {
	list = slices.Clone(list)
	slices.Sort(list)
	return names(list)
}

func compactJSON(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "null"
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// decimal prints a limit as it was written, as far as that is known.
func decimal(r *big.Rat) string {
	if r.IsInt() {
		return r.Num().String()
	}
	if n, exact := r.FloatPrec(); exact {
		return r.FloatString(n)
	}
	return r.FloatString(10)
}
