package iam

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/policy"
)

// sourcePolicy is a policy that a simulation goes by.
type sourcePolicy struct {
	id   string // as the answer names it
	text string
}

func textsOf(policies []sourcePolicy) []string {
	var list []string
	for _, p := range policies {
		list = append(list, p.text)
	}
	return list
}

// policySource is a user, group or role with all its policies.
type policySource struct {
	principal policy.Principal
	tags      []*Tag
	policies  []sourcePolicy
	boundary  *sourcePolicy
}

// policySource collects the policies of a user, group or role of the caller's
// account.
func (s *Service) policySource(ctx context.Context, name string) (*policySource, error) {
	e, err := arn.ParseEntity(name)
	if err != nil || e.Account != account(ctx) {
		return nil, invalidInput("Invalid Entity Arn: %s does not clearly define entity type and name.", name)
	}
	src := &policySource{principal: policy.Principal{Kind: policy.User, Account: e.Account, ARN: name, Name: e.Name}}
	switch e.Kind {
	case "user":
		d, err := s.user(ctx, e.Name)
		if err != nil {
			return nil, err
		}
		src.principal.UserID, src.tags = d.User.UserId, d.User.Tags
		s.collect(src, d.Permissions)
		for _, g := range d.Groups {
			if d, err := s.group(ctx, g); err == nil {
				s.collect(src, d.Permissions)
			}
		}
	case "group":
		d, err := s.group(ctx, e.Name)
		if err != nil {
			return nil, err
		}
		s.collect(src, d.Permissions)
	case "role":
		d, err := s.role(ctx, e.Name)
		if err != nil {
			return nil, err
		}
		src.principal = policy.Principal{Kind: policy.RoleSession, Account: e.Account, RoleARN: name, ARN: name, UserID: d.Role.RoleId}
		src.tags = d.Role.Tags
		s.collect(src, d.Permissions)
	default:
		return nil, invalidInput("Invalid Entity Arn: %s does not clearly define entity type and name.", name)
	}
	return src, nil
}

func (s *Service) collect(src *policySource, p permissions) {
	for _, name := range slices.Sorted(maps.Keys(p.Inline)) {
		src.policies = append(src.policies, sourcePolicy{name, p.Inline[name]})
	}
	for _, a := range p.Attached {
		src.policies = append(src.policies, s.managedSource(a))
	}
	if p.Boundary != "" {
		src.boundary = new(s.managedSource(p.Boundary))
	}
}

func (s *Service) managedSource(policyARN string) sourcePolicy {
	d, ok := s.managedPolicy(policyARN)
	if !ok {
		return sourcePolicy{nameOfARN(policyARN), ""} // is refused when it is read
	}
	return sourcePolicy{nameOfARN(policyARN), d.Versions[*d.Policy.DefaultVersionId].Document}
}

// simulation is a set of policies, compiled, and what is asked of them.
type simulation struct {
	request  policy.Request
	sources  map[string]sourcePolicy // by the name that it was compiled under
	missing  []string                // condition keys that policies refer to and nobody gave
	boundary *policy.Policy
}

// SimulateCustomPolicy tries out documents.
func (s *Service) SimulateCustomPolicy(ctx context.Context, in *SimulateCustomPolicyRequest) (*SimulatePolicyResponse, error) {
	if len(in.OrderedOrganizationPolicyInputList) > 0 {
		return nil, awsapi.NotImplemented("SimulateCustomPolicy with policies of an organization")
	}
	src := &policySource{principal: policy.Principal{Kind: policy.User, Account: account(ctx)}}
	src.add(in.PolicyInputList)
	return simulate(src, (*simulationInput)(&SimulatePrincipalPolicyRequest{
		PermissionsBoundaryPolicyInputList: in.PermissionsBoundaryPolicyInputList, ActionNames: in.ActionNames, ResourceArns: in.ResourceArns,
		ResourcePolicy: in.ResourcePolicy, ResourceOwner: in.ResourceOwner, CallerArn: in.CallerArn, ContextEntries: in.ContextEntries,
		MaxItems: in.MaxItems, Marker: in.Marker,
	}))
}

