package server

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/console"
	"github.com/lambdagate/lambdagate/internal/requests"
	"github.com/lambdagate/lambdagate/vtl"
)

// openConsole opens the console with its sessions.
func (s *Server) openConsole(ctx context.Context) (err error) {
	if s.sessions, err = openSessions(ctx, s.store, s.iam, s.secretFor("console sessions")); err != nil {
		return err
	}
	s.onClose("sessions", func(context.Context) error { s.sessions.ended.Close(); return nil })
	s.attempts.bySource = newLimiter(sourceBurst, sourceEvery, time.Now)
	s.attempts.byName = newLimiter(nameBurst, nameEvery, time.Now)
	s.console = console.New(console.Config{
		API:           &awsapi.Door{Registry: s.registry, Call: s.consoleCall, Prefix: "/console/api/"},
		Explain:       s.explanations(s.consoleCall, false),
		Requests:      &requests.Door{Service: s.requests, Call: s.consoleCall, Prefix: "/console" + requestsPath},
		CheckTemplate: checkTemplate,
		SignedIn:      func(r *http.Request) bool { _, err := s.consoleCall(r); return err == nil },
		Own: map[string]http.HandlerFunc{
			"session": s.sessionHTTP, "sign-in": s.signInHTTP, "sign-out": s.signOutHTTP, "audit": s.consoleAudit,
		},
	})
	return nil
}

// consoleCall is who uses the console: in dev mode the root of the default
// account, in serve mode whoever signed in.
func (s *Server) consoleCall(r *http.Request) (*awsapi.Call, error) {
	caller := awsapi.RootCaller(awsapi.DefaultAccount)
	caller.Unchecked = true
	if s.config.Mode != "dev" {
		var ok bool
		if _, caller, ok = s.sessionOf(r); !ok {
			return nil, notSignedIn()
		}
	}
	region := r.Header.Get("X-Lambdagate-Region")
	if region == "" {
		region = awsapi.DefaultRegion
	}
	return &awsapi.Call{
		RequestID: awsapi.NewRequestID(), Region: region, Caller: caller,
		SourceIP: s.auth.clientIP(r), UserAgent: r.UserAgent(), Secure: s.auth.secure(r),
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
