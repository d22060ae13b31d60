package runtimeapi

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/lambdagate/lambdagate/internal/attentive"
)

// Kind says what a frame is.
type Kind byte

// The kinds of frames. The first seven go to the runtime, the others come from it.
const (
	KindLoad      Kind = 'L' // Load, JSON
	KindWake      Kind = 'W' // KindLoad comes in a moment; not empty: the board says when
	KindRehearse  Kind = 'r' // nothing else comes for now, the copy may rehearse
	KindGo        Kind = 'G' // the code is in place
	KindInvoke    Kind = 'I' // an event
	KindAhead     Kind = 'A' // an event that waits for the one under way
	KindFreeze    Kind = 'F' // nothing of the runtime need run between two events
	KindRehearsed Kind = 'h' // the process can be copied: it waits for its first order
	KindReady     Kind = 'i' // the handler is loaded
	KindInitError Kind = 'e' // it is not: error, JSON
	KindResult    Kind = 'R' // the handler's result, JSON
	KindHandled   Kind = 'H' // an error that the function reported, JSON
	KindFault     Kind = 'U' // an error that it did not report, JSON
	KindFatal     Kind = 'X' // the same, and the runtime ends now
	KindLog       Kind = 'l' // one log event, text
	KindOutput    Kind = 'o' // a piece of standard output or error
	KindNeed      Kind = 'n' // a package of the AWS SDK is missing: its name; KindGo answers
	KindStream    Kind = 's' // a streamed result begins: its content type
	KindChunk     Kind = 'c' // a piece of it
	KindStreamEnd Kind = 'z' // its end: empty, or error type, newline, error JSON
	KindTook      Kind = 't' // before the answer to KindAhead: its microseconds, four bytes little-endian
	KindUntaken   Kind = 'u' // that event's turn came too late, it was not begun: its id
	KindGone      Kind = 'g' // the process exits: the id of the event under way, or nothing
)

// MaxResponse is the largest result of a function that AWS takes, in bytes.
const MaxResponse = 6291556

// maxFrame bounds a frame from a runtime, in bytes: a result, or one log event.
const maxFrame = 16 << 20

// headerSize is the length, four bytes little-endian counting what follows it,
// and the kind.
const headerSize = 5

// wholeWrite is what a pipe takes whole or not at all, in bytes. What is larger
// may not fit one, so that a large event is written while frames are read.
const wholeWrite = 4 << 10

// maxKept is the size of a buffer, in bytes, above which it is not kept.
const maxKept = 128 << 10

// ErrFrame says that a runtime sent bytes that are not frames.
var ErrFrame = errors.New("malformed frame from the runtime")

// Load tells a runtime, which may have waited for it, whose it is.
type Load struct {
	// Env is set on top of what the process was started with.
	Env map[string]string `json:"env,omitempty"`
	// Root is the folder of the code, as the runtime sees it.
	Root string `json:"root"`
	// Open says that extensions inside of the runtime may have to run between two
	// events, until KindFreeze.
	Open bool `json:"open,omitempty"`
	// Board says that there is one.
	Board bool `json:"board,omitempty"`
}

// Event is one invocation as a runtime gets it.
type Event struct {
	RequestID     string
	Deadline      time.Time
	FunctionARN   string
	TraceID       string
	ClientContext string // JSON
	Identity      string // JSON
	Payload       []byte
}

// Conn exchanges frames with one runtime. It is for one goroutine at a time; but
// others may send events ahead and interrupt.
type Conn struct {
	in, out *os.File
	pipe    syscall.RawConn // out
	// until is out's deadline, which is set when there is something to wait for.
	until time.Time
	board *board // nil if there is none
	eye   attentive.Reader
	r     *bufio.Reader

	// Of the frame that is being read: a Read that a deadline ended is taken up by
	// the next.
	open bool
	kind Kind
	size int
	got  int    // of a body that does not fit r's buffer
	body []byte // for that

	writing sync.Mutex // guards frame and writes
	frame   []byte
	sent    chan error // the write of a large event, under way
}