// SimulatePrincipalPolicy tries out the policies of a user, group or role, and
// documents in addition.
func (s *Service) SimulatePrincipalPolicy(ctx context.Context, in *SimulatePrincipalPolicyRequest) (*SimulatePolicyResponse, error) {
	if len(in.PolicyExclusionList) > 0 {
		return nil, awsapi.NotImplemented("SimulatePrincipalPolicy with excluded policies")
	}
	src, err := s.policySource(ctx, in.PolicySourceArn)
	if err != nil {
		return nil, err
	}
	src.add(in.PolicyInputList)
	return simulate(src, (*simulationInput)(in))
}

func (src *policySource) add(documents []string) {
	for i, text := range documents {
		src.policies = append(src.policies, sourcePolicy{"PolicyInputList." + strconv.Itoa(i+1), text})
	}
}

// simulationInput is what both simulations have in common.
type simulationInput SimulatePrincipalPolicyRequest

func simulate(src *policySource, in *simulationInput) (*SimulatePolicyResponse, error) {
	sim, err := newSimulation(src, in)
	if err != nil {
		return nil, err
	}
	resources := in.ResourceArns
	if len(resources) == 0 {
		resources = []string{"*"}
	}
	if len(in.ActionNames)*len(resources) > maxSimulations {
		return nil, invalidInput("More than %d actions times resources.", maxSimulations)
	}
	for _, action := range in.ActionNames {
		if !strings.Contains(action, ":") {
			return nil, invalidInput("Invalid action name %s: it has to have a service prefix.", action)
		}
	}
	all := make([]int, len(in.ActionNames)*len(resources)) // results have no names: pages go by numbers
	for i := range all {
		all[i] = i
	}
	items, marker, truncated, err := page(all, in.Marker, in.MaxItems, strconv.Itoa)
	out := &SimulatePolicyResponse{EvaluationResults: []*EvaluationResult{}, Marker: marker, IsTruncated: truncated}
	for _, i := range items {
		out.EvaluationResults = append(out.EvaluationResults, sim.result(in.ActionNames[i/len(resources)], resources[i%len(resources)]))
	}
	return out, err
}

// maxSimulations bounds how many decisions one call asks for, over all pages.
const maxSimulations = 10_000

func newSimulation(src *policySource, in *simulationInput) (*simulation, error) {
	sim := &simulation{sources: map[string]sourcePolicy{}, request: policy.Request{Principal: src.principal}}
	var documents []*policy.Document
	compile := func(kind policy.Kind, p sourcePolicy) (*policy.Policy, error) {
		d, err := parseInputs(kind, []string{p.text})
		if err != nil {
			return nil, err
		}
		documents = append(documents, d...)
		name := strconv.Itoa(len(sim.sources))
		sim.sources[name] = p
		return policy.Compile(name, kind, d[0])
	}
	for _, p := range src.policies {
		c, err := compile(policy.Identity, p)
		if err != nil {
			return nil, err
		}
		sim.request.Identity = append(sim.request.Identity, c)
	}
	if len(in.PermissionsBoundaryPolicyInputList) > 0 {
		src.boundary = &sourcePolicy{"PermissionsBoundaryPolicyInputList.1", in.PermissionsBoundaryPolicyInputList[0]}
	}
	if src.boundary != nil {
		c, err := compile(policy.Boundary, *src.boundary)
		if err != nil {
			return nil, err
		}
		sim.boundary, sim.request.Boundary = c, c
	}
	if in.ResourcePolicy != nil {
		if in.CallerArn == nil && src.principal.ARN == "" {
			return nil, invalidInput("CallerArn is required with a resource policy.")
		}
		c, err := compile(policy.Resource, sourcePolicy{"ResourcePolicy", *in.ResourcePolicy})
		if err != nil {
			return nil, err
		}
		sim.request.ResourcePolicy = c
	}
	if err := sim.setContext(src, in); err != nil {
		return nil, err
	}
	sim.setMissing(documents)
	return sim, nil
}

