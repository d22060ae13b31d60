package runtimeapi

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"

	"github.com/lambdagate/lambdagate/internal/attentive"
)

// Kind says what a frame is.
type Kind byte

// The kinds of frames. The first four go to the runtime, the others come from it.
const (
	KindLoad      Kind = 'L' // Load, JSON
	KindGo        Kind = 'G' // the code is in place
	KindInvoke    Kind = 'I' // an event
	KindFreeze    Kind = 'F' // nothing of the runtime need run between two events
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
)

// MaxResponse is the largest result of a function that AWS takes, in bytes.
const MaxResponse = 6291556

// maxFrame bounds a frame from a runtime, in bytes: a result, or one log event.
const maxFrame = 16 << 20

// headerSize is the length, four bytes little-endian counting what follows it,
// and the kind.
const headerSize = 5

// largeEvent is the size in bytes from which an event is written while frames
// are read, because it may not fit the socket's buffer.
const largeEvent = 64 << 10

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

// Conn exchanges frames with one runtime. It is for one goroutine at a time.
type Conn struct {
	conn net.Conn
	eye  attentive.Reader
	r    *bufio.Reader
	out  []byte
	body []byte
	sent chan error // the write of a large event, under way
}

// NewConn takes over conn.
func NewConn(conn net.Conn) *Conn {
	c := &Conn{conn: conn}
	c.eye.Open(conn)
	c.r = bufio.NewReaderSize(&c.eye, 32<<10)
	return c
}

// Attend sets how the next Read waits for a frame, as attentive.Reader does.
func (c *Conn) Attend(awake, thread time.Duration) { c.eye.Attend(awake, thread) }

// Close ends the connection.
func (c *Conn) Close() error { return c.conn.Close() }

// CloseWrite tells the runtime that there will be no more events; what it says
// can still be read.
func (c *Conn) CloseWrite() error {
	if half, ok := c.conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// SetDeadline bounds everything that follows.
func (c *Conn) SetDeadline(t time.Time) error { return c.conn.SetDeadline(t) }

// WriteLoad sends l.
func (c *Conn) WriteLoad(l *Load) error {
	b, err := json.Marshal(l)
	if err != nil {
		return err
	}
	c.begin(KindLoad)
	c.out = append(c.out, b...)
	return c.flush(nil)
}

// WriteGo says that what Load told of can be read now, or, after KindNeed, that
// the package can be found below folder, as the runtime sees it; an empty one
// says that it cannot be had.
func (c *Conn) WriteGo(folder string) error {
	c.begin(KindGo)
	c.out = append(c.out, folder...)
	return c.flush(nil)
}

// WriteEvent sends e. A large event is written while the caller goes on to
// read frames: a runtime that is still writing would not take it otherwise.
func (c *Conn) WriteEvent(e *Event) error {
	c.begin(KindInvoke)
	c.string(e.RequestID)
	var number [20]byte
	c.string(string(strconv.AppendInt(number[:0], e.Deadline.UnixMilli(), 10)))
	c.string(e.FunctionARN)
	c.string(e.TraceID)
	c.string(e.ClientContext)
	c.string(e.Identity)
	if len(e.Payload) <= largeEvent {
		c.out = append(c.out, e.Payload...)
		return c.flush(nil)
	}
	sent := make(chan error, 1)
	c.sent = sent
	go func() { sent <- c.flush(e.Payload) }()
	return nil
}

// WriteFreeze takes Load.Open back.
func (c *Conn) WriteFreeze() error {
	c.begin(KindFreeze)
	return c.flush(nil)
}

func (c *Conn) begin(k Kind) {
	if cap(c.out) > 2*largeEvent {
		c.out = nil // do not keep an exceptional buffer
	}
	c.out = append(c.out[:0], 0, 0, 0, 0, byte(k))
}

func (c *Conn) string(s string) {
	c.out = binary.LittleEndian.AppendUint32(c.out, uint32(len(s)))
	c.out = append(c.out, s...)
}

func (c *Conn) flush(rest []byte) error {
	binary.LittleEndian.PutUint32(c.out, uint32(len(c.out)-4+len(rest)))
	if _, err := c.conn.Write(c.out); err != nil || len(rest) == 0 {
		return err
	}
	_, err := c.conn.Write(rest)
	return err
}

// Read returns the next frame. The body is valid until the next call.
func (c *Conn) Read() (Kind, []byte, error) {
	var header [headerSize]byte
	if _, err := io.ReadFull(c.r, header[:]); err != nil {
		return 0, nil, err
	}
	size := int(binary.LittleEndian.Uint32(header[:]))
	if size < 1 || size > maxFrame {
		return 0, nil, fmt.Errorf("%w: length %d", ErrFrame, size)
	}
	size-- // the kind was read
	if size <= c.r.Size() {
		// Most frames fit the reader's buffer and need no copy.
		body, err := c.r.Peek(size)
		if err != nil {
			return 0, nil, short(err)
		}
		c.r.Discard(size)
		return Kind(header[4]), body, nil
	}
	if cap(c.body) < size {
		c.body = make([]byte, size)
	}
	body := c.body[:size]
	if size > largeEvent {
		c.body = nil // do not keep an exceptional buffer
	}
	if _, err := io.ReadFull(c.r, body); err != nil {
		return 0, nil, short(err)
	}
	return Kind(header[4]), body, nil
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
