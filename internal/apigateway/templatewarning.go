package apigateway

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/lambdagate/lambdagate/vtl"
)

// warnOfTemplates adds a warning for each mapping template that does not parse,
// with its place. AWS takes such templates without a word, and answers 500 when
// they are used; so do we, but whoever imports them is told.
func (d *Description) warnOfTemplates() {
	for _, r := range d.Resources {
		for _, verb := range slices.Sorted(maps.Keys(r.ResourceMethods)) {
			i := r.ResourceMethods[verb].MethodIntegration
			if i == nil {
				continue
			}
			at := fmt.Sprintf("'%s' for resource at path '%s'", verb, r.Path)
			d.warnOf("request", at, i.RequestTemplates)
			for _, status := range slices.Sorted(maps.Keys(i.IntegrationResponses)) {
				d.warnOf("response "+status, at, i.IntegrationResponses[status].ResponseTemplates)
			}
		}
	}
}

func (d *Description) warnOf(what, at string, templates map[string]string) {
	for _, contentType := range slices.Sorted(maps.Keys(templates)) {
		_, err := vtl.Parse(templates[contentType], vtl.Options{Mode: vtl.APIGateway})
		if e, ok := errors.AsType[*vtl.SyntaxError](err); ok {
			d.Warnings = append(d.Warnings, fmt.Sprintf("Mapping template of the %s on %s for %s cannot be parsed: line %d, column %d: %s", what, at, contentType, e.Line, e.Column, e.Message))
		}
	}
}
