package http1

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/rawhead"
)

// huge is the length of /own/huge, more than sockets hold.
const huge = 64 << 20

// started is a server whose handler owns all paths under /own, with net/http
// behind it for the others.
type started struct {
	server *Server
	addr   string
	gone   chan struct{} // a request to /own/wait saw its client go
	begun  chan struct{} // a request to /own/wait has begun
	finish chan struct{} // lets /own/wait end
}

func start(t *testing.T) *started { return startPatient(t, usualPatience) }

func startPatient(t *testing.T, p patience) *started {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &started{addr: l.Addr().String(), gone: make(chan struct{}, 1), begun: make(chan struct{}, 1), finish: make(chan struct{})}
	s.server = &Server{Handler: s.handle, Trusted: func(ip string) bool { return ip == "127.0.0.1" }, patience: p}
	rest := &http.Server{ReadHeaderTimeout: time.Minute, MaxHeaderBytes: maxHead, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "net/http|%s|%s", r.RequestURI, b)
	})}
	handed := s.server.Rest(l.Addr())
	done := make(chan error, 2)
	go func() { done <- s.server.Serve(l) }()
	go func() { done <- rest.Serve(handed) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := s.server.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		rest.Close()
		for range 2 {
			if err := <-done; !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
				t.Errorf("serve: %v", err)
			}
		}
	})
	return s
}

func (s *started) handle(w *Response, r *http.Request, head *rawhead.Head, peer *Peer) bool {
	path, _, _ := strings.Cut(head.Target, "?")
	if !strings.HasPrefix(path, "/own") {
		return false
	}
	switch path {
	case "/own/skip":
		w.Respond(200, nil, []byte("skipped"))
	case "/own/nothing":
	case "/own/204":
		w.Respond(204, []rawhead.Field{{Name: "X-a", Value: "1"}}, []byte("not sent"))
	case "/own/299":
		w.Respond(299, nil, nil)
	case "/own/stream":
		w.Header()["X-kept"] = []string{"as is"}
		w.WriteHeader(201)
		for _, piece := range []string{"one", "", "two", strings.Repeat("x", joined+1)} {
			io.WriteString(w, piece) //nolint:errcheck // the client tells
			w.Flush()
		}
	case "/own/length":
		w.Header().Set("Content-Length", "3")
		io.WriteString(w, "abc") //nolint:errcheck // the client tells
	case "/own/lengths":
		w.Header().Set("Content-Length", strconv.Itoa(3*joined))
		for _, n := range []int{joined / 2, 2 * joined, joined / 2} {
			io.WriteString(w, strings.Repeat("x", n)) //nolint:errcheck // the client tells
		}
	case "/own/large":
		w.Header().Set("Content-Length", strconv.Itoa(3*joined))
		io.WriteString(w, strings.Repeat("x", 3*joined)) //nolint:errcheck // the client tells
	case "/own/flushed":
		w.Header().Set("Content-Length", "3")
		w.WriteHeader(202)
		w.Flush()
		s.begun <- struct{}{}
		<-s.finish
		io.WriteString(w, "abc") //nolint:errcheck // the client tells
	case "/own/fields":
		w.Header()["A\r\nx"] = []string{"left out"}
		w.Header()["B"] = []string{"1\r\nx: 2", "3"}
		w.Header().Set("Content-Length", "0")
		w.WriteHeader(202)
	case "/own/short":
		w.Header().Set("Content-Length", "30")
		io.WriteString(w, "abc") //nolint:errcheck // the client tells
	case "/own/abort":
		io.WriteString(w, "abc") //nolint:errcheck // the client tells
		panic(http.ErrAbortHandler)
	case "/own/wait", "/own/readwait":
		if path == "/own/readwait" {
			io.Copy(io.Discard, r.Body) //nolint:errcheck // a short one
		}
		s.begun <- struct{}{}
		select {
		case <-r.Context().Done():
			s.gone <- struct{}{}
		case <-s.finish:
			w.Respond(200, nil, []byte("waited"))
		}
	case "/own/huge":
		w.Respond(200, nil, make([]byte, huge))
	case "/own/endless":
		for piece := make([]byte, 64<<10); r.Context().Err() == nil; {
			w.Write(piece) //nolint:errcheck // the context tells
		}
		s.gone <- struct{}{}
	case "/own/big":
		w.Respond(200, nil, []byte(strings.Repeat("b", 1<<20)))
	default:
		body, err := io.ReadAll(r.Body)
		var names []string
		for _, f := range head.Fields {
			names = append(names, f.Name+"="+f.Value)
		}
		w.Respond(200, []rawhead.Field{{Name: "x-Own", Value: "yes"}},
			fmt.Appendf(nil, "%s|%s|%s|%s|%v|%s,%v", r.Method, head.Target, strings.Join(names, ","), body, err, peer.IP, peer.Trusted))
	}
	return true
}

