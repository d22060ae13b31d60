package sandbox

import (
	"bytes"
	"errors"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/lambdagate/lambdagate/internal/runtimeapi"
)

// maxEarly bounds what is kept of what was written before there is a journal.
const maxEarly = 16 << 10

// output turns what the processes of an environment write to standard output
// and error into log events, one a line.
type output struct {
	r    *os.File
	raw  syscall.RawConn
	done chan struct{}
	kind string // of telemetry

	last atomic.Int64 // Unix nanoseconds of the last read

	mu      sync.Mutex
	journal *journal // nil until the environment has a function
	early   []byte   // written before that
	partial []byte   // of a line
	buf     []byte
	closed  bool
}

// newOutput reads r until it ends, and closes it.
func newOutput(r *os.File) *output {
	o := &output{r: r, kind: runtimeapi.FunctionTelemetry, done: make(chan struct{}), buf: make([]byte, 4<<10)}
	raw, err := r.SyscallConn()
	if err != nil {
		o.close()
		close(o.done)
		return o
	}
	o.raw = raw
	go o.run()
	return o
}

// run reads in short turns: between them drain may read too.
func (o *output) run() {
	defer close(o.done)
	defer o.close()
	for {
		var end error
		err := o.raw.Read(func(fd uintptr) bool {
			o.mu.Lock()
			defer o.mu.Unlock()
			end = o.takeLocked(int(fd))
			return end != errAgain // wait until there is more
		})
		if err != nil || end != nil {
			return
		}
	}
}

var errAgain = errors.New("nothing to read now")

// takeLocked reads once.
func (o *output) takeLocked(fd int) error {
	n, err := readNow(fd, o.buf)
	switch {
	case err != nil:
		return err
	case n == 0:
		return io.EOF
	}
	o.last.Store(time.Now().UnixNano())
	o.splitLocked(o.buf[:n])
	return nil
}

// attach names the journal. What a process that was started ahead wrote
// before belongs to nobody.
func (o *output) attach(j *journal, forget bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	early := o.early
	o.journal, o.early = j, nil
	if !forget {
		o.splitLocked(early)
	}
}

// drain takes what is there now, so that it is logged before what comes next.
func (o *output) drain() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return
	}
	_ = o.raw.Control(func(fd uintptr) {
		for range 64 { // a process that writes for ever must not keep us
			if o.takeLocked(int(fd)) != nil {
				return
			}
		}
	})
}

// settle waits until nothing was written since a moment for so long as silence,
// but not longer than at most.
func (o *output) settle(since time.Time, silence, atMost time.Duration) {
	for {
		quiet := min(time.Since(since), time.Since(time.Unix(0, o.last.Load())))
		if quiet >= silence || time.Since(since) >= atMost {
			return
		}
		time.Sleep(silence - quiet)
	}
}

// write adds what the runtime itself says was written.
func (o *output) write(b []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.splitLocked(b)
}

// finish waits for the end of what was written by processes that have ended.
// Without walls one that got away may still hold the pipe.
func (o *output) finish() {
	o.r.SetReadDeadline(time.Now().Add(time.Second))
	<-o.done
}

// rest logs an unfinished line.
func (o *output) rest() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.partial) > 0 && o.journal != nil {
		o.journal.wrote(o.kind, o.partial)
		o.journal.line(o.partial)
	}
	o.partial = o.partial[:0]
}

func (o *output) splitLocked(b []byte) {
	if o.journal == nil {
		o.early = append(o.early, b[:min(len(b), maxEarly-len(o.early))]...)
		return
	}
	for len(b) > 0 {
		end := bytes.IndexByte(b, '\n')
		if end < 0 {
			o.partial = append(o.partial, b...)
			if len(o.partial) >= maxLogEvent {
				o.journal.wrote(o.kind, o.partial)
				o.journal.write(o.partial)
				o.partial = o.partial[:0]
			}
			return
		}
		line := b[:end+1]
		if len(o.partial) > 0 {
			o.partial = append(o.partial, line...)
			line = o.partial
			o.partial = o.partial[:0]
		}
		o.journal.wrote(o.kind, line)
		o.journal.write(line)
		b = b[end+1:]
	}
}

func (o *output) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	o.r.Close()
}
