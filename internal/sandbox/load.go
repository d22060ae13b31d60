package sandbox

import (
	"bytes"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// load says whether others want the processors: who stays awake then takes them
// from those that it waits for, too.
type load struct {
	file *os.File     // /proc/pressure/cpu; nil where the kernel does not tell
	next atomic.Int64 // Unix nanoseconds: when to look again
	much atomic.Bool

	mu      sync.Mutex // guards what the last look was
	at      time.Time
	waiting time.Duration
}

const (
	// loadEvery is how often it is looked at.
	loadEvery = 200 * time.Millisecond
	// highLoad is the part of the time in which somebody waits for a processor,
	// in percent. One client of a short function, on two processors, makes 25 to
	// 30; two programs beside it that use all they get, 70 to 90.
	highLoad = 50
)

func openLoad() *load {
	f, err := os.Open("/proc/pressure/cpu")
	if err != nil {
		f = nil
	}
	return &load{file: f}
}

func (l *load) high(now time.Time) bool {
	next := l.next.Load()
	if l.file != nil && now.UnixNano() >= next && l.next.CompareAndSwap(next, now.Add(loadEvery).UnixNano()) {
		l.look(now)
	}
	return l.much.Load()
}

func (l *load) look(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	waiting, ok := l.total()
	if !ok {
		return
	}
	if passed := now.Sub(l.at); passed < 10*loadEvery {
		l.much.Store((waiting-l.waiting)*100 > passed*highLoad)
	}
	l.at, l.waiting = now, waiting
}

// total reads "some avg10=0.93 avg60=17.40 avg300=25.75 total=18545558282": for
// so many microseconds, ever, there was somebody who waited.
func (l *load) total() (time.Duration, bool) {
	var buf [128]byte
	n, _ := l.file.ReadAt(buf[:], 0) // io.EOF, as a rule
	_, text, _ := bytes.Cut(buf[:n], []byte("total="))
	text, _, _ = bytes.Cut(text, []byte("\n"))
	us, err := strconv.ParseInt(string(text), 10, 64)
	return time.Duration(us) * time.Microsecond, err == nil
}

func (l *load) close() {
	if l.file != nil {
		l.file.Close()
	}
}
