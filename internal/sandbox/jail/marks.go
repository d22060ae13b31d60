package jail

import (
	"bytes"
	"crypto/rand"
	"io"
	"sync"
	"time"
)

// marks are put at the end of what a container's program has written, in the
// pipes that it writes to, and taken out again where its output arrives: what
// comes by way of an engine is late, and nothing else tells when it is all there.
type marks struct {
	text []byte

	mu      sync.Mutex
	missing int // that were put and did not arrive
	changed chan struct{}
}

// newMarks makes marks that no program writes by chance.
func newMarks() *marks {
	return &marks{text: []byte("\x00\x1e" + rand.Text() + "\x1e\x00"), changed: make(chan struct{})}
}

func (m *marks) add(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.missing += n
	close(m.changed)
	m.changed = make(chan struct{})
}

// wait waits until all have arrived, and says whether they have.
func (m *marks) wait(atMost time.Duration) bool {
	timer := time.NewTimer(atMost)
	defer timer.Stop()
	for {
		m.mu.Lock()
		missing, changed := m.missing, m.changed
		m.mu.Unlock()
		if missing <= 0 {
			return true
		}
		select {
		case <-changed:
		case <-timer.C:
			return false
		}
	}
}

// unmarked takes marks out of one stream.
type unmarked struct {
	to    io.Writer
	marks *marks
	held  []byte // may be the beginning of a mark
}

func (u *unmarked) Write(b []byte) (int, error) {
	rest := b
	if len(u.held) > 0 {
		rest = append(u.held, b...)
	}
	for {
		i := bytes.Index(rest, u.marks.text)
		if i < 0 {
			break
		}
		if err := u.pass(rest[:i]); err != nil {
			return 0, err
		}
		u.marks.add(-1)
		rest = rest[i+len(u.marks.text):]
	}
	keep := min(len(rest), len(u.marks.text)-1)
	for keep > 0 && !bytes.HasPrefix(u.marks.text, rest[len(rest)-keep:]) {
		keep--
	}
	err := u.pass(rest[:len(rest)-keep])
	u.held = bytes.Clone(rest[len(rest)-keep:])
	return len(b), err
}

func (u *unmarked) pass(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	_, err := u.to.Write(b)
	return err
}

// end passes on what was no mark after all.
func (u *unmarked) end() error {
	err := u.pass(u.held)
	u.held = nil
	return err
}
