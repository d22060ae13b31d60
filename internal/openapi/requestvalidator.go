package openapi

import "github.com/lambdagate/lambdagate/internal/apigateway"

const (
	extValidators = "x-amazon-apigateway-request-validators"
	extValidator  = "x-amazon-apigateway-request-validator"
)

func (r *reader) readValidators() {
	all := r.doc.get(extValidators)
	r.bound(all.len(), maxNamed, "request validators")
	for name, n := range all.members() {
		r.out.Validators = append(r.out.Validators, &apigateway.RequestValidator{
			Name:                      new(name),
			ValidateRequestBody:       orFalse(n.get("validateRequestBody").truth()),
			ValidateRequestParameters: orFalse(n.get("validateRequestParameters").truth()),
		})
	}
}

func orFalse(b *bool) *bool {
	if b == nil {
		return new(false)
	}
	return b
}

// validator is the name of the operation's validator, else of the document's.
func (x *operation) validator() *string {
	if name := x.op.get(extValidator).filled(); name != nil {
		return name
	}
	return x.doc.get(extValidator).filled()
}

// validators writes the validators by name.
func (w *writer) validators() *node {
	byName := map[string]*apigateway.RequestValidator{}
	for _, v := range w.snapshot.Validators {
		byName[w.validatorNames[v.Id]] = v
	}
	all := newObject()
	for _, name := range sorted(byName) {
		v := byName[name]
		all.set(name, newObject().
			set("validateRequestParameters", newTruth(*orFalse(v.ValidateRequestParameters))).
			set("validateRequestBody", newTruth(*orFalse(v.ValidateRequestBody))))
	}
	return all
}

// nameValidators gives each validator a name of its own: names need not be
// unique, nor be there.
func (w *writer) nameValidators() {
	taken := map[string]bool{}
	for _, v := range w.snapshot.Validators {
		name := v.Id
		if v.Name != nil && *v.Name != "" && !taken[*v.Name] {
			name = *v.Name
		}
		taken[name], w.validatorNames[v.Id] = true, name
	}
}

// validator is the name of the method's validator.
func (x *method) validator() *node {
	if x.RequestValidatorId == nil {
		return nil
	}
	if name, ok := x.validatorNames[*x.RequestValidatorId]; ok {
		return newText(name)
	}
	return nil
}
