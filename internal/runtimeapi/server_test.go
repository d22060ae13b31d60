package runtimeapi

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// newServer starts a Runtime API and returns a function that calls it:
// method and path, then headers ("Name: value") and last the body.
func newServer(t *testing.T) (*Server, func(call string, more ...string) (int, string, http.Header)) {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := NewServer(l, nil, nil)
	t.Cleanup(func() { s.Close() })
	return s, func(call string, more ...string) (int, string, http.Header) {
		method, path, _ := strings.Cut(call, " ")
		body := ""
		if len(more) > 0 {
			body = more[len(more)-1]
			more = more[:len(more)-1]
		}
		r, err := http.NewRequest(method, "http://"+l.Addr().String()+"/2018-06-01/runtime"+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range more {
			name, value, _ := strings.Cut(h, ": ")
			r.Header.Set(name, value)
		}
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			return 0, err.Error(), nil
		}
		defer res.Body.Close()
		b, _ := io.ReadAll(res.Body)
		return res.StatusCode, string(b), res.Header
	}
}

var event = &Event{RequestID: "id-1", Deadline: time.UnixMilli(1234567), FunctionARN: "arn", TraceID: "trace",
	ClientContext: `{"c":1}`, Identity: `{"i":1}`, Payload: []byte(`{"a":1}`)}

// invoke starts Invoke and returns what it will return.
func invoke(t *testing.T, s *Server, stream Stream) <-chan Answer {
	t.Helper()
	out := make(chan Answer, 1)
	go func() {
		a, err := s.Invoke(context.Background(), event, stream)
		if err != nil {
			a.Body = []byte(err.Error())
		}
		out <- a
	}()
	return out
}

