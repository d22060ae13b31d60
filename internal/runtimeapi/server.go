package runtimeapi

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Errors of Invoke and Ready.
var (
	// ErrGone says that the server was closed, because its runtime has ended.
	ErrGone = errors.New("the runtime has ended")
	// ErrUntaken says that it had ended before it took the event.
	ErrUntaken = errors.New("the runtime ended before it took the event")
)

// Server is the Lambda Runtime API of one environment. The environment gives
// it one event at a time.
type Server struct {
	http     *http.Server
	listener net.Listener
	done     chan struct{} // closed when serving has ended
	gone     chan struct{} // closed by Close

	mu      sync.Mutex
	state   runtimeState
	waiting chan *Event   // takes the next event; nil unless the runtime asks for one
	ready   chan struct{} // closed at the first Next or init error
	initErr *Failure
	now     *exchange // the event under way

	extensions *Extensions // nil if there is no Extensions API
}

// Failure is an error that a runtime posted. Body is what the caller gets.
type Failure struct {
	Type string // of header Lambda-Runtime-Function-Error-Type
	Body []byte
}

// Answer is how the runtime answered an event.
type Answer struct {
	Body     []byte   // nil if the response was streamed
	Failure  *Failure // set if the function failed, also in the middle of a stream
	TooLarge bool     // the response was larger than MaxResponse
}

// Stream receives a streamed response: its type, then its pieces.
type Stream interface {
	Start(contentType string) error
	Write(chunk []byte) (int, error)
}

// exchange is one event: its answer is given once. What is streamed goes to
// the goroutine of Invoke, so that nothing is written after that has returned.
type exchange struct {
	event  *Event
	stream Stream
	pieces chan piece
	left   chan struct{} // closed when Invoke has returned
	answer chan Answer
	// delivered says that the runtime asked for the event; the server's lock
	// guards it.
	delivered bool
}

// piece is a part of a streamed response, or its start.
type piece struct {
	start bool
	bytes []byte // or the content type
	taken chan struct{}
}

// pass gives a piece to Invoke and waits until it was taken; it is false if
// nobody takes it any more.
func (x *exchange) pass(p piece) bool {
	p.taken = make(chan struct{})
	select {
	case x.pieces <- p:
		<-p.taken
		return true
	case <-x.left:
		return false
	}
}

// NewServer serves on l until Close. allowed, if not nil, decides about each
// connection whether it comes from the environment; others are closed. x, if
// not nil, is the Extensions API at the same address.
func NewServer(l net.Listener, allowed func(net.Conn) bool, x *Extensions) *Server {
	s := &Server{extensions: x, listener: l, done: make(chan struct{}), gone: make(chan struct{}), ready: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", s.next)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response", s.response)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/error", s.failure)
	mux.HandleFunc("POST /2018-06-01/runtime/init/error", s.initError)
	if x != nil {
		x.routes(mux)
	}
	s.http = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 64 << 10}
	go func() {
		defer close(s.done)
		s.http.Serve(&guarded{Listener: l, allowed: allowed})
	}()
	return s
}

// guarded closes connections that are not allowed.
type guarded struct {
	net.Listener
	allowed func(net.Conn) bool
}

func (g *guarded) Accept() (net.Conn, error) {
	for {
		c, err := g.Listener.Accept()
		if err != nil || g.allowed == nil || g.allowed(c) {
			return c, err
		}
		c.Close()
	}
}

// RuntimeGone ends the waits for a runtime that has ended; extensions may live
// on.
func (s *Server) RuntimeGone() {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.gone:
	default:
		close(s.gone)
	}
}

// Close ends all requests and waits for the server to end.
func (s *Server) Close() error {
	s.RuntimeGone()
	if s.extensions != nil {
		s.extensions.close()
	}
	err := s.http.Close()
	<-s.done
	return err
}

// Ready waits until the runtime asks for its first event. It returns the
// failure if the runtime reports that it cannot start.
func (s *Server) Ready(ctx context.Context) (*Failure, error) {
	select {
	case <-s.ready:
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.initErr, nil
	case <-s.gone:
		return nil, ErrGone
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Invoke gives e to the runtime, as soon as that asks for an event, and waits
// for the answer. stream, if not nil, takes a streamed response.
func (s *Server) Invoke(ctx context.Context, e *Event, stream Stream) (Answer, error) {
	x := &exchange{event: e, stream: stream, answer: make(chan Answer, 1),
		pieces: make(chan piece), left: make(chan struct{})}
	defer close(x.left)
	s.mu.Lock()
	s.now = x
	if s.waiting != nil {
		s.waiting <- e
		s.waiting = nil
	}
	s.mu.Unlock()
	lost := false // a reader that has gone does not stop the function
	for {
		select {
		case a := <-x.answer:
			return a, nil
		case p := <-x.pieces:
			if p.start {
				lost = stream.Start(string(p.bytes)) != nil
			} else if !lost {
				_, err := stream.Write(p.bytes)
				lost = err != nil
			}
			close(p.taken)
		case <-s.gone:
			s.mu.Lock()
			defer s.mu.Unlock()
			if !x.delivered {
				return Answer{}, ErrUntaken
			}
			return Answer{}, ErrGone
		case <-ctx.Done():
			return Answer{}, ctx.Err()
		}
	}
}

// next is GET /runtime/invocation/next: it waits for an event.
func (s *Server) next(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	if err := s.moveLocked(waits); err != nil {
		s.mu.Unlock()
		refuse(w, http.StatusForbidden, "InvalidStateTransition", err.Error())
		return
	}
	s.readyLocked()
	event := make(chan *Event, 1)
	if s.now != nil {
		event <- s.now.event
	} else {
		s.waiting = event
	}
	s.mu.Unlock()
	select {
	case e := <-event:
		s.mu.Lock()
		s.moveLocked(runs)
		if s.now != nil {
			s.now.delivered = true
		}
		s.mu.Unlock()
		writeEvent(w, e)
	case <-r.Context().Done():
		s.mu.Lock()
		if s.waiting == event {
			s.waiting = nil // the next Next will take it
		}
		s.mu.Unlock()
	case <-s.gone:
	}
}

func (s *Server) readyLocked() {
	select {
	case <-s.ready:
	default:
		close(s.ready)
	}
}

func writeEvent(w http.ResponseWriter, e *Event) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Lambda-Runtime-Aws-Request-Id", e.RequestID)
	h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(e.Deadline.UnixMilli(), 10))
	h.Set("Lambda-Runtime-Invoked-Function-Arn", e.FunctionARN)
	for name, value := range map[string]string{
		"Lambda-Runtime-Trace-Id": e.TraceID, "Lambda-Runtime-Client-Context": e.ClientContext,
		"Lambda-Runtime-Cognito-Identity": e.Identity,
	} {
		if value != "" {
			h.Set(name, value)
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(e.Payload)))
	w.Write(e.Payload)
}

