package apigateway

import (
	"regexp"
	"slices"
	"strings"
)

// Parameter mappings: "integration.request.header.X": "method.request.path.x".
//
// AWS: where a mapping is saved its two sides must have the right form and the
// method's side must be declared; what a JSONPath or context variable yields
// is found out per request.

// parameterNames is AWS's own expression for names in mappings.
const parameterNames = `^[a-zA-Z0-9._$-]+$`

var parameterName = regexp.MustCompile(parameterNames)

// faultyName is the validator's complaint about a parameter's name.
const faultyName = "Parameter name should match the following regular expression: " + parameterNames

// cutParameter takes "method.request.header.X" apart behind its prefix
// "method.request.": "header", "X".
func cutParameter(expression, prefix string) (place, name string, ok bool) {
	rest, ok := strings.CutPrefix(expression, prefix)
	if !ok {
		return "", "", false
	}
	place, name, ok = strings.Cut(rest, ".")
	return place, name, ok && name != ""
}

// checkRequestParameters checks the parameters that a method declares.
func checkRequestParameters(parameters map[string]bool) error {
	seen := make(map[string]bool, len(parameters))
	for _, key := range sortedKeys(parameters) {
		place, name, ok := cutParameter(key, "method.request.")
		if !ok || !slices.Contains([]string{"path", "querystring", "header"}, place) {
			return invalidMapping("Invalid mapping expression specified: " + key)
		}
		if !parameterName.MatchString(name) {
			return invalidMapping(faultyName)
		}
		if seen[name] {
			return badRequest("Parameter names must be unique across querystring, header and path")
		}
		seen[name] = true
	}
	return nil
}

// checkResponseHeaders checks the headers that a method response declares.
func checkResponseHeaders(parameters map[string]bool) error {
	for _, key := range sortedKeys(parameters) {
		place, name, ok := cutParameter(key, "method.response.")
		if !ok || place != "header" {
			return invalidMapping("Invalid mapping expression specified: " + key)
		}
		if !parameterName.MatchString(name) {
			return invalidMapping(faultyName)
		}
	}
	return nil
}

// checkIntegrationParameters checks the mappings from a method request to its
// integration request.
func checkIntegrationParameters(m *Method, mappings map[string]string) error {
	var faults []string
	for _, target := range sortedKeys(mappings) {
		place, name, ok := cutParameter(target, "integration.request.")
		if !ok || !slices.Contains([]string{"path", "querystring", "header"}, place) || !parameterName.MatchString(name) {
			faults = append(faults, "Invalid mapping expression specified: "+target)
			continue
		}
		if fault := requestSource(m, mappings[target]); fault != "" {
			faults = append(faults, fault)
		}
	}
	if len(faults) > 0 {
		return invalidMapping(faults...)
	}
	return nil
}

// requestSource says what is wrong with the right side of a request mapping.
func requestSource(m *Method, source string) string {
	if isCommonSource(source) || isBody(source, "method.request.body") {
		return ""
	}
	place, name, ok := cutParameter(source, "method.request.")
	declared, known := map[string]string{
		"path": "path", "querystring": "querystring", "header": "header",
		"multivaluequerystring": "querystring", "multivalueheader": "header",
	}[place]
	if !ok || !known {
		return "Invalid mapping expression specified: " + source
	}
	if _, ok := m.RequestParameters["method.request."+declared+"."+name]; !ok {
		return "Invalid mapping expression parameter specified: " + source
	}
	return ""
}

// checkResponseMappings checks the mappings from an integration response to
// the method response, which is nil if the method has none of that status.
func checkResponseMappings(declared *MethodResponse, mappings map[string]string) error {
	var faults []string
	for _, target := range sortedKeys(mappings) {
		place, _, ok := cutParameter(target, "method.response.")
		if !ok || place != "header" {
			faults = append(faults, "Invalid mapping expression specified: "+target)
			continue
		}
		known := false
		if declared != nil {
			_, known = declared.ResponseParameters[target]
		}
		if !known {
			faults = append(faults, "Invalid mapping expression parameter specified: "+target)
			continue
		}
		if !isResponseSource(mappings[target]) {
			faults = append(faults, "Invalid mapping expression specified: "+mappings[target])
		}
	}
	if len(faults) > 0 {
		return invalidMapping(faults...)
	}
	return nil
}

func isResponseSource(source string) bool {
	if isCommonSource(source) || isBody(source, "integration.response.body") {
		return true
	}
	place, name, ok := cutParameter(source, "integration.response.")
	return ok && (place == "header" || place == "multivalueheader") && parameterName.MatchString(name)
}

// checkGatewayResponseParameters checks the headers of a gateway response.
func checkGatewayResponseParameters(parameters map[string]string) error {
	var faults []string
	for _, target := range sortedKeys(parameters) {
		place, name, ok := cutParameter(target, "gatewayresponse.")
		if !ok || place != "header" || !parameterName.MatchString(name) {
			faults = append(faults, "Invalid mapping expression specified: "+target)
			continue
		}
		if source := parameters[target]; !isCommonSource(source) && !isRequestReference(source) {
			faults = append(faults, "Invalid mapping expression specified: "+source)
		}
	}
	if len(faults) > 0 {
		return invalidMapping(faults...)
	}
	return nil
}

// isRequestReference reports whether source names a part of the request; a
// gateway response may be needed before any method is known, so that nothing
// has to be declared.
func isRequestReference(source string) bool {
	place, name, ok := cutParameter(source, "method.request.")
	return ok && parameterName.MatchString(name) &&
		slices.Contains([]string{"path", "querystring", "header", "multivaluequerystring", "multivalueheader"}, place)
}

// isCommonSource reports whether source is a static value in single quotes, a
// context variable or a stage variable.
func isCommonSource(source string) bool {
	if len(source) >= 2 && source[0] == '\'' && source[len(source)-1] == '\'' {
		return true
	}
	if name, ok := strings.CutPrefix(source, "context."); ok {
		return parameterName.MatchString(name)
	}
	name, ok := strings.CutPrefix(source, "stageVariables.")
	return ok && parameterName.MatchString(name)
}

// isBody reports whether source is the body or a JSONPath into it.
func isBody(source, body string) bool {
	rest, ok := strings.CutPrefix(source, body)
	return ok && (rest == "" || len(rest) > 1 && rest[0] == '.')
}

var contentTypes = regexp.MustCompile(`^[^/\s]+/[^/\s]+.*$`)

// checkContentTypes checks the keys of a map of templates.
func checkContentTypes(templates map[string]string) error {
	var faults []string
	for _, ct := range sortedKeys(templates) {
		if !contentTypes.MatchString(ct) {
			faults = append(faults, "Invalid content type specified: "+ct)
		}
	}
	if len(faults) > 0 {
		return badRequest("%s", validationResult(faults...))
	}
	return nil
}
