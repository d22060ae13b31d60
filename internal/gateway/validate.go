package gateway

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
)

// requiredParameter is a declared method request parameter.
type requiredParameter struct {
	name     string
	from     expression
	required bool
}

// compileValidation prepares what the method's request validator checks.
func (m *method) compileValidation() {
	v := m.api.validators[value(m.RequestValidatorId)]
	if v == nil {
		return
	}
	if value(v.ValidateRequestParameters) {
		m.required = requiredParameters(m.RequestParameters)
	}
	if value(v.ValidateRequestBody) {
		m.bodyModels = make(map[string]*schema, len(m.RequestModels))
		for ct, name := range m.RequestModels {
			m.bodyModels[strings.ToLower(ct)] = m.api.schemas.of(name)
		}
	}
}

// requiredParameters lists the required ones in the order in which AWS lists
// those that are missing: that of a Java HashMap of the bare names (inferred
// from every capture).
func requiredParameters(declared map[string]bool) []requiredParameter {
	var all []requiredParameter
	for _, key := range sortedKeys(declared) {
		rest, ok := strings.CutPrefix(key, "method.request.")
		if _, name, dot := strings.Cut(rest, "."); ok && dot {
			all = append(all, requiredParameter{name, compileExpression(key), declared[key]})
		}
	}
	buckets := uint32(16)
	for len(all) > int(buckets)*3/4 {
		buckets *= 2
	}
	slices.SortStableFunc(all, func(a, b requiredParameter) int {
		return int(javaBucket(a.name, buckets)) - int(javaBucket(b.name, buckets))
	})
	return slices.DeleteFunc(all, func(p requiredParameter) bool { return !p.required })
}

// javaBucket is the bucket of a string in a java.util.HashMap of n buckets.
func javaBucket(s string, n uint32) uint32 {
	h := uint32(0)
	for _, u := range utf16.Encode([]rune(s)) {
		h = 31*h + uint32(u)
	}
	return (h ^ h>>16) & (n - 1)
}

// validate checks what the method's request validator asks for: first the
// parameters, then the body.
func (x *exchange) validate() error {
	if err := x.readBody(); err != nil {
		return err
	}
	if err := x.validateParameters(); err != nil {
		return err
	}
	if x.method.bodyModels == nil {
		return nil
	}
	return x.validateBody()
}

// validateParameters wants every required parameter there and not empty.
func (x *exchange) validateParameters() error {
	var missing []string
	for i := range x.method.required {
		p := &x.method.required[i]
		if v, _, _ := p.from.value(x); v == "" {
			missing = append(missing, p.name)
		}
	}
	if missing == nil {
		return nil
	}
	message := fmt.Sprintf("Missing required request parameters: [%s]", strings.Join(missing, ", "))
	x.noteInvalid(message)
	return &failure{kind: badRequestParameters, message: message}
}

// validateBody checks the body against the model of its content type, else
// against $default's; without either any body will do.
func (x *exchange) validateBody() error {
	model, ok := x.method.bodyModels[strings.ToLower(x.contentType)]
	if !ok {
		if model, ok = x.method.bodyModels[defaultTemplate]; !ok {
			return nil
		}
	}
	if model == nil {
		return nil
	}
	detail, ok := model.check(x.body)
	if ok {
		return nil
	}
	x.noteInvalid("Request body does not match model schema for content type " + x.contentType + ": " + detail)
	return &failure{kind: badRequestBody, message: "Invalid request body", detail: detail}
}

// noteInvalid records why a request is refused, after what it was.
func (x *exchange) noteInvalid(line string) {
	x.noteMethodRequest()
	x.note(StepInvalid, line)
}
