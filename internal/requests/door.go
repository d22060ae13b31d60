package requests

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// Door is how console and CLI come in: POST {Prefix}{operation} with JSON, as
// they call the operations of services.
type Door struct {
	Service *Service
	// Call says who is asking, or refuses.
	Call func(r *http.Request) (*awsapi.Call, error)
	// Prefix is what stands before the operation in the path.
	Prefix string
}

// maxInput is the size of an operation's input: a request's body with its
// header, in base64.
const maxInput = 16 << 20

func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	call, err := d.Call(r)
	if err != nil {
		answerError(w, err)
		return
	}
	switch operation := strings.TrimPrefix(r.URL.Path, d.Prefix); operation {
	case "list":
		serve(w, r, call, d.Service.List)
	case "get":
		serve(w, r, call, d.Service.Get)
	case "replay":
		serve(w, r, call, d.Service.Replay)
	case "follow":
		d.Service.serveFollow(w, r, call)
	default:
		answerError(w, awsapi.Errorf(http.StatusNotFound, "UnknownOperationException", "There is no operation %q of requests.", operation))
	}
}

// serve decodes the input of an operation, runs it and encodes its output.
func serve[I, O any](w http.ResponseWriter, r *http.Request, call *awsapi.Call, operation func(context.Context, *awsapi.Call, *I) (*O, error)) {
	in, err := input[I](r)
	if err != nil {
		answerError(w, err)
		return
	}
	out, err := operation(r.Context(), call, in)
	if err != nil {
		answerError(w, err)
		return
	}
	answer(w, http.StatusOK, out)
}

// input decodes strictly: a misspelt filter must not show everything.
func input[I any](r *http.Request) (*I, error) {
	in := new(I)
	dec := json.NewDecoder(http.MaxBytesReader(nil, r.Body, maxInput))
	dec.DisallowUnknownFields()
	if err := dec.Decode(in); err != nil && !errors.Is(err, io.EOF) {
		return nil, badRequest("The input cannot be read: %s", err)
	}
	return in, nil
}

func answerError(w http.ResponseWriter, err error) {
	e := awsapi.AsError(err)
	if e == nil {
		slog.Error("requests", "error", err)
		e = awsapi.Errorf(http.StatusInternalServerError, "InternalFailure", "An internal error occurred; the server's log tells more.")
	}
	answer(w, e.Status, map[string]string{"code": e.Code, "message": e.Message})
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.Encode(v) //nolint:errcheck // the client is gone; nothing is left to do
}
