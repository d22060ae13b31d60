package server

import (
	"errors"
	"net/http"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/console"
	"github.com/lambdagate/lambdagate/vtl"
)

// consoleCall is who uses the console: in dev mode the root of the default
// account. In serve mode people sign in with an access key of theirs; until
// they have, nothing is allowed.
func (s *Server) consoleCall(r *http.Request) (*awsapi.Call, error) {
	if s.config.Mode != "dev" {
		return nil, awsapi.Errorf(http.StatusUnauthorized, "NotSignedIn", "Sign in first.")
	}
	region := r.Header.Get("X-Lambdagate-Region")
	if region == "" {
		region = awsapi.DefaultRegion
	}
	caller := awsapi.RootCaller(awsapi.DefaultAccount)
	caller.Unchecked = true
	return &awsapi.Call{
		RequestID: awsapi.NewRequestID(), Region: region, Caller: caller,
		SourceIP: s.auth.clientIP(r), UserAgent: r.UserAgent(), Secure: r.TLS != nil,
	}, nil
}

// checkTemplate says where a mapping template cannot be parsed.
func checkTemplate(text string) *console.TemplateError {
	_, err := vtl.Parse(text, vtl.Options{Mode: vtl.APIGateway})
	if e, ok := errors.AsType[*vtl.SyntaxError](err); ok {
		return &console.TemplateError{Line: e.Line, Column: e.Column, Message: e.Message}
	}
	return nil
}
