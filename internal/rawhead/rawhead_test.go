package rawhead

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// serve starts a server whose handler answers with what it saw, and returns a
// function that sends raw bytes and returns the answers' bodies.
func serve(t *testing.T) func(parts ...string) []string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{
		ConnContext: ConnContext, DisableGeneralOptionsHandler: true, ReadHeaderTimeout: time.Minute,
		Handler: Handler(func(w http.ResponseWriter, r *http.Request, h *Head) {
			body, _ := io.ReadAll(r.Body)
			var names []string
			if h == nil {
				fmt.Fprint(w, "no head")
				return
			}
			for _, f := range h.Fields {
				names = append(names, f.Name+"="+f.Value)
			}
			fmt.Fprintf(w, "%s|%s|%s|%s", r.RequestURI, r.URL.Path, strings.Join(names, ","), body)
		}),
	}
	go srv.Serve(Listener(l)) //nolint:errcheck // ends with Close
	t.Cleanup(func() { srv.Close() })
	return func(parts ...string) []string {
		t.Helper()
		c, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(time.Minute))
		for _, p := range parts {
			if _, err := io.WriteString(c, p); err != nil {
				t.Fatal(err)
			}
		}
		var bodies []string
		r := bufio.NewReader(c)
		for range strings.Count(strings.Join(parts, ""), " HTTP/1.1\r\n") {
			resp, err := http.ReadResponse(r, nil)
			if err != nil {
				t.Fatal(err)
			}
			b, _ := io.ReadAll(resp.Body)
			bodies = append(bodies, string(b))
		}
		return bodies
	}
}

func TestHeads(t *testing.T) {
	tests := []struct {
		name  string
		parts []string
		want  []string
	}{
		{"names keep their letters", []string{"GET /a HTTP/1.1\r\nHost: x\r\nInvocationType:  Event \r\nX-y: 1\r\nx-Y: 2\r\n\r\n"},
			[]string{"/a|/a|Host=x,InvocationType=Event,X-y=1,x-Y=2|"}},
		{"percent stays in the target and decodes in the path", []string{"GET /calc/1/2/%2F?op=%2B HTTP/1.1\r\nHost: x\r\n\r\n"},
			[]string{"/calc/1/2/%2F?op=%2B|/calc/1/2//|Host=x|"}},
		{"a path that cannot be decoded reaches the handler", []string{"GET /a/%zz/% HTTP/1.1\r\nHost: x\r\n\r\n"},
			[]string{"/a/%zz/%|/a/_zz/_|Host=x|"}},
		{"cut at every place", strings.Split("GET /%25 HTTP/1.1\r\nHost: x\r\n\r\n", ""), []string{"/%25|/%|Host=x|"}},
		{"pipelined with bodies", []string{
			"POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 16\r\n\r\nGET / HTTP/1.0\r\n" +
				"POST /2%20 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5;e=1\r\nhello\r\n0\r\nT: 1\r\n\r\n" +
				"GET /3 HTTP/1.1\r\nhOST: x\r\n\r\n"},
			[]string{"/1|/1|Host=x,Content-Length=16|GET / HTTP/1.0\r\n", "/2%20|/2 |Host=x,Transfer-Encoding=chunked|hello", "/3|/3|hOST=x|"}},
		{"bare line ends", []string{"GET /n%41 HTTP/1.1\r\nHost: x\nA: b\n\n"}, []string{"/n%41|/nA|Host=x,A=b|"}},
	}
	send := serve(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := send(tt.parts...)
			if strings.Join(got, "\n") != strings.Join(tt.want, "\n") {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

// FuzzFeed checks that the tap never panics, and that however the bytes are
// cut it finds the same heads.
func FuzzFeed(f *testing.F) {
	f.Add([]byte("POST /2 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\nGET /%zz HTTP/1.1\r\nA: b\r\n\r\n"), 3)
	f.Add([]byte("GET / HTTP/1.1\nContent-Length: 2\n\nxxGET /"), 1)
	f.Fuzz(func(t *testing.T, in []byte, cut int) {
		whole, parts := &conn{}, &conn{}
		whole.feed([]byte(string(in)))
		cut = max(cut, 1)
		for rest := []byte(string(in)); len(rest) > 0; {
			n := min(cut, len(rest))
			parts.feed(rest[:n])
			rest = rest[n:]
		}
		for {
			a, b := whole.pop(), parts.pop()
			if a == nil && b == nil {
				return
			}
			if a == nil || b == nil || a.Target != b.Target || len(a.Fields) != len(b.Fields) {
				t.Fatalf("heads differ: %+v and %+v", a, b)
			}
		}
	})
}

func (c *conn) pop() *Head {
	if len(c.heads) == 0 {
		return nil
	}
	return c.next(patched(c.heads[0].Target))
}
