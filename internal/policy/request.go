package policy

import (
	"slices"
	"strings"
)

// Request is what is asked, by whom, and the policies that speak to it.
type Request struct {
	Principal Principal
	Action    string // lambda:InvokeFunction
	Resource  string // ARN, or "*" for actions without one

	// ResourceAccount owns the resource; "" is the principal's own account.
	ResourceAccount string
	Keys            Keys // see Keys for those that need not be given

	Identity       []*Policy // of the user and its groups, or of the role
	Boundary       *Policy   // nil: none is set
	Session        []*Policy // nil: none was given when the role was assumed
	ResourcePolicy *Policy   // of kind Resource or Trust; nil: none is attached
}

// UsesKeys says whether Keys make a difference to any of the policies.
func (r *Request) UsesKeys() bool {
	keyed := func(p *Policy) bool { return p != nil && p.keyed }
	return keyed(r.ResourcePolicy) || keyed(r.Boundary) || slices.ContainsFunc(r.Identity, keyed) || slices.ContainsFunc(r.Session, keyed)
}

// Keys are the condition keys of a request. These are derived from Principal
// and ResourceAccount and cannot be overridden: aws:PrincipalArn,
// aws:PrincipalAccount, aws:PrincipalType, aws:PrincipalIsAWSService,
// aws:PrincipalServiceName, aws:userid, aws:username, aws:ResourceAccount.
type Keys []Key

// Key is a condition key and its values.
type Key struct {
	Name   string // in lower case
	Values []string
}

// Set gives the key those values; names have no case. Without values the key
// is absent.
func (k *Keys) Set(name string, values ...string) {
	name = strings.ToLower(name)
	for i := range *k {
		if (*k)[i].Name == name {
			(*k)[i].Values = values
			return
		}
	}
	*k = append(*k, Key{name, values})
}

// Get returns the key's values, nil if it is absent.
func (k Keys) Get(name string) []string {
	for i := range k {
		if strings.EqualFold(k[i].Name, name) {
			return k[i].Values
		}
	}
	return nil
}

// values are those of one key, without allocating for the keys that are
// derived.
type values struct {
	one  string
	has  bool // one is set
	many []string
}

func (v values) len() int {
	if v.has {
		return 1
	}
	return len(v.many)
}

func (v values) at(i int) string {
	if v.has {
		return v.one
	}
	return v.many[i]
}

// lookup finds a key by its lower-case name.
func (r *Request) lookup(name string) values {
	if v, derived := r.derive(name); derived {
		return values{one: v, has: v != ""}
	}
	for i := range r.Keys {
		if r.Keys[i].Name == name {
			return values{many: r.Keys[i].Values}
		}
	}
	return values{}
}

// derive returns the keys that follow from the rest of the request; "" is
// absent.
func (r *Request) derive(name string) (value string, derived bool) {
	p := &r.Principal
	switch name {
	case "aws:principalarn":
		if p.Kind == RoleSession { // AWS: the role's, not the session's
			return p.RoleARN, true
		}
		return p.ARN, true
	case "aws:principalaccount":
		return p.Account, true
	case "aws:principaltype":
		return principalTypes[p.Kind], true
	case "aws:principalisawsservice":
		if p.Kind == Service {
			return "true", true
		}
		return "false", true
	case "aws:principalservicename":
		if p.Kind == Service {
			return p.Name, true
		}
		return "", true
	case "aws:userid":
		return p.UserID, true
	case "aws:username":
		if p.Kind == User {
			return p.Name, true
		}
		return "", true
	case "aws:resourceaccount":
		return r.resourceAccount(), true
	}
	return "", false
}

// principalTypes are the values of aws:PrincipalType; services have none.
var principalTypes = map[PrincipalKind]string{
	Anonymous:     "Anonymous",
	Root:          "Account",
	User:          "User",
	RoleSession:   "AssumedRole",
	FederatedUser: "FederatedUser",
}

func (r *Request) resourceAccount() string {
	if r.ResourceAccount == "" {
		return r.Principal.Account
	}
	return r.ResourceAccount
}
