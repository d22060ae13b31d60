package apigateway

import (
	"context"
	"net/url"
	"strings"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// callersCredentials, as an integration's role, means the caller's own.
const callersCredentials = "arn:aws:iam::*:user/*"

// checkURI checks the backend's address by the type of the integration.
func (i *Integration) checkURI() error {
	uri := ""
	if i.Uri != nil {
		uri = *i.Uri
	}
	switch *i.Type {
	case "MOCK":
		return nil
	case "HTTP", "HTTP_PROXY":
		return checkHTTPEndpoint(uri)
	}
	return checkServiceURI(uri, *i.Type == "AWS_PROXY")
}

// checkHTTPEndpoint accepts http and https addresses with a host; stage
// variables may stand for any part behind the scheme.
func checkHTTPEndpoint(uri string) error {
	invalid := badRequest("Invalid HTTP endpoint specified for URI")
	plain := withoutStageVariables(uri)
	u, err := url.Parse(strings.NewReplacer("{", "x", "}", "x").Replace(plain))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return invalid
	}
	return nil
}

// withoutStageVariables puts a letter in place of each ${stageVariables.x}.
func withoutStageVariables(s string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, "${stageVariables.")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		_, after, ok := strings.Cut(rest, "}")
		if !ok {
			return b.String()
		}
		b.WriteByte('x')
		s = after
	}
}

// checkServiceURI checks the URI of an AWS or AWS_PROXY integration:
// arn:aws:apigateway:{region}:{service}:{path|action}/{target}.
func checkServiceURI(uri string, proxy bool) error {
	a, err := arn.Parse(uri)
	if err != nil || a.Service != "apigateway" || a.Region == "" || a.Account == "" {
		return invalidARN()
	}
	in, err := arn.ParseIntegration(uri)
	if err != nil {
		return badRequest("AWS ARN for integration must contain path or action")
	}
	if proxy && in.Service != "lambda" && in.Service != "firehose" {
		return badRequest("Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations.")
	}
	if in.Service == "lambda" && in.Kind == "path" && (proxy || strings.Contains(in.Target, "/functions/")) && !invokesFunction(in.Target) {
		return badRequest("Invalid function ARN or invalid uri")
	}
	return nil
}

// invokesFunction reports whether target is the path of an operation that
// invokes a function: {date}/functions/{arn}/invocations and its siblings.
func invokesFunction(target string) bool {
	_, rest, ok := strings.Cut(target, "/functions/")
	if !ok {
		return false
	}
	i := strings.LastIndexByte(rest, '/')
	if i < 0 {
		return strings.HasSuffix(rest, "}") && strings.Contains(rest, "${stageVariables.")
	}
	function, operation := rest[:i], rest[i+1:]
	switch operation {
	case "invocations", "invoke-async", "response-streaming-invocations":
	default:
		return false
	}
	if strings.Contains(function, "${stageVariables.") {
		return true
	}
	a, err := arn.Parse(function)
	return err == nil && a.Service == "lambda" && strings.HasPrefix(a.Resource, "function:")
}

// checkRoleAndLink checks what an integration refers to outside its API: the
// caller must be allowed to pass its role, and its VPC link must exist.
func (s *Service) checkRoleAndLink(ctx context.Context, i *Integration) error {
	if i.Credentials != nil && *i.Credentials != callersCredentials {
		if err := s.checkPassRole(ctx, *i.Credentials); err != nil {
			return err
		}
	}
	if !i.usesLink() || i.ConnectionId == nil || *i.ConnectionId == "" || strings.Contains(*i.ConnectionId, "${stageVariables.") {
		return nil
	}
	if _, ok := s.vpcLinks.get(callScope(ctx), *i.ConnectionId); !ok {
		return badRequest("Invalid Vpc Link identifier specified")
	}
	return nil
}

// checkPassRole checks that the caller may hand the role to API Gateway.
func (s *Service) checkPassRole(ctx context.Context, role string) error {
	a, err := arn.Parse(role)
	if err != nil || a.Service != "iam" || !strings.HasPrefix(a.Resource, "role/") {
		return invalidARN()
	}
	call := awsapi.CallFrom(ctx)
	if a.Account != call.Caller.Account {
		return accessDenied("Cross-account pass role is not allowed.")
	}
	if s.roles == nil {
		return nil
	}
	return s.roles.PassRole(ctx, call, role, "apigateway.amazonaws.com")
}