// send writes parts and reads answers to requests of these methods.
func (s *started) send(t *testing.T, methods string, parts ...string) (answers []string) {
	t.Helper()
	c, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(time.Minute))
	go func() {
		for _, p := range parts {
			io.WriteString(c, p) //nolint:errcheck // reading tells
		}
	}()
	r := bufio.NewReader(c)
	for _, method := range strings.Fields(methods) {
		resp, err := http.ReadResponse(r, &http.Request{Method: method})
		if err != nil {
			return append(answers, "error: "+err.Error())
		}
		b, err := io.ReadAll(resp.Body)
		text := fmt.Sprintf("%s %s", resp.Status, b)
		if len(b) > 200 {
			text = fmt.Sprintf("%s %d bytes", resp.Status, len(b))
		}
		if err != nil {
			text += " error: " + err.Error()
		}
		if resp.Close {
			text += " close"
		}
		answers = append(answers, text)
	}
	return answers
}

func TestServe(t *testing.T) {
	t.Parallel()
	const host = "Host: h\r\n"
	tests := []struct {
		name, methods string
		parts, want   []string
	}{
		{"fields as sent", "GET", []string{"GET /own?a=%zz HTTP/1.1\r\nhOST: h\r\nX-a:  1 \r\nx-A: 2\r\n\r\n"},
			[]string{"200 OK GET|/own?a=%zz|hOST=h,X-a=1,x-A=2||<nil>|127.0.0.1,true"}},
		{"cut at every place", "POST", strings.Split("POST /own HTTP/1.1\r\n"+host+"Content-Length: 5\r\n\r\nhello", ""),
			[]string{"200 OK POST|/own|Host=h,Content-Length=5|hello|<nil>|127.0.0.1,true"}},
		{"one after the other", "POST GET GET", []string{
			"POST /own/1 HTTP/1.1\r\n" + host + "Content-Length: 2\r\n\r\nhi" + "GET /own/2 HTTP/1.1\r\n" + host + "\r\n" + "GET /own/3 HTTP/1.1\r\n" + host + "\r\n"},
			[]string{"200 OK POST|/own/1|Host=h,Content-Length=2|hi|<nil>|127.0.0.1,true", "200 OK GET|/own/2|Host=h||<nil>|127.0.0.1,true", "200 OK GET|/own/3|Host=h||<nil>|127.0.0.1,true"}},
		{"a body that is not read is skipped", "POST GET", []string{"POST /own/skip HTTP/1.1\r\n" + host + "Content-Length: 20000\r\n\r\n" + strings.Repeat("x", 20000), "GET /own/204 HTTP/1.1\r\n" + host + "\r\n"},
			[]string{"200 OK skipped", "204 No Content "}},
		{"one that is too long ends the connection", "POST GET", []string{"POST /own/skip HTTP/1.1\r\n" + host + "Content-Length: 2000000\r\n\r\n" + strings.Repeat("x", 1000)},
			[]string{"200 OK skipped", "error: unexpected EOF"}},
		{"a large body and a large answer", "POST GET", []string{"POST /own/skip HTTP/1.1\r\n" + host + "Content-Length: 200000\r\n\r\n" + strings.Repeat("x", 200000) + "GET /own/big HTTP/1.1\r\n" + host + "\r\n"},
			[]string{"200 OK skipped", "200 OK 1048576 bytes"}},
		{"no answer is an empty one", "GET", []string{"GET /own/nothing HTTP/1.1\r\n" + host + "\r\n"}, []string{"200 OK "}},
		{"an unknown status", "GET", []string{"GET /own/299 HTTP/1.1\r\n" + host + "\r\n"}, []string{"299 status code 299 "}},
		{"no body after HEAD", "HEAD HEAD GET", []string{"HEAD /own/big HTTP/1.1\r\n" + host + "\r\nHEAD /own/stream HTTP/1.1\r\n" + host + "\r\nGET /own/204 HTTP/1.1\r\n" + host + "\r\n"},
			[]string{"200 OK ", "201 Created ", "204 No Content "}},
		{"in chunks, then the next", "GET GET", []string{"GET /own/stream HTTP/1.1\r\n" + host + "\r\nGET /own/length HTTP/1.1\r\n" + host + "\r\n"},
			[]string{"201 Created 16391 bytes", "200 OK abc"}},
		{"of known length, in pieces and whole", "GET GET GET", []string{"GET /own/lengths HTTP/1.1\r\n" + host + "\r\nGET /own/large HTTP/1.1\r\n" + host + "\r\nGET /own/length HTTP/1.1\r\n" + host + "\r\n"},
			[]string{"200 OK 49152 bytes", "200 OK 49152 bytes", "200 OK abc"}},
		{"less than promised", "GET", []string{"GET /own/short HTTP/1.1\r\n" + host + "\r\n"}, []string{"200 OK abc error: unexpected EOF"}},
		{"given up", "GET", []string{"GET /own/abort HTTP/1.1\r\n" + host + "\r\n"}, []string{"200 OK abc error: unexpected EOF"}},
		{"the client asks to close", "GET GET", []string{"GET /own/length HTTP/1.1\r\nConnection: close\r\n" + host + "\r\nGET /own HTTP/1.1\r\n" + host + "\r\n"},
			[]string{"200 OK abc close", "error: unexpected EOF"}},
		{"a path that is not owned goes on", "GET GET", []string{"GET /own/length HTTP/1.1\r\n" + host + "\r\nGET /other HTTP/1.1\r\n" + host + "\r\n"},
			[]string{"200 OK abc", "200 OK net/http|/other|"}},
		{"and stays there", "GET GET", []string{"GET /other HTTP/1.1\r\n" + host + "\r\nGET /own HTTP/1.1\r\n" + host + "\r\n"},
			[]string{"200 OK net/http|/other|", "200 OK net/http|/own|"}},
		{"a chunked body goes on", "POST GET", []string{"POST /own HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\nGET /own HTTP/1.1\r\n" + host + "\r\n"},
			[]string{"200 OK net/http|/own|hi", "200 OK net/http|/own|"}},
		{"an older version goes on", "GET", []string{"GET /own HTTP/1.0\r\n\r\n"}, []string{"200 OK net/http|/own| close"}},
		{"what is malformed goes on", "GET", []string{"GET /own HTTP/1.1\r\nHost : h\r\n\r\n"}, []string{"400 Bad Request: missing required Host header 400 Bad Request: missing required Host header close"}},
		{"two lengths go on", "GET", []string{"POST /own HTTP/1.1\r\n" + host + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"}, []string{"400 Bad Request 400 Bad Request close"}},
		{"a head that is too long goes on", "GET", []string{"GET /own HTTP/1.1\r\n" + host + "X: " + strings.Repeat("x", maxHead+4097)}, []string{"431 Request Header Fields Too Large 431 Request Header Fields Too Large close"}},
		{"expectations go on", "POST", []string{"POST /own HTTP/1.1\r\n" + host + "Expect: nothing\r\nContent-Length: 0\r\n\r\n"}, []string{"417 Expectation Failed  close"}},
	}
	s := start(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := s.send(t, tt.methods, tt.parts...)
			if strings.Join(got, "\n") != strings.Join(tt.want, "\n") {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

// TestHeads: what a head says is one line each, in order, and a head goes out at
// once where somebody asks for it.
func TestHeads(t *testing.T) {
	t.Parallel()
	s := start(t)
	c, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(time.Minute))
	r := bufio.NewReader(c)
	get := func(path string) (lines []string) {
		io.WriteString(c, "GET "+path+" HTTP/1.1\r\nHost: h\r\n\r\n") //nolint:errcheck // reading tells
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			if line = strings.TrimSuffix(line, "\r\n"); line == "" {
				return lines
			}
			if !strings.HasPrefix(line, "Date: ") {
				lines = append(lines, line)
			}
		}
	}
	if got, want := strings.Join(get("/own/fields"), "|"), "HTTP/1.1 202 Accepted|B: 1  x: 2|B: 3|Content-Length: 0"; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if got, want := strings.Join(get("/own/flushed"), "|"), "HTTP/1.1 202 Accepted|Content-Length: 3"; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	<-s.begun
	if r.Buffered() > 0 {
		t.Error("there is a body already")
	}
	close(s.finish)
	body := make([]byte, 3)
	if _, err := io.ReadFull(r, body); err != nil || string(body) != "abc" {
		t.Errorf("%q, %v", body, err)
	}
}

func TestResponseBytes(t *testing.T) {
	t.Parallel()
	s := start(t)
	c, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(time.Minute))
	io.WriteString(c, "GET /own HTTP/1.1\r\nHost: h\r\n\r\n") //nolint:errcheck // reading tells
	buf := make([]byte, 4096)
	n, err := c.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	head, body, _ := strings.Cut(string(buf[:n]), "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	if len(lines) != 4 || lines[0] != "HTTP/1.1 200 OK" || lines[2] != "x-Own: yes" || lines[3] != fmt.Sprintf("Content-Length: %d", len(body)) {
		t.Fatalf("head %q", lines)
	}
	at, err := time.Parse(http.TimeFormat, strings.TrimPrefix(lines[1], "Date: "))
	if err != nil || time.Since(at) > time.Minute {
		t.Errorf("%q: %v", lines[1], err)
	}
}

// TestClientGone: the context of a long request ends when its client goes away.
func TestClientGone(t *testing.T) {
	t.Parallel()
	s := start(t)
	c, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(c, "GET /own/wait HTTP/1.1\r\nHost: h\r\n\r\n") //nolint:errcheck // the handler tells
	<-s.begun
	c.Close()
	select {
	case <-s.gone:
	case <-time.After(time.Minute):
		t.Error("the handler was not told")
	}
}

// TestLinger: a client that sends all of a long body, whatever comes back, can
// do so and then reads its answer.
func TestLinger(t *testing.T) {
	t.Parallel()
	s := start(t)
	c := dial(t, s)
	c.SetDeadline(time.Now().Add(time.Minute))
	if _, err := io.WriteString(c, "POST /own/skip HTTP/1.1\r\nHost: h\r\nContent-Length: 20000000\r\n\r\n"+strings.Repeat("x", 20000000)); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(resp.Body); string(b) != "skipped" || err != nil {
		t.Errorf("%q, %v", b, err)
	}
}

// TestBodySenderGone: also if a body came with the head.
func TestBodySenderGone(t *testing.T) {
	t.Parallel()
	s := start(t)
	c, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(c, "POST /own/readwait HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi") //nolint:errcheck // the handler tells
	<-s.begun
	c.Close()
	select {
	case <-s.gone:
	case <-time.After(time.Minute):
		t.Error("the handler was not told")
	}
}

// TestReadAhead: what a client sends while its long request runs is its next
// request.
func TestReadAhead(t *testing.T) {
	t.Parallel()
	s := start(t)
	c, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(time.Minute))
	io.WriteString(c, "GET /own/wait HTTP/1.1\r\nHost: h\r\n\r\n") //nolint:errcheck // reading tells
	<-s.begun
	for !s.looking() {
		time.Sleep(time.Millisecond)
	}
	io.WriteString(c, "GET /own/length HTTP/1.1\r\nHost: h\r\n\r\n") //nolint:errcheck // reading tells
	close(s.finish)
	r := bufio.NewReader(c)
	for _, want := range []string{"waited", "abc"} {
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(resp.Body); string(b) != want || err != nil {
			t.Errorf("%q, %v; want %q", b, err, want)
		}
	}
}

func (s *started) looking() bool {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	for c := range s.server.conns {
		c.watch.mu.Lock()
		looking := c.watch.looking != nil
		c.watch.mu.Unlock()
		if looking {
			return true
		}
	}
	return false
}

// TestShutdown: a request that runs is answered, an idle connection is closed.
func TestShutdown(t *testing.T) {
	t.Parallel()
	s := start(t)
	idle, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	busy, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	io.WriteString(busy, "GET /own/wait HTTP/1.1\r\nHost: h\r\n\r\n") //nolint:errcheck // reading tells
	<-s.begun
	done := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		done <- s.server.Shutdown(ctx)
	}()
	idle.SetDeadline(time.Now().Add(time.Minute))
	if n, err := idle.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("the idle connection: %d, %v", n, err)
	}
	select {
	case err := <-done:
		t.Fatalf("ended before its request: %v", err)
	default:
	}
	close(s.finish)
	busy.SetDeadline(time.Now().Add(time.Minute))
	resp, err := http.ReadResponse(bufio.NewReader(busy), nil)
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := io.ReadAll(resp.Body); string(b) != "waited" || !resp.Close {
		t.Errorf("%q, close: %v", b, resp.Close)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestStorm mixes everything on many connections.
func TestStorm(t *testing.T) {
	t.Parallel()
	s := start(t)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}, Timeout: time.Minute}
	defer client.CloseIdleConnections()
	failed := make(chan error, 8)
	for i := range 8 {
		go func() {
			for n := range 100 {
				body := strings.Repeat("z", (i*n*37)%5000)
				path := []string{"/own", "/own/stream", "/other", "/own/big", "/own/204"}[(i+n)%5]
				req, _ := http.NewRequest("POST", "http://"+s.addr+path, strings.NewReader(body))
				resp, err := client.Do(req)
				if err != nil {
					failed <- fmt.Errorf("%s: %w", path, err)
					return
				}
				b, err := io.ReadAll(resp.Body)
				resp.Body.Close()
				if err == nil && (path == "/own" || path == "/other") && !strings.Contains(string(b), "|"+body) {
					err = fmt.Errorf("answer %q without the body", b)
				}
				if err != nil {
					failed <- fmt.Errorf("%s: %w", path, err)
					return
				}
			}
			failed <- nil
		}()
	}
	for range 8 {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
}
