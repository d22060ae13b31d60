package awsapi

import (
	"io"
	"net/http"
	"strconv"
	"strings"
)

// Door is the console's and the CLI's door: POST {prefix}<service>/<Operation>
// with the input as JSON under the model's member names (dates are epoch
// seconds, blobs base64), answered likewise. Errors have the service's status
// and the body {"code", "message"}.
type Door struct {
	Registry *Registry
	// Call says who is asking and for which region, or refuses.
	Call func(r *http.Request) (*Call, error)
	// Prefix is what stands before the service's name in the path.
	Prefix string
}

func (d *Door) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	status, body := d.answer(r)
	rw.Header().Set("Content-Type", "application/json")
	rw.Header().Set("Content-Length", strconv.Itoa(len(body)))
	rw.WriteHeader(status)
	rw.Write(body) //nolint:errcheck // the client is gone; nothing is left to do
}

func (d *Door) answer(r *http.Request) (int, []byte) {
	call, err := d.Call(r)
	if err != nil {
		return doorError(err)
	}
	service, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, d.Prefix), "/")
	svc := d.Registry.Service(service)
	if svc == nil || svc.Operation(name) == nil {
		return doorError(Errorf(404, "UnknownOperationException", "There is no operation %q of service %q.", name, service))
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody(service)))
	if err != nil {
		return doorError(Errorf(413, "RequestEntityTooLargeException", "reading the request's body: %s", err))
	}
	op := svc.Operation(name)
	in := op.NewInput()
	if err := DecodeModel(body, in); err != nil {
		return doorError(err)
	}
	out, err := d.Registry.Call(r.Context(), call, op, in)
	if err != nil {
		return doorError(err)
	}
	return http.StatusOK, EncodeModel(out)
}

func doorError(err error) (int, []byte) {
	e := AsError(err)
	if e == nil {
		e = internalFailure("")
	}
	b := append([]byte(`{"code":`), AppendString(nil, e.Code)...)
	b = append(append(b, `,"message":`...), AppendString(nil, e.Message)...)
	return e.Status, append(b, '}')
}
