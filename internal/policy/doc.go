// Package policy is the IAM policy language: it reads policy documents,
// compiles them, and decides requests by them. It is pure: no clock, no store;
// all that a decision depends on is in the Request.
//
//	p, err := policy.New("inline", policy.Identity, text)
//	d := policy.Evaluate(&policy.Request{Principal: …, Action: …, Identity: []*policy.Policy{p}})
//	if d.Outcome != policy.Allowed {
//		return policy.Message(d, arn, action, resource)
//	}
//
// Read in this order: lex.go (JSON with positions), ast.go (documents and how
// they print), parse.go and errors.go (the grammar and what IAM says of
// mistakes), glob.go and variable.go (patterns), operator.go and condition.go
// (conditions), principal.go, compile.go (the immutable form), request.go
// (what is asked), evaluate.go (the decision), executeapi.go (how deployed
// APIs combine decisions), message.go (what a refused caller is told),
// explain.go (a decision for people).
package policy
