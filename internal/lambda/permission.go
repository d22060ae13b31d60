package lambda

import (
	"bytes"
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/policy"
)

// maxPolicy is the size of a resource policy in bytes. AWS: Lambda quotas.
const maxPolicy = 20480

// ResourcePolicy is the policy of a function, version, alias or layer version.
type ResourcePolicy struct {
	RevisionId string      `json:"revisionId"`
	Statements []statement `json:"statements"`
}

// statement is one statement of a policy, as JSON text in AWS's order of keys.
type statement struct {
	Sid  string `json:"sid"`
	JSON string `json:"json"`
}

// Document is the policy's text as GetPolicy shows it.
func (p *ResourcePolicy) Document() string {
	var b strings.Builder
	b.WriteString(`{"Version":"2012-10-17","Id":"default","Statement":[`)
	for i, st := range p.Statements {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(st.JSON)
	}
	b.WriteString(`]}`)
	return b.String()
}

// compile returns the policy ready for decisions, nil if there is none. A
// statement that the policy language refuses, which AddPermission does not let
// in, is left out: it permits nothing.
func (p *ResourcePolicy) compile(owner string) *policy.Policy {
	if p == nil {
		return nil
	}
	if c, err := policy.New(owner, policy.Resource, []byte(p.Document())); err == nil {
		return c
	}
	sound := &ResourcePolicy{}
	for _, st := range p.Statements {
		one := &ResourcePolicy{Statements: []statement{st}}
		if _, err := policy.New(owner, policy.Resource, []byte(one.Document())); err == nil {
			sound.Statements = append(sound.Statements, st)
		}
	}
	c, err := policy.New(owner, policy.Resource, []byte(sound.Document()))
	if err != nil { // no statement is left
		return nil
	}
	return c
}

// with returns the policy with one more statement; p may be nil.
func (p *ResourcePolicy) with(revision string, st statement) *ResourcePolicy {
	next := &ResourcePolicy{RevisionId: revision}
	if p != nil {
		next.Statements = slices.Clone(p.Statements)
	}
	next.Statements = append(next.Statements, st)
	return next
}

// without returns the policy without a statement; nil if none is left.
func (p *ResourcePolicy) without(revision, sid string) *ResourcePolicy {
	next := &ResourcePolicy{RevisionId: revision}
	for _, st := range p.Statements {
		if st.Sid != sid {
			next.Statements = append(next.Statements, st)
		}
	}
	if len(next.Statements) == 0 {
		return nil
	}
	return next
}

func (p *ResourcePolicy) has(sid string) bool {
	return p != nil && slices.ContainsFunc(p.Statements, func(st statement) bool { return st.Sid == sid })
}

// PolicyOf returns the policy of the function, version or alias with that ARN, nil
// for none.
func (s *Service) PolicyOf(functionARN string) *policy.Policy {
	ref, err := arn.ParseFunction(functionARN, arn.Function{})
	if err != nil {
		return nil
	}
	f, ok := s.functions.get(key(ref))
	if !ok {
		return nil
	}
	return f.Policies[ref.Qualifier].compile(functionARN)
}