// NewConn takes over two pipes: in, which the runtime writes, and out, which it
// reads.
func NewConn(in, out *os.File) *Conn {
	c := &Conn{in: in, out: out}
	c.pipe, _ = out.SyscallConn() // fails only without a file
	c.eye.Open(in)
	c.r = bufio.NewReaderSize(&c.eye, 32<<10)
	return c
}

// Attend sets how the next Read waits for a frame, as attentive.Reader does.
func (c *Conn) Attend(awake, thread time.Duration) { c.eye.Attend(awake, thread) }

// StayAwake says how long the runtime may wait awake for the next event, and not
// asleep, after this one.
func (c *Conn) StayAwake(d time.Duration) { c.board.stayAwake(d) }

// Close ends the connection.
func (c *Conn) Close() error { return errors.Join(c.in.Close(), c.out.Close()) }

// CloseWrite tells the runtime that there will be no more events; what it says
// can still be read.
func (c *Conn) CloseWrite() error { return c.out.Close() }

// SetDeadline bounds everything that follows.
func (c *Conn) SetDeadline(t time.Time) error {
	c.until = t
	if c.sent != nil {
		c.out.SetWriteDeadline(t) // of the write under way; whoever reads learns that it failed
	}
	return c.in.SetReadDeadline(t)
}

// WriteWake tells a runtime that waits for its function that it will have one in
// a moment: waking up takes it as long as it takes to know which. It may wait
// awake for that so long.
func (c *Conn) WriteWake(awake time.Duration) error {
	c.board.stayAwake(awake)
	c.begin(KindWake)
	defer c.writing.Unlock()
	if c.board != nil {
		c.frame = append(c.frame, 'b')
	}
	return c.flush()
}

// WriteRehearse tells a copy that it has time.
func (c *Conn) WriteRehearse() error {
	c.begin(KindRehearse)
	defer c.writing.Unlock()
	return c.flush()
}

// WriteLoad sends l.
func (c *Conn) WriteLoad(l *Load) error {
	with := *l
	with.Board = c.board != nil
	b, err := json.Marshal(&with)
	if err != nil {
		return err
	}
	c.begin(KindLoad)
	defer c.writing.Unlock()
	c.frame = append(c.frame, b...)
	return c.flush()
}

// WriteGo says that what Load told of can be read now, or, after KindNeed, that
// the package can be found below folder, as the runtime sees it; an empty one
// says that it cannot be had.
func (c *Conn) WriteGo(folder string) error {
	c.begin(KindGo)
	defer c.writing.Unlock()
	c.frame = append(c.frame, folder...)
	return c.flush()
}

// WriteEvent sends e. A large event is written while the caller goes on to
// read frames: a runtime that is still writing would not take it otherwise.
func (c *Conn) WriteEvent(e *Event) error {
	c.begin(KindInvoke)
	c.string(e.RequestID)
	c.number(e.Deadline.UnixMilli())
	c.about(e)
	if len(c.frame)+len(e.Payload) <= wholeWrite {
		defer c.writing.Unlock()
		c.frame = append(c.frame, e.Payload...)
		return c.flush()
	}
	c.out.SetWriteDeadline(c.until)
	sent := make(chan error, 1)
	c.sent = sent
	go func() {
		defer c.writing.Unlock()
		sent <- c.flushWith(e.Payload)
	}()
	return nil
}

// WriteAhead sends an event that waits in the runtime for the one under way. It
// may be begun until the time given on the machine's monotonic clock, and has
// limit from then on. It does not wait: false says that there is no room.
func (c *Conn) WriteAhead(e *Event, until, limit time.Duration) bool {
	c.begin(KindAhead)
	defer c.writing.Unlock()
	c.number(until.Microseconds())
	c.string(e.RequestID)
	c.number(limit.Milliseconds())
	c.about(e)
	c.frame = append(c.frame, e.Payload...)
	return c.flushNow()
}

// about adds what an event says besides when.
func (c *Conn) about(e *Event) {
	c.string(e.FunctionARN)
	c.string(e.TraceID)
	c.string(e.ClientContext)
	c.string(e.Identity)
}

// WriteFreeze takes Load.Open back.
func (c *Conn) WriteFreeze() error {
	c.begin(KindFreeze)
	defer c.writing.Unlock()
	return c.flush()
}

