package http1

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

// impatient is short enough to be waited for, and long enough that a quick
// client on a busy machine meets it.
var impatient = patience{idle: 3 * time.Second, head: 3 * time.Second, body: 4 * time.Second, stall: 3 * time.Second}

// endless is longer than any test.
const endless = time.Hour

// TestSlowClients: who takes too long loses the connection, and keeps nobody
// else waiting. Each is cut off by one of the bounds; the others are out of
// reach, so that the test fails without that one.
func TestSlowClients(t *testing.T) {
	t.Parallel()
	const host = " HTTP/1.1\r\nHost: h\r\n"
	for _, tt := range []struct {
		name     string
		patience patience
		begin    string // what is sent at once
		every    string // and then again and again
	}{
		{"nothing is sent", patience{impatient.idle, endless, endless, endless}, "", ""},
		{"a head stops", patience{endless, impatient.head, endless, endless}, "GET /own" + host, ""},
		{"a head that trickles", patience{endless, impatient.head, endless, endless}, "GET /own" + host + "X-Long: ", "x"},
		{"a body stops", patience{endless, endless, endless, impatient.stall}, "POST /own" + host + "Content-Length: 100\r\n\r\nsome", ""},
		{"a body that trickles", patience{endless, endless, impatient.body, endless}, "POST /own" + host + "Content-Length: 100000\r\n\r\n", "x"},
		{"a body that nobody reads trickles", patience{endless, endless, impatient.body, endless}, "POST /own/skip" + host + "Content-Length: 100000\r\n\r\n", "x"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := startPatient(t, tt.patience)
			c := dial(t, s)
			io.WriteString(c, tt.begin) //nolint:errcheck // reading tells
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				io.Copy(io.Discard, c) //nolint:errcheck // however it ends
			}()
			tick := time.NewTicker(20 * time.Millisecond)
			defer tick.Stop()
			served, late := 0, time.After(20*time.Second)
			for {
				select {
				case <-ended:
					if served == 0 {
						t.Error("the connection ended before anybody else was served")
					}
					return
				case <-tick.C:
					io.WriteString(c, tt.every) //nolint:errcheck // as above
					if got := s.send(t, "GET", "GET /own/length HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"); got[0] != "200 OK abc close" {
						t.Fatalf("somebody else got %q", got)
					}
					served++
				case <-late:
					t.Fatal("the connection is still open")
				}
			}
		})
	}
}

// TestSlowReader: who does not take an answer loses the connection; who takes
// it slowly, but steadily, gets it whole.
func TestSlowReader(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		reads bool
	}{{"none of it", false}, {"slowly", true}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := startPatient(t, patience{impatient.idle, endless, endless, impatient.stall})
			c := dial(t, s)
			io.WriteString(c, "GET /own/huge HTTP/1.1\r\nHost: h\r\n\r\n") //nolint:errcheck // reading tells
			if !tt.reads {
				s.waitForConnections(t, 1)
				s.waitForConnections(t, 0)
				return
			}
			resp, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil {
				t.Fatal(err)
			}
			// Altogether longer than the patience for one piece.
			start, got := time.Now(), int64(0)
			for got < huge {
				n, err := io.CopyN(io.Discard, resp.Body, huge/16)
				if got += n; err != nil {
					t.Fatalf("after %d bytes and %v: %v", got, time.Since(start), err)
				}
				<-time.After(impatient.stall / 12)
			}
		})
	}
}

// TestClientTakesNothing: a handler that streams to a client that takes nothing
// is told so, and its context ends.
func TestClientTakesNothing(t *testing.T) {
	t.Parallel()
	s := startPatient(t, patience{impatient.idle, endless, endless, impatient.stall})
	c := dial(t, s)
	io.WriteString(c, "GET /own/endless HTTP/1.1\r\nHost: h\r\n\r\n") //nolint:errcheck // the handler tells
	select {
	case <-s.gone:
	case <-time.After(time.Minute):
		t.Error("the handler still writes")
	}
	s.waitForConnections(t, 0)
}

func dial(t *testing.T, s *started) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// waitForConnections waits until so many are open.
func (s *started) waitForConnections(t *testing.T, want int) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		s.server.mu.Lock()
		n := len(s.server.conns)
		s.server.mu.Unlock()
		if n == want {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d connections are open, not %d", n, want)
		}
	}
}
