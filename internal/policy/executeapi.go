package policy

// How API Gateway combines an API's resource policy with a method's
// authorization. Methods with AWS_IAM are decided by Evaluate.

// EvaluateOpen decides methods with authorization NONE, and those with
// COGNITO_USER_POOLS once the user is known: without a resource policy they
// are open, with one it has to allow the request.
func EvaluateOpen(r *Request) Decision {
	if r.ResourcePolicy == nil {
		return Decision{Outcome: Allowed}
	}
	if s := deniedBy(r, r.ResourcePolicy); s != nil {
		return denied(s)
	}
	return evaluateResourceOnly(r)
}

// EvaluateBeforeAuthorizer decides whether a Lambda authorizer is asked at
// all: only a Deny in the resource policy prevents it.
func EvaluateBeforeAuthorizer(r *Request) Decision {
	if s := deniedBy(r, r.ResourcePolicy); s != nil {
		return denied(s)
	}
	return Decision{Outcome: Allowed}
}

// EvaluateAuthorizer decides by the policy that a Lambda authorizer answered,
// which is r.Identity, and the resource policy: any Deny refuses, either
// Allow suffices.
func EvaluateAuthorizer(r *Request) Decision {
	if d, denied := explicitDeny(r); denied {
		return d
	}
	identity, ok := allowedByAny(r, r.Identity)
	named, resource := r.grantedByResource()
	if !ok && named == unnamed {
		return Decision{Missing: Identity}
	}
	d := Decision{Outcome: Allowed}
	d.add(identity)
	d.add(resource)
	return d
}

// evaluateResourceOnly wants an Allow of the resource policy.
func evaluateResourceOnly(r *Request) Decision {
	named, s := r.grantedByResource()
	if named == unnamed {
		return r.missingResource()
	}
	d := Decision{Outcome: Allowed}
	d.add(s)
	return d
}

func denied(s *statement) Decision {
	d := Decision{Outcome: ExplicitDeny}
	d.add(s)
	return d
}