// AddPermission adds a statement to the policy of a function, version or alias.
func (s *Service) AddPermission(ctx context.Context, in *AddPermissionRequest) (*AddPermissionResponse, error) {
	ref, err := s.policyOwner(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	principal, err := principalJSON(in.Principal)
	if err != nil {
		return nil, err
	}
	text := permissionJSON(in, principal, ref.String())
	err = s.edit(ctx, ref, func(e *edit) error {
		if s.version(e.f, ref.Qualifier) == nil {
			return functionNotFound(ref.String())
		}
		old := e.f.Policies[ref.Qualifier]
		switch {
		case in.RevisionId != nil && (old == nil || *in.RevisionId != old.RevisionId):
			return stale("GetPolicy")
		case old.has(in.StatementId):
			return conflict("The statement id (%s) provided already exists. Please provide a new statement id, or remove the existing statement.", in.StatementId)
		}
		next := old.with(s.newID(), statement{in.StatementId, text})
		if len(next.Document()) > maxPolicy {
			return userError(400, "PolicyLengthExceededException", "The final policy size (%d) is bigger than the limit (%d).", len(next.Document()), maxPolicy)
		}
		assign(&e.f.Policies, ref.Qualifier, next)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &AddPermissionResponse{Statement: &text}, nil
}

// policyOwner names what a policy request is about.
func (s *Service) policyOwner(ctx context.Context, name string, qualifier *string) (arn.Function, error) {
	ref, err := functionNamed(ctx, name, qualifier)
	if err == nil && ref.Qualifier == latest {
		err = invalidParameter("We currently do not support adding policies for $LATEST.")
	}
	return ref, err
}

// GetPolicy shows the policy of a function, version or alias.
func (s *Service) GetPolicy(ctx context.Context, in *GetPolicyRequest) (*GetPolicyResponse, error) {
	f, _, ref, err := s.lookup(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	p := f.Policies[ref.Qualifier]
	if p == nil {
		return nil, notFound("The resource you requested does not exist.")
	}
	return &GetPolicyResponse{Policy: new(p.Document()), RevisionId: &p.RevisionId}, nil
}

// RemovePermission removes a statement from a policy.
func (s *Service) RemovePermission(ctx context.Context, in *RemovePermissionRequest) (*awsapi.Empty, error) {
	ref, err := s.policyOwner(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	if _, ok := s.functions.get(key(ref)); !ok {
		return nil, notFound("No policy found for: %s", ref)
	}
	return nil, s.edit(ctx, ref, func(e *edit) error {
		p := e.f.Policies[ref.Qualifier]
		switch {
		case p == nil:
			return notFound("No policy is associated with the given resource.")
		case in.RevisionId != nil && *in.RevisionId != p.RevisionId:
			return stale("GetPolicy")
		case !p.has(in.StatementId):
			return notFound("Statement %s is not found in resource policy.", in.StatementId)
		}
		if next := p.without(s.newID(), in.StatementId); next != nil {
			assign(&e.f.Policies, ref.Qualifier, next)
		} else {
			delete(e.f.Policies, ref.Qualifier)
		}
		return nil
	})
}

var (
	servicePrincipal = regexp.MustCompile(`^[a-z0-9-]+(\.[a-z0-9-]+)*\.(amazonaws\.com(\.cn)?|amazon\.com)$`)
	awsPrincipal     = regexp.MustCompile(`^arn:aws[a-zA-Z-]*:(iam::\d{12}:(root|(user|role)/.+)|sts::\d{12}:(assumed-role|federated-user)/.+|cloudfront:.+)$`)
)

// principalJSON is the Principal of a statement for what a request names.
func principalJSON(name string) (string, error) {
	switch {
	case name == "*":
		return `"*"`, nil
	case arn.IsAccount(name):
		return `{"AWS":"arn:aws:iam::` + name + `:root"}`, nil
	case awsPrincipal.MatchString(name):
		return `{"AWS":` + quote(name) + `}`, nil
	case servicePrincipal.MatchString(name):
		return `{"Service":` + quote(name) + `}`, nil
	}
	return "", invalidParameter("The provided principal was invalid. Please check the principal and try again.")
}

// permissionJSON is the statement of a request, keys in AWS's order.
func permissionJSON(in *AddPermissionRequest, principal, resource string) string {
	b := []byte(`{"Sid":` + quote(in.StatementId) + `,"Effect":"Allow","Principal":` + principal +
		`,"Action":` + quote(in.Action) + `,"Resource":` + quote(resource))
	b = append(b, conditionsJSON(in)...)
	return string(append(b, '}'))
}

// conditionsJSON is the Condition of a statement, "" if there is none.
func conditionsJSON(in *AddPermissionRequest) string {
	var equals []string
	for _, c := range []struct {
		key   string
		value *string
	}{
		{"AWS:SourceAccount", in.SourceAccount},
		{"aws:PrincipalOrgID", in.PrincipalOrgID},
		{"lambda:EventSourceToken", in.EventSourceToken},
		{"lambda:FunctionUrlAuthType", in.FunctionUrlAuthType},
	} {
		if c.value != nil {
			equals = append(equals, quote(c.key)+":"+quote(*c.value))
		}
	}
	var parts []string
	if len(equals) > 0 {
		parts = append(parts, `"StringEquals":{`+strings.Join(equals, ",")+`}`)
	}
	if deref(in.InvokedViaFunctionUrl) {
		parts = append(parts, `"Bool":{"lambda:InvokedViaFunctionUrl":"true"}`)
	}
	if in.SourceArn != nil {
		parts = append(parts, `"ArnLike":{"AWS:SourceArn":`+quote(*in.SourceArn)+`}`)
	}
	if len(parts) == 0 {
		return ""
	}
	return `,"Condition":{` + strings.Join(parts, ",") + `}`
}

// quote returns s as a JSON string, < > & as they are.
func quote(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil { // a string: cannot fail
		panic("lambda: quote: " + err.Error())
	}
	return strings.TrimSuffix(b.String(), "\n")
}
