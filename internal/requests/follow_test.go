package requests

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// newServer serves a handler and returns its URL.
func newServer(t *testing.T, h http.Handler) string {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL
}

type event struct{ name, data string }

func (e event) id() string {
	var r Request
	if err := json.Unmarshal([]byte(e.data), &r); err != nil {
		return err.Error()
	}
	return r.ID
}

// readEvents sends events until the body ends.
func readEvents(r io.Reader) <-chan event {
	c := make(chan event, 1000)
	go func() {
		defer close(c)
		var e event
		for scan := bufio.NewScanner(r); scan.Scan(); {
			switch field, value, _ := strings.Cut(scan.Text(), ": "); field {
			case "event":
				e.name = value
			case "data":
				e.data = value
				c <- e
			}
		}
	}()
	return c
}

func next(t *testing.T, c <-chan event) event {
	t.Helper()
	select {
	case e := <-c:
		return e
	case <-time.After(time.Minute):
		t.Fatal("no event")
		return event{}
	}
}

// slow is a client that reads nothing until it is let.
type slow struct {
	http.ResponseWriter
	read   chan struct{}
	text   chan string
	broken bool
}

func (s *slow) Header() http.Header              { return http.Header{} }
func (s *slow) WriteHeader(int)                  {}
func (s *slow) Flush()                           {}
func (s *slow) SetWriteDeadline(time.Time) error { return nil }
func (s *slow) Write(b []byte) (int, error) {
	if s.broken {
		return 0, errors.New("gone")
	}
	<-s.read
	s.text <- string(b)
	return len(b), nil
}

// TestFollowSlowly: one who does not keep up is told how many were missed.
func TestFollowSlowly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	client := &slow{read: make(chan struct{}), text: make(chan string, 10_000)}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- w.service.follow(ctx, callOf(account), &Query{}, &events{w: client, control: http.NewResponseController(client)})
	}()
	client.read <- struct{}{} // the first comment
	const sent = 2000
	for i := range sent {
		w.send(t, "GET", "test", fmt.Sprintf("/mock/%d", i), "")
	}
	close(client.read)
	shown, lost := 0, 0
	for deadline := time.After(time.Minute); shown+lost < sent; {
		select {
		case text := <-client.text:
			if strings.HasPrefix(text, "event: request") {
				shown++
			}
			if rest, ok := strings.CutPrefix(text, "event: lost\ndata: "); ok {
				var n struct{ Count int }
				if err := json.Unmarshal([]byte(rest), &n); err != nil {
					t.Fatal(err)
				}
				lost += n.Count
			}
		case <-deadline:
			t.Fatalf("%d shown and %d lost of %d", shown, lost, sent)
		}
	}
	if shown+lost != sent || lost == 0 || shown < 256 {
		t.Errorf("%d shown and %d lost of %d", shown, lost, sent)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestFollowGone: a client that is gone is not written to, and frees its place.
func TestFollowGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	client := &slow{broken: true}
	if err := w.service.follow(t.Context(), callOf(account), &Query{}, &events{w: client, control: http.NewResponseController(client)}); err != nil {
		t.Error(err)
	}
	for range maxFollowers {
		w.service.followers <- struct{}{}
	}
	if status, body := w.post(t, account, "follow", `{}`); status != 429 {
		t.Error(status, body)
	}
	<-w.service.followers
	w.service.Stop()
	if status, body := w.post(t, account, "follow", `{"status":"x"}`); status != 400 {
		t.Error(status, body)
	}
}
