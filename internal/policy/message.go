package policy

// Message is what AWS tells a refused caller, "" if the request is allowed:
//
//	User: {ARN} is not authorized to perform: {action} on resource: {resource} because …
//
// An empty ARN reads "anonymous".
func Message(d Decision, principalARN, action, resource string) string {
	if d.Outcome == Allowed {
		return ""
	}
	if principalARN == "" {
		principalARN = "anonymous"
	}
	return "User: " + principalARN + " is not authorized to perform: " + action +
		" on resource: " + resource + Reason(d, action)
}

// Reason is the end of Message, from its blank: which kind of policy denied
// the action, or did not allow it. STS gives no reason for trust policies.
func Reason(d Decision, action string) string {
	switch {
	case d.Outcome == ExplicitDeny && d.by[0].Kind != Trust:
		return " with an explicit deny in " + article(d.by[0].Kind)
	case d.Outcome == ImplicitDeny && d.Missing != Trust:
		return " because no " + d.Missing.String() + " allows the " + action + " action"
	}
	return ""
}

// String names the kind as AWS's messages do.
func (k Kind) String() string {
	return [...]string{
		Identity: "identity-based policy", Boundary: "permissions boundary", Session: "session policy",
		Resource: "resource-based policy", Trust: "role trust policy", Authorizer: "identity-based policy",
	}[k]
}

func article(k Kind) string {
	if k == Identity || k == Authorizer {
		return "an " + k.String()
	}
	return "a " + k.String()
}
