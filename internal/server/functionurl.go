package server

import (
	"bytes"
	"io"
	"net/http"
	"strings"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/lambda"
)

// maxURLBody is what a function URL takes: an event's 6 MB, and a little.
const maxURLBody = 6<<20 + 4096

// serveFunctionURL answers requests for {urlId}.lambda-url.{region}.<any>; false
// if the host is none.
func (s *Server) serveFunctionURL(w http.ResponseWriter, r *http.Request) bool {
	if !isFunctionURL(r.Host) {
		return false
	}
	id, _, _ := strings.Cut(hostname(r.Host), ".")
	target, ok := s.lambda.FindURL(id)
	if !ok {
		writeJSON(w, http.StatusForbidden, map[string]any{"Message": nil})
		return true
	}
	in := lambda.URLRequest{SourceIP: s.auth.clientIP(r)}
	if target.AuthType == "AWS_IAM" && r.Method != http.MethodOptions {
		caller, err := s.signer(r)
		if e := awsapi.AsError(err); e != nil {
			w.Header().Set("x-amzn-ErrorType", e.Code)
			writeJSON(w, e.Status, map[string]string{"Message": e.Message})
			return true
		}
		in.Caller = caller
	}
	s.lambda.ServeURL(w, r, target, in)
	return true
}

// signer verifies who signed a request to a function URL, in both modes.
func (s *Server) signer(r *http.Request) (awsapi.Caller, error) {
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxURLBody))
	if err != nil {
		return awsapi.Caller{}, awsapi.Errorf(http.StatusRequestEntityTooLarge, "RequestTooLargeException", "Request Entity Too Large")
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return s.auth.verified(r, "lambda", body)
}

// isFunctionURL says whether a host is that of a function URL:
// {id}.lambda-url.{region}.on.aws.
func isFunctionURL(host string) bool {
	_, rest, _ := strings.Cut(hostname(host), ".")
	return strings.HasPrefix(rest, "lambda-url.")
}