func TestConversation(t *testing.T) {
	t.Parallel()
	s, call := newServer(t)
	for round := range 2 {
		answer := invoke(t, s, nil)
		status, body, h := call("GET /invocation/next")
		if status != 200 || body != `{"a":1}` {
			t.Fatalf("next: %d %s", status, body)
		}
		for name, want := range map[string]string{
			"Content-Type": "application/json", "Lambda-Runtime-Aws-Request-Id": "id-1",
			"Lambda-Runtime-Deadline-Ms": "1234567", "Lambda-Runtime-Invoked-Function-Arn": "arn",
			"Lambda-Runtime-Trace-Id": "trace", "Lambda-Runtime-Client-Context": `{"c":1}`,
			"Lambda-Runtime-Cognito-Identity": `{"i":1}`,
		} {
			if got := h.Get(name); got != want {
				t.Errorf("%s = %q, want %q", name, got, want)
			}
		}
		if round == 0 {
			status, body, _ = call("POST /invocation/id-1/response", `"result"`)
		} else {
			status, body, _ = call("POST /invocation/id-1/error", "Lambda-Runtime-Function-Error-Type: My.Error", `{"errorMessage":"m"}`)
		}
		if status != 202 || body != "{\"status\":\"OK\"}\n" {
			t.Errorf("answer: %d %s", status, body)
		}
		a := <-answer
		if round == 0 && (string(a.Body) != `"result"` || a.Failure != nil) ||
			round == 1 && (a.Failure == nil || a.Failure.Type != "My.Error" || string(a.Failure.Body) != `{"errorMessage":"m"}`) {
			t.Errorf("round %d: %+v", round, a)
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	const forbidden = `{"errorMessage":"Transition from %s to %s is not allowed for the runtime","errorType":"InvalidStateTransition"}` + "\n"
	const unknown = `{"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}` + "\n"
	transition := func(from, to string) string {
		return strings.Replace(strings.Replace(forbidden, "%s", from, 1), "%s", to, 1)
	}
	s, call := newServer(t)
	step := func(name string, wantStatus int, wantBody string, args ...string) {
		t.Helper()
		if status, body, _ := call(name, args...); status != wantStatus || body != wantBody {
			t.Errorf("%s: %d %s, want %d %s", name, status, body, wantStatus, wantBody)
		}
	}
	step("POST /invocation/x/response", 400, unknown, "1") // before any event
	answer := invoke(t, s, nil)
	step("GET /invocation/next", 200, `{"a":1}`)
	step("GET /invocation/next", 403, transition("Invocation", "Next"))
	step("POST /init/error", 403, transition("Invocation", "InitError"), "{}")
	step("POST /invocation/other/response", 400, unknown, "1")
	step("POST /invocation/other/error", 400, unknown, "1")
	step("POST /invocation/id-1/response", 202, "{\"status\":\"OK\"}\n", "1")
	<-answer
	step("POST /invocation/id-1/response", 400, unknown, "1") // a second answer
	step("DELETE /invocation/next", 405, "Method Not Allowed\n")
	step("GET /nothing", 404, "404 page not found\n")
}

func TestInitError(t *testing.T) {
	t.Parallel()
	s, call := newServer(t)
	if status, _, _ := call("POST /init/error", "Lambda-Runtime-Function-Error-Type: Runtime.X", "not JSON"); status != 202 {
		t.Errorf("status %d", status)
	}
	f, err := s.Ready(t.Context())
	if err != nil || f == nil || f.Type != "Runtime.X" || string(f.Body) != `{"errorType":"Runtime.X"}` {
		t.Errorf("%+v %v", f, err)
	}
}

func TestTooLarge(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		size   int
		status int
	}{{MaxResponse, 202}, {MaxResponse + 1, 413}} {
		s, call := newServer(t)
		answer := invoke(t, s, nil)
		call("GET /invocation/next")
		status, _, _ := call("POST /invocation/id-1/response", strings.Repeat("x", test.size))
		if a := <-answer; status != test.status || a.TooLarge != (test.status == 413) {
			t.Errorf("%d bytes: status %d, too large %v", test.size, status, a.TooLarge)
		}
	}
}

type pieces struct {
	kind string
	text strings.Builder
	fail bool
}

func (p *pieces) Start(kind string) error { p.kind = kind; return nil }
func (p *pieces) Write(b []byte) (int, error) {
	if p.fail {
		return 0, errors.New("gone")
	}
	return p.text.Write(b)
}

func TestStreamedResponse(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, trailers, want string }{
		{"whole", "", ""},
		{"broken off", "Lambda-Runtime-Function-Error-Type: Late\r\nLambda-Runtime-Function-Error-Body: e30=\r\n", "Late{}"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, call := newServer(t)
			var p pieces
			answer := invoke(t, s, &p)
			call("GET /invocation/next")
			c, err := net.Dial("tcp", s.addr(t))
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			io.WriteString(c, "POST /2018-06-01/runtime/invocation/id-1/response HTTP/1.1\r\nHost: x\r\nContent-Type: text/html\r\n"+
				"Lambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\n"+
				"Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n\r\n"+
				"3\r\none\r\n3\r\ntwo\r\n0\r\n"+test.trailers+"\r\n")
			a := <-answer
			got := ""
			if a.Failure != nil {
				got = a.Failure.Type + string(a.Failure.Body)
			}
			if p.kind != "text/html" || p.text.String() != "onetwo" || got != test.want {
				t.Errorf("%q %q %+v", p.kind, p.text.String(), a)
			}
		})
	}
}

// addr is where s listens.
func (s *Server) addr(t *testing.T) string {
	t.Helper()
	return s.listener.Addr().String()
}

func TestStrangersAreClosed(t *testing.T) {
	t.Parallel()
	for _, ok := range []bool{true, false} {
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		var inode string
		s := NewServer(l, func(c net.Conn) bool {
			inode, err = PeerInode(c)
			return ok
		}, nil)
		_, herr := http.Get("http://" + l.Addr().String() + "/x")
		s.Close()
		if (herr == nil) != ok || err != nil || inode == "" {
			t.Errorf("allowed %v: %v; inode %q %v", ok, herr, inode, err)
		}
	}
}

func TestCloseEndsWaiting(t *testing.T) {
	t.Parallel()
	s, call := newServer(t)
	done := make(chan int)
	go func() {
		status, _, _ := call("GET /invocation/next")
		done <- status
	}()
	if _, err := s.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Close()
	<-done
	if _, err := s.Invoke(context.Background(), event, nil); !errors.Is(err, ErrUntaken) {
		t.Errorf("Invoke: %v", err)
	}
}
