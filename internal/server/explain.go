package server

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/iam"
	"github.com/lambdagate/lambdagate/internal/policy"
)

// ExplainRequest asks why a principal may do something, or may not.
type ExplainRequest struct {
	Principal string              `json:"principal"` // ARN, or the name of a service
	Action    string              `json:"action"`
	Resource  string              `json:"resource"` // "" is "*"
	Context   map[string][]string `json:"context"`  // condition keys
}

// explanations answer POST with an ExplainRequest, for whom the door lets in.
// Asking takes what asking AWS's simulator takes: iam:SimulatePrincipalPolicy on
// the principal, which has to be of the caller's account unless any may be. Of
// another account's resource the decision is told, not what its policy says.
func (s *Server) explanations(door func(*http.Request) (*awsapi.Call, error), anyAccount bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out, err := s.explain(w, r, door, anyAccount)
		if err != nil {
			s.failed(w, "explain", err)
			return
		}
		writeJSON(w, http.StatusOK, out)
	})
}

func (s *Server) explain(w http.ResponseWriter, r *http.Request, door func(*http.Request) (*awsapi.Call, error), anyAccount bool) (*iam.Explanation, error) {
	call, err := door(r)
	if err != nil {
		return nil, err
	}
	var in ExplainRequest
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&in); err != nil {
		return nil, awsapi.Errorf(http.StatusBadRequest, "SerializationException", "The body is not the JSON expected: %s", err)
	}
	q, err := s.question(&in)
	if err != nil {
		return nil, err
	}
	call.Service, call.Operation = "iam", "SimulatePrincipalPolicy"
	if err := s.iam.Authorize(r.Context(), call, "iam:SimulatePrincipalPolicy", in.Principal); err != nil {
		return nil, err
	}
	caller, ok := s.iam.Principal(in.Principal)
	if !ok || !anyAccount && caller.Account != "" && caller.Account != call.Caller.Account {
		return nil, awsapi.Errorf(http.StatusNotFound, "NoSuchEntity", "There is no user, role or service %s.", in.Principal)
	}
	out, err := s.iam.Explain(in.Principal, q)
	if err == nil && !anyAccount && q.ResourceAccount != call.Caller.Account {
		out.Policies = slices.DeleteFunc(out.Policies, isOfResource) // what others wrote is theirs to see
	}
	return out, err
}

// isOfResource tells a policy that is attached to what the question is about.
func isOfResource(p iam.ExplainedPolicy) bool {
	return p.Kind == policy.Resource.String() || p.Kind == policy.Trust.String()
}

// question is what is asked, with the policy of the resource where it has one.
func (s *Server) question(in *ExplainRequest) (iam.Question, error) {
	if in.Resource == "" {
		in.Resource = "*"
	}
	if service, name, ok := strings.Cut(in.Action, ":"); !ok || service == "" || name == "" {
		return iam.Question{}, awsapi.Errorf(http.StatusBadRequest, "ValidationError", "The action %q has to be written service:Name, such as lambda:InvokeFunction.", in.Action)
	}
	q := iam.Question{Action: in.Action, Resource: in.Resource, ResourcePolicy: s.policyOf(in.Resource)}
	if account := arn.AccountOf(in.Resource); arn.IsAccount(account) {
		q.ResourceAccount = account
	}
	for name, values := range in.Context {
		q.Keys.Set(name, values...)
	}
	return q, nil
}

// policyOf is the policy attached to a function or to a stage's API.
func (s *Server) policyOf(resource string) *policy.Policy {
	a, err := arn.Parse(resource)
	if err != nil {
		return nil
	}
	switch a.Service {
	case "lambda":
		return s.lambda.PolicyOf(resource)
	case "execute-api":
		api, rest, _ := strings.Cut(a.Resource, "/")
		stage, _, _ := strings.Cut(rest, "/")
		return s.gateway.PolicyOf(a.Account, a.Region, api, stage)
	}
	return nil
}
