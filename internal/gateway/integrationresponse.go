package gateway

import (
	"encoding/base64"
	"errors"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/lambdagate/lambdagate/internal/apigateway"
	"github.com/lambdagate/lambdagate/internal/javaregex"
	"github.com/lambdagate/lambdagate/vtl"
)

// integrationResponse is how one kind of answer becomes a method response.
type integrationResponse struct {
	status          int
	pattern         *javaregex.Regexp
	source          string // of the pattern
	parameters      []responseParameter
	templates       templateSet
	contentHandling contentHandling
	problem         string // why it cannot be used
}

// compileResponses compiles integration and method responses. Those with a
// selection pattern come in the order of their status codes; one without is
// the default.
func (i *integration) compileResponses(m *method, src *apigateway.Integration) {
	for _, code := range sortedKeys(src.IntegrationResponses) {
		s := src.IntegrationResponses[code]
		r := &integrationResponse{
			parameters:      compileResponseParameters(s.ResponseParameters),
			templates:       compileTemplates(m.verb+" "+m.resource.Path+" response "+code, s.ResponseTemplates),
			contentHandling: contentHandlingOf(s.ContentHandling),
		}
		r.status, _ = strconv.Atoi(code)
		if method := m.MethodResponses[code]; method == nil {
			r.problem = "Output mapping refers to an invalid method response: " + code
		}
		pattern := value(s.SelectionPattern)
		r.source = pattern
		if pattern == "" {
			i.fallback = r
			continue
		}
		var err error
		if r.pattern, err = javaregex.Compile(pattern, selectionOptions); err == nil {
			i.responses = append(i.responses, r)
		}
	}
}

// selectResponse finds the integration response. AWS: the first whose pattern
// matches the whole of the selection value, else the default.
func (i *integration) selectResponse(selection string) *integrationResponse {
	for _, r := range i.responses {
		if ok, err := r.pattern.MatchWhole(selection); ok && err == nil {
			return r
		}
	}
	return i.fallback
}

// mapResponse makes the method response of what the integration has answered.
func (x *exchange) mapResponse() error {
	i := x.method.integration
	if i.kind.proxy() {
		return nil // the call has set it
	}
	r := i.selectResponse(x.answer.selection)
	if r == nil {
		return misconfigured("No match for output mapping and no default output mapping configured. Endpoint Response Status Code: " + strconv.Itoa(x.answer.status))
	}
	if r.problem != "" {
		return misconfigured(r.problem)
	}
	x.noteStatus(StepResponseSelected, r.source, r.status, 0)
	x.status = r.status
	if err := x.mapResponseHeaders(r); err != nil {
		return err
	}
	if err := x.mapResponseBody(i, r); err != nil {
		return err
	}
	x.overrideResponse()
	x.remapHeaders(remappedMapped)
	return nil
}

// mapResponseHeaders evaluates responseParameters.
func (x *exchange) mapResponseHeaders(r *integrationResponse) error {
	x.answered.set(x.mappedAnswer())
	for n := range r.parameters {
		p := &r.parameters[n]
		v, ok, err := p.from.value(x)
		if errors.Is(err, errBodyNotJSON) {
			return &failure{
				kind: default5XX, message: "Invalid JSON in response body", errorType: "InternalFailureException",
				lines: []string{configurationError + "Unable to transform response"},
			}
		}
		if err != nil {
			return untransformed("response", err)
		}
		if ok {
			x.head = append(x.head, field(p.name, v))
		}
	}
	return nil
}

// mappedAnswer is the answer's body as header mappings look into it. AWS: an
// errorMessage that is itself JSON takes the place of its text.
func (x *exchange) mappedAnswer() []byte {
	message := x.answer.selection
	if x.method.integration.kind != lambdaCustom || !strings.HasPrefix(message, "{") {
		return x.answer.body
	}
	inner, err := vtl.ParseJSON([]byte(message))
	if err != nil {
		return x.answer.body
	}
	outer, err := vtl.ParseJSON(x.answer.body)
	m, ok := outer.(*vtl.Map)
	if err != nil || !ok {
		return x.answer.body
	}
	m.Put("errorMessage", inner)
	return vtl.AppendJSON(nil, m)
}

// mapResponseBody converts the answer's body and renders the template that
// fits the client's Accept.
func (x *exchange) mapResponseBody(i *integration, r *integrationResponse) error {
	if i.kind == mockIntegration {
		x.answer.body = nil
	}
	body, binary, err := x.convertResponse(r.contentHandling)
	if err != nil {
		return err
	}
	t := x.responseTemplate(r)
	x.answered.set(body)
	if t == nil {
		x.reply = body
		return nil
	}
	if binary && !utf8.Valid(body) {
		return misconfigured("Unable to transform response")
	}
	out, err := x.render(x.out[:0], t, &x.answered)
	if err != nil {
		return untransformed("response", err)
	}
	x.out, x.reply = out, out
	return nil
}

// responseTemplate picks by the first media type of Accept, then
// application/json, then the first; nil passes the body through.
func (x *exchange) responseTemplate(r *integrationResponse) *template {
	if len(r.templates) == 0 {
		return nil
	}
	accept, _ := fold(x.requestHead, "Accept")
	for _, key := range [...]string{mediaType(accept), applicationJSON} {
		if t, ok := r.templates.of(key); ok {
			return t
		}
	}
	return r.templates[0].template
}

// convertResponse applies contentHandling to the answer's body. AWS (recorded):
// what comes out depends on whether the endpoint's content type and the
// client's Accept are binary media types.
func (x *exchange) convertResponse(handling contentHandling) (body []byte, binary bool, err error) {
	contentType, _ := fold(x.answer.head, "Content-Type")
	accept, _ := fold(x.requestHead, "Accept")
	payload, wanted := x.plan.binary.match(mediaType(contentType)), x.plan.binary.match(mediaType(accept))
	if x.method.integration.kind == lambdaCustom {
		payload = x.plan.binary.match(applicationJSON)
	}
	switch {
	case payload && (handling == contentText || handling == contentUnset && !wanted):
		return base64.StdEncoding.AppendEncode(nil, x.answer.body), false, nil
	case payload:
		return x.answer.body, true, nil
	case handling == contentBinary || handling == contentUnset && wanted:
		body, err = decodeBase64(x.answer.body)
		return body, true, err
	case !utf8.Valid(x.answer.body):
		return appendText(nil, x.answer.body), false, nil
	}
	return x.answer.body, false, nil
}

// overrideResponse lets $context.responseOverride win over mappings.
func (x *exchange) overrideResponse() {
	m := x.overrides.response
	if m == nil {
		return
	}
	if v, ok := m.Get("status"); ok {
		if status, ok := overrideStatus(v); ok {
			x.status = status
		}
	}
	x.head = x.overrides.apply(x.head, m, "header", true)
}

// overrideStatus reads responseOverride.status. AWS: what is no integer is
// ignored. So is what cannot be the status of a final response.
func overrideStatus(v any) (int, bool) {
	f, err := strconv.ParseFloat(mappedText(v), 64)
	if err != nil || f != math.Trunc(f) || f < 200 || f > 599 {
		return 0, false
	}
	return int(f), true
}
