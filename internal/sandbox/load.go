package sandbox

import (
	"bytes"
	"os"
	"strconv"
	"sync/atomic"
	"time"
)

// load says how many threads of the machine run or want to: who stays awake
// while others want the processors takes them from those that it waits for, too.
type load struct {
	file *os.File     // /proc/loadavg; nil where there is none
	next atomic.Int64 // Unix nanoseconds: when to look again
	mean atomic.Int64 // of threads, in hundredths
}

// loadEvery is how often it is looked at.
const loadEvery = 5 * time.Millisecond

func openLoad() *load {
	f, err := os.Open("/proc/loadavg")
	if err != nil {
		f = nil
	}
	return &load{file: f}
}

// high says whether more threads want to run than there are processors.
func (l *load) high(now time.Time) bool {
	if next := l.next.Load(); l.file != nil && now.UnixNano() >= next && l.next.CompareAndSwap(next, now.Add(loadEvery).UnixNano()) {
		if n, ok := l.running(); ok {
			mean := l.mean.Load()
			l.mean.Store(mean + (100*n-mean)/8)
		}
	}
	return l.mean.Load() > int64(100*processors+60)
}

// running reads "0.20 0.18 0.12 3/80 11206": three.
func (l *load) running() (int64, bool) {
	var buf [64]byte
	n, _ := l.file.ReadAt(buf[:], 0) // io.EOF, as a rule
	text := buf[:n]
	for range 3 {
		_, text, _ = bytes.Cut(text, []byte(" "))
	}
	text, _, _ = bytes.Cut(text, []byte("/"))
	running, err := strconv.ParseInt(string(text), 10, 64)
	return running, err == nil
}

func (l *load) close() {
	if l.file != nil {
		l.file.Close()
	}
}
