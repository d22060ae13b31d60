package attentive

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

// pair are the two ends of a connection.
func pair(t *testing.T) (ours, theirs net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if theirs, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if ours, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ours.Close()
		theirs.Close()
	})
	return ours, theirs
}

func TestRead(t *testing.T) {
	t.Parallel()
	piped, pipe := net.Pipe()
	ours, theirs := pair(t)
	for _, conn := range []struct {
		name         string
		ours, theirs net.Conn
	}{{"socket", ours, theirs}, {"no socket", piped, pipe}} {
		var r Reader
		r.Open(conn.ours)
		for _, how := range []struct {
			name          string
			awake, thread time.Duration
			after         time.Duration // when something comes
		}{
			{"at once", 0, 0, 0}, {"asleep", 0, 0, 20 * time.Millisecond},
			{"awake", time.Minute, 0, 20 * time.Millisecond}, {"in a thread", 0, time.Minute, 20 * time.Millisecond},
			{"asleep after both", time.Millisecond, time.Millisecond, 30 * time.Millisecond},
		} {
			sent := make(chan error, 1)
			time.AfterFunc(how.after, func() {
				_, err := io.WriteString(conn.theirs, how.name)
				sent <- err
			})
			r.Attend(how.awake, how.thread)
			buf := make([]byte, 64)
			n, err := r.Read(buf)
			if got := string(buf[:n]); got != how.name || err != nil {
				t.Errorf("%s, %s: %q, %v", conn.name, how.name, got, err)
			}
			if err := <-sent; err != nil {
				t.Error(err)
			}
		}
		conn.ours.SetDeadline(time.Now().Add(10 * time.Millisecond))
		r.Attend(time.Millisecond, time.Millisecond)
		if n, err := r.Read(make([]byte, 8)); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s, deadline: %d, %v", conn.name, n, err)
		}
		conn.ours.SetDeadline(time.Time{})
		conn.theirs.Close()
		r.Attend(time.Second, time.Second)
		if n, err := r.Read(make([]byte, 8)); n != 0 || err != io.EOF {
			t.Errorf("%s, end: %d, %v", conn.name, n, err)
		}
	}
}