// begin checks that the request answers the event under way, and takes it.
func (s *Server) begin(w http.ResponseWriter, r *http.Request) *exchange {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now == nil || s.now.event.RequestID != r.PathValue("id") {
		refuse(w, http.StatusBadRequest, "InvalidRequestID", "Invalid request ID")
		return nil
	}
	if err := s.moveLocked(answers); err != nil {
		refuse(w, http.StatusForbidden, "InvalidStateTransition", err.Error())
		return nil
	}
	return s.now
}

// end gives the answer to whoever invoked.
func (s *Server) end(x *exchange, a Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.moveLocked(answered)
	s.now = nil
	x.answer <- a
}

// response is POST /runtime/invocation/{id}/response.
func (s *Server) response(w http.ResponseWriter, r *http.Request) {
	x := s.begin(w, r)
	if x == nil {
		return
	}
	if x.stream != nil {
		// Whoever invoked decides: AWS's Go library streams without the header
		// Lambda-Runtime-Function-Response-Mode.
		s.streamed(w, r, x)
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, MaxResponse+1))
	if err != nil {
		s.end(x, Answer{Failure: broken(err)})
		return
	}
	if len(body) > MaxResponse {
		s.end(x, Answer{TooLarge: true})
		refuse(w, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge",
			fmt.Sprintf("Exceeded maximum allowed payload size (%d bytes).", MaxResponse))
		return
	}
	a := Answer{Body: body}
	if f := trailer(r); f != nil {
		a.Failure = f
	}
	accept(w)
	s.end(x, a)
}

// streamed passes a response on while it arrives.
func (s *Server) streamed(w http.ResponseWriter, r *http.Request, x *exchange) {
	kind := r.Header.Get("Content-Type")
	if kind == "" {
		kind = "application/octet-stream"
	}
	if !x.pass(piece{start: true, bytes: []byte(kind)}) {
		return
	}
	buf := make([]byte, 32<<10)
	for {
		n, err := r.Body.Read(buf)
		if n > 0 && !x.pass(piece{bytes: buf[:n]}) {
			return
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			s.end(x, Answer{Failure: broken(err)})
			return
		}
	}
	accept(w)
	s.end(x, Answer{Failure: trailer(r)})
}

// trailer is the error that a streamed response can end with; its body is
// base64.
func trailer(r *http.Request) *Failure {
	kind := r.Trailer.Get("Lambda-Runtime-Function-Error-Type")
	if kind == "" {
		return nil
	}
	text := r.Trailer.Get("Lambda-Runtime-Function-Error-Body")
	body, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		body = []byte(text)
	}
	return &Failure{Type: kind, Body: body}
}

func broken(err error) *Failure {
	b, _ := json.Marshal(map[string]string{"errorType": "Runtime.TruncatedResponse", "errorMessage": err.Error()})
	return &Failure{Type: "Runtime.TruncatedResponse", Body: b}
}

// failure is POST /runtime/invocation/{id}/error.
func (s *Server) failure(w http.ResponseWriter, r *http.Request) {
	x := s.begin(w, r)
	if x == nil {
		return
	}
	f := readFailure(r)
	accept(w)
	s.end(x, Answer{Failure: f})
}

// initError is POST /runtime/init/error.
func (s *Server) initError(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	err := s.moveLocked(failed)
	s.mu.Unlock()
	if err != nil {
		refuse(w, http.StatusForbidden, "InvalidStateTransition", err.Error())
		return
	}
	f := readFailure(r)
	accept(w)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.initErr = f
	s.readyLocked()
}

// readFailure takes the body as it is; an empty or broken one gets the type of
// the header.
func readFailure(r *http.Request) *Failure {
	f := &Failure{Type: r.Header.Get("Lambda-Runtime-Function-Error-Type")}
	body, err := io.ReadAll(io.LimitReader(r.Body, MaxResponse))
	if err != nil || !json.Valid(body) {
		body, _ = json.Marshal(map[string]string{"errorType": f.Type})
	}
	f.Body = body
	return f
}

func accept(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	io.WriteString(w, "{\"status\":\"OK\"}\n")
	if f, ok := w.(http.Flusher); ok {
		f.Flush() // before the environment may be ended
	}
}

func refuse(w http.ResponseWriter, status int, kind, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(struct {
		Message string `json:"errorMessage"`
		Type    string `json:"errorType"`
	}{message, kind})
}