// begin starts a frame and locks writing.
func (c *Conn) begin(k Kind) {
	c.writing.Lock()
	if cap(c.frame) > maxKept {
		c.frame = nil // do not keep an exceptional buffer
	}
	c.frame = append(c.frame[:0], 0, 0, 0, 0, byte(k))
}

func (c *Conn) string(s string) {
	c.frame = binary.LittleEndian.AppendUint32(c.frame, uint32(len(s)))
	c.frame = append(c.frame, s...)
}

func (c *Conn) number(n int64) {
	var digits [20]byte
	c.string(string(strconv.AppendInt(digits[:0], n, 10)))
}

// flush writes the frame.
func (c *Conn) flush() error {
	if c.flushNow() {
		return nil
	}
	c.out.SetWriteDeadline(c.until)
	return c.flushWith(nil)
}

// flushWith writes the frame, and the rest of its body.
func (c *Conn) flushWith(rest []byte) error {
	binary.LittleEndian.PutUint32(c.frame, uint32(len(c.frame)-4+len(rest)))
	_, err := c.out.Write(c.frame)
	if err == nil && len(rest) > 0 {
		_, err = c.out.Write(rest)
	}
	c.board.count()
	return err
}

// flushNow writes the whole frame if that can be done at once, or nothing.
func (c *Conn) flushNow() bool {
	if len(c.frame) > wholeWrite {
		return false
	}
	binary.LittleEndian.PutUint32(c.frame, uint32(len(c.frame)-4))
	n := 0
	err := c.pipe.Write(func(fd uintptr) bool {
		n, _ = writeNow(fd, c.frame) // the runtime's end is seen when reading
		return true
	})
	if err != nil || n != len(c.frame) {
		return false
	}
	c.board.count()
	return true
}

// Unread says that the runtime has not read all that was written.
func (c *Conn) Unread() bool {
	n := 0
	err := c.pipe.Control(func(fd uintptr) { n = unread(fd) })
	return err == nil && n > 0
}

// Pending says that something of the runtime waits to be read, be it its end.
// It is for the goroutine that reads.
func (c *Conn) Pending() bool { return c.r.Buffered() > 0 || c.eye.Pending() }

// Interrupt ends a Read under way with a timeout; any goroutine may.
func (c *Conn) Interrupt() { c.in.SetReadDeadline(time.Unix(1, 0)) }

// Read returns the next frame. The body is valid until the next call. After a
// timeout it can be called again.
func (c *Conn) Read() (Kind, []byte, error) {
	if !c.open {
		if err := c.readHeader(); err != nil {
			return 0, nil, err
		}
	}
	body, err := c.readBody()
	if err != nil {
		return 0, nil, short(err)
	}
	c.open = false
	return c.kind, body, nil
}

func (c *Conn) readHeader() error {
	header, err := c.r.Peek(headerSize)
	if err == io.EOF && len(header) > 0 {
		return io.ErrUnexpectedEOF
	}
	if err != nil {
		return err
	}
	size := int(binary.LittleEndian.Uint32(header))
	if size < 1 || size > maxFrame {
		return fmt.Errorf("%w: length %d", ErrFrame, size)
	}
	c.open, c.kind, c.size, c.got = true, Kind(header[4]), size-1, 0
	c.r.Discard(headerSize)
	return nil
}

func (c *Conn) readBody() ([]byte, error) {
	if c.size <= c.r.Size() {
		// Most frames fit the reader's buffer and need no copy.
		body, err := c.r.Peek(c.size)
		if err == nil {
			c.r.Discard(c.size)
		}
		return body, err
	}
	if cap(c.body) < c.size {
		c.body = make([]byte, c.size)
	}
	body := c.body[:c.size]
	n, err := io.ReadFull(c.r, body[c.got:])
	if c.got += n; err != nil {
		return nil, err
	}
	if c.size > maxKept {
		c.body = nil // do not keep an exceptional buffer
	}
	return body, nil
}

// short says that a frame's end is missing.
func short(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// Flushed waits until the last event was written whole.
func (c *Conn) Flushed() error {
	if c.sent == nil {
		return nil
	}
	err := <-c.sent
	c.sent = nil
	return err
}
