package policy

import "strings"

// PrincipalKind is what kind of caller asks.
type PrincipalKind int

// The kinds of caller.
const (
	Anonymous      PrincipalKind = iota // nobody that is known
	Root                                // an account's root user
	User                                // an IAM user
	RoleSession                         // an assumed role
	FederatedUser                       // from GetFederationToken
	FederatedLogin                      // somebody whom an identity provider vouches for, not yet in a role
	Service                             // an AWS service on its own behalf
)

// Principal is who asks.
type Principal struct {
	Kind    PrincipalKind
	Account string // "" for anonymous callers, services and providers

	// ARN is the caller's own: of the user, or
	// arn:aws:sts::{account}:assumed-role/{role}/{session}.
	ARN     string
	RoleARN string // of a session's role, with its path; of a federated user's user
	UserID  string // AIDA…, AROA…:session, or the account of a root user
	Name    string // user name; apigateway.amazonaws.com of a service; a provider's name or ARN
}

// grade says how closely a Principal element names a caller, which decides
// what an Allow in a resource policy is worth inside one account.
type grade uint8

const (
	unnamed   grade = iota
	byAccount       // delegates to the account's own policies
	byRole          // or by "*": instead of an identity-based policy
	byUser          // also past a permissions boundary
	bySession       // also past session policies
)

// matcher is one compiled entry of a Principal element.
type matcher struct {
	form  principalForm
	value string
}

type principalForm uint8

const (
	anyone principalForm = iota
	account
	arnForm
	uniqueID
	service
	federated
	canonicalUser
)

// compilePrincipal reads one entry of that type; it is false if the form is
// not known. Wildcards are allowed only as a whole.
func compilePrincipal(kind, value string) (matcher, bool) {
	switch kind {
	case "AWS":
		return compileAWS(value)
	case "Service":
		return matcher{service, value}, strings.Contains(value, ".") && !strings.ContainsAny(value, "*? /:")
	case "Federated":
		return matcher{federated, value}, value != "" && !strings.ContainsAny(value, "*?")
	case "CanonicalUser":
		return matcher{canonicalUser, value}, value != ""
	}
	return matcher{}, false
}

// compileAWS: '*' | account | arn:…:iam::account:root | ARN of a user, role or
// session | unique id
func compileAWS(value string) (matcher, bool) {
	if value == "*" {
		return matcher{anyone, ""}, true
	}
	if isAccount(value) {
		return matcher{account, value}, true
	}
	if isUniqueID(value) {
		return matcher{uniqueID, value}, true
	}
	f := strings.SplitN(value, ":", 6)
	if len(f) != 6 || f[0] != "arn" || f[3] != "" || !isAccount(f[4]) || strings.ContainsAny(value, "*?") {
		return matcher{}, false
	}
	kind, name, _ := strings.Cut(f[5], "/")
	switch {
	case f[2] == "iam" && f[5] == "root":
		return matcher{account, f[4]}, true
	case f[2] == "iam" && (kind == "user" || kind == "role") && name != "",
		f[2] == "sts" && kind == "assumed-role" && strings.Count(name, "/") == 1,
		f[2] == "sts" && kind == "federated-user" && name != "":
		return matcher{arnForm, value}, true
	}
	return matcher{}, false
}

func isAccount(s string) bool {
	return len(s) == 12 && strings.Trim(s, "0123456789") == ""
}

// isUniqueID: AWS puts the ids of deleted users and roles in place of their
// ARNs.
func isUniqueID(s string) bool {
	return len(s) >= 16 && (strings.HasPrefix(s, "AIDA") || strings.HasPrefix(s, "AROA")) && isAlphanumeric(s)
}

func compilePrincipals(p *Principals) ([]matcher, error) {
	if p == nil {
		return nil, nil
	}
	if p.Anyone {
		return []matcher{{anyone, ""}}, nil
	}
	compiled := []matcher{}
	for _, list := range []struct {
		kind   string
		values []string
	}{{"AWS", p.AWS}, {"Service", p.Service}, {"Federated", p.Federated}, {"CanonicalUser", p.CanonicalUser}} {
		for _, value := range list.values {
			m, ok := compilePrincipal(list.kind, value)
			if !ok {
				return nil, &Error{Message: invalidPrincipal(list.kind, value), Detail: "no such form of principal"}
			}
			compiled = append(compiled, m)
		}
	}
	return compiled, nil
}

// grade says how closely m names p.
func (m *matcher) grade(p *Principal) grade {
	switch m.form {
	case anyone:
		return byRole
	case account:
		if p.Account == m.value && p.Kind != Service && p.Kind != Anonymous && p.Kind != FederatedLogin {
			return byAccount
		}
	case arnForm:
		return m.gradeARN(p)
	case uniqueID:
		if p.Kind == User && p.UserID == m.value {
			return byUser
		}
		if role, _, ok := strings.Cut(p.UserID, ":"); ok && p.Kind == RoleSession && role == m.value {
			return byRole
		}
	case service:
		if p.Kind == Service && p.Name == m.value {
			return byRole
		}
	case federated:
		if p.Kind == FederatedLogin && p.Name == m.value {
			return byRole
		}
	}
	return unnamed
}

func (m *matcher) gradeARN(p *Principal) grade {
	switch p.Kind {
	case User:
		if p.ARN == m.value {
			return byUser
		}
	case RoleSession, FederatedUser:
		if p.ARN == m.value {
			return bySession
		}
		if p.RoleARN == m.value && p.RoleARN != "" {
			return byRole
		}
	}
	return unnamed
}
