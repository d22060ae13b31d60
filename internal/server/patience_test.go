package server

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// bounded is a server of net/http with these bounds.
func bounded(t *testing.T, p patience, http2 bool, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w, r, end := p.bound(w, r)
		defer end()
		h(w, r)
	}))
	if s.EnableHTTP2 = http2; http2 {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s
}

// A body that stops or trickles is given up, over HTTP/1.1 and 2.
func TestBoundBody(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		patience patience
		trickle  bool
	}{
		{"stops", patience{body: time.Hour, stall: 300 * time.Millisecond}, false},
		{"trickles", patience{body: time.Second, stall: time.Hour}, true},
	} {
		for _, http2 := range []bool{false, true} {
			t.Run(fmt.Sprint(tt.name, ", HTTP/2 ", http2), func(t *testing.T) {
				t.Parallel()
				failed := make(chan error, 1)
				s := bounded(t, tt.patience, http2, func(_ http.ResponseWriter, r *http.Request) {
					_, err := io.ReadAll(r.Body)
					failed <- err
				})
				body, feed := io.Pipe()
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				req, err := http.NewRequestWithContext(ctx, "POST", s.URL, body)
				if err != nil {
					t.Fatal(err)
				}
				go func() {
					if resp, err := s.Client().Do(req); err == nil {
						resp.Body.Close()
					}
					body.Close()
				}()
				go func() {
					defer feed.Close()
					for _, err := io.WriteString(feed, "x"); err == nil; _, err = io.WriteString(feed, "x") {
						select {
						case <-time.After(20 * time.Millisecond):
						case <-ctx.Done():
							return
						}
						if !tt.trickle {
							<-ctx.Done()
							return
						}
					}
				}()
				select {
				case err := <-failed:
					if err == nil {
						t.Error("the body was read")
					}
				case <-time.After(time.Minute):
					t.Error("the body is still waited for")
				}
			})
		}
	}
}

// A body that came in time says nothing about how long its handler may take.
func TestBoundHandler(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		s := bounded(t, patience{body: 3 * time.Second, stall: 3 * time.Second}, http2, func(w http.ResponseWriter, r *http.Request) {
			io.Copy(w, r.Body)
			http.NewResponseController(w).Flush()
			select {
			case <-r.Context().Done():
			case <-time.After(4 * time.Second):
				io.WriteString(w, " later")
			}
		})
		resp, err := s.Client().Post(s.URL, "text/plain", strings.NewReader("now"))
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if string(b) != "now later" || err != nil {
			t.Errorf("HTTP/2 %v: %q, %v", http2, b, err)
		}
	}
}

// A client that takes nothing of an answer does not hold its handler.
func TestBoundAnswer(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		t.Run(fmt.Sprint("HTTP/2 ", http2), func(t *testing.T) {
			t.Parallel()
			written := make(chan error, 1)
			answer := make([]byte, 64<<20)
			s := bounded(t, patience{body: time.Hour, stall: 500 * time.Millisecond}, http2, func(w http.ResponseWriter, _ *http.Request) {
				_, err := w.Write(answer)
				written <- err
			})
			if http2 {
				resp, err := s.Client().Get(s.URL)
				if err != nil {
					t.Fatal(err)
				}
				defer resp.Body.Close()
			} else {
				c, err := net.Dial("tcp", s.Listener.Addr().String())
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				io.WriteString(c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
				if _, err := bufio.NewReaderSize(c, 16).ReadByte(); err != nil {
					t.Fatal(err)
				}
			}
			select {
			case err := <-written:
				if err == nil {
					t.Error("64 MB were written")
				}
			case <-time.After(time.Minute):
				t.Error("the handler still writes")
			}
		})
	}
}