// setContext sets who asks, whose the resource is, and the condition keys.
func (sim *simulation) setContext(src *policySource, in *simulationInput) error {
	r := &sim.request
	if in.CallerArn != nil {
		e, err := arn.ParseUser(*in.CallerArn)
		if err != nil {
			return invalidInput("CallerArn has to be the ARN of a user.")
		}
		r.Principal = policy.Principal{Kind: policy.User, Account: e.Account, ARN: *in.CallerArn, Name: e.Name}
	}
	if in.ResourceOwner != nil {
		r.ResourceAccount = *in.ResourceOwner
		if a := accountOf(*in.ResourceOwner); a != "" {
			r.ResourceAccount = a
		}
	}
	for _, t := range src.tags {
		r.Keys.Set("aws:PrincipalTag/"+t.Key, t.Value)
	}
	for _, c := range in.ContextEntries {
		if c.ContextKeyName == nil {
			return invalidInput("A context entry has no name.")
		}
		r.Keys.Set(*c.ContextKeyName, c.ContextKeyValues...)
	}
	return nil
}

// derivedKeys follow from who asks: see policy.Keys.
var derivedKeys = []string{
	"aws:principalarn", "aws:principalaccount", "aws:principaltype", "aws:principalisawsservice", "aws:principalservicename",
	"aws:userid", "aws:username", "aws:resourceaccount",
}

func (sim *simulation) setMissing(documents []*policy.Document) {
	sim.missing = slices.DeleteFunc(contextKeys(documents), func(name string) bool {
		return sim.request.Keys.Get(name) != nil || slices.Contains(derivedKeys, strings.ToLower(name))
	})
}

// result is one decision as the answer shows it.
func (sim *simulation) result(action, resource string) *EvaluationResult {
	r := sim.request
	r.Action, r.Resource = action, resource
	d := policy.Evaluate(&r)
	out := &EvaluationResult{
		EvalActionName: action, EvalResourceName: &resource, EvalDecision: decisions[d.Outcome],
		MatchedStatements: []*Statement{}, MissingContextValues: sim.missing,
	}
	for _, m := range d.By() {
		out.MatchedStatements = append(out.MatchedStatements, sim.statement(m))
	}
	if sim.boundary != nil {
		alone := r
		alone.Identity, alone.Boundary, alone.ResourcePolicy, alone.ResourceAccount = []*policy.Policy{sim.boundary}, nil, nil, ""
		out.PermissionsBoundaryDecisionDetail = &PermissionsBoundaryDecisionDetail{
			AllowedByPermissionsBoundary: new(policy.Evaluate(&alone).Outcome == policy.Allowed),
		}
	}
	return out
}

// decisions are AWS's words.
var decisions = map[policy.Outcome]string{
	policy.Allowed: "allowed", policy.ExplicitDeny: "explicitDeny", policy.ImplicitDeny: "implicitDeny",
}

// statement says where a statement stands in its document.
func (sim *simulation) statement(m policy.Match) *Statement {
	source := sim.sources[m.Policy]
	out := &Statement{SourcePolicyId: &source.id, SourcePolicyType: new("IAM Policy")}
	if start, end, ok := statementSpan(source.text, m.Index); ok {
		out.StartPosition, out.EndPosition = position(source.text, start), position(source.text, end)
	}
	return out
}

// statementSpan finds the statement of that index in a document that was read
// before: the offsets of its first byte and behind its last.
func statementSpan(text string, index int) (start, end int, ok bool) {
	dec := json.NewDecoder(strings.NewReader(text))
	if _, err := dec.Token(); err != nil { // {
		return 0, 0, false
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return 0, 0, false
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return 0, 0, false
		}
		if name != "Statement" {
			continue
		}
		from := int(dec.InputOffset()) - len(value)
		if value[0] != '[' {
			return from, from + len(value), index == 0
		}
		return elementSpan(string(value), index, from)
	}
	return 0, 0, false
}

// elementSpan finds an element of a list that begins at offset from.
func elementSpan(list string, index, from int) (start, end int, ok bool) {
	dec := json.NewDecoder(strings.NewReader(list))
	if _, err := dec.Token(); err != nil { // [
		return 0, 0, false
	}
	for i := 0; dec.More(); i++ {
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return 0, 0, false
		}
		if i == index {
			end := from + int(dec.InputOffset())
			return end - len(value), end, true
		}
	}
	return 0, 0, false
}

// position is a place in a text; lines and columns count from 1.
func position(text string, offset int) *Position {
	before := text[:offset]
	line := 1 + strings.Count(before, "\n")
	return &Position{Line: new(int64(line)), Column: new(int64(offset - strings.LastIndexByte(before, '\n')))}
}
