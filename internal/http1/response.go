package http1

import (
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/lambdagate/lambdagate/internal/rawhead"
)

// joined is the size of body, in bytes, up to which it is copied behind its
// head, so that both go out in one piece.
const joined = 16 << 10

// piece is how much of an answer goes out under one deadline, in bytes: a slow
// client gets a large one, but one that takes nothing does not hold it.
const piece = 256 << 10

// Response takes one answer: by Respond, or like any http.ResponseWriter. What
// is written goes out at once; only the head of a body of known length waits for
// the first piece of that. Field names go out as they are given, in their order.
type Response struct {
	c       *conn
	header  http.Header
	out     []byte
	begun   bool
	chunked bool
	left    int64 // bytes of a body of known length still to come
	held    bool  // out is a head that was not sent
	broken  bool
}

func (w *Response) reset() {
	*w = Response{c: w.c, header: w.header, out: w.out}
	clear(w.header)
	if cap(w.out) > keptBuffer {
		w.out = nil
	}
}

// Respond sends a whole answer, fields in their order. The fields must be
// well-formed and say nothing about the body's length or the connection.
func (w *Response) Respond(status int, fields []rawhead.Field, body []byte) {
	w.begun = true
	out := w.statusLine(status)
	for i := range fields {
		out = appendField(out, fields[i].Name, fields[i].Value)
	}
	if bodyAllowed(status) {
		out = append(out, "Content-Length: "...)
		out = append(strconv.AppendInt(out, int64(len(body)), 10), "\r\n"...)
	} else {
		body = nil
	}
	if w.c.request.Method == http.MethodHead {
		body = nil
	}
	out = append(out, "\r\n"...)
	if len(body) <= joined {
		out, body = append(out, body...), nil
	}
	w.out = out
	w.send(out, body)
}

// statusLine begins a head with what every answer says.
func (w *Response) statusLine(status int) []byte {
	out := append(w.out[:0], "HTTP/1.1 "...)
	out = strconv.AppendInt(out, int64(status), 10)
	out = append(out, ' ')
	if text := http.StatusText(status); text != "" {
		out = append(out, text...)
	} else {
		out = strconv.AppendInt(append(out, "status code "...), int64(status), 10)
	}
	out = append(out, "\r\nDate: "...)
	out = append(out, date()...)
	out = append(out, "\r\n"...)
	if w.c.last || w.c.server.closing.Load() {
		w.c.last = true
		out = append(out, "Connection: close\r\n"...)
	}
	return out
}

// oneLine keeps a value from ending its line.
var oneLine = strings.NewReplacer("\r", " ", "\n", " ")

func appendField(out []byte, name, value string) []byte {
	out = append(append(out, name...), ": "...)
	return append(append(out, value...), "\r\n"...)
}

// send writes b, which is short, and then more.
func (w *Response) send(b, more []byte) {
	c := w.c
	n := min(len(more), piece)
	c.extendWrite()
	var err error
	if n == 0 {
		_, err = c.Conn.Write(b)
	} else {
		_, err = (&net.Buffers{b, more[:n]}).WriteTo(c.Conn)
	}
	for more = more[n:]; len(more) > 0 && err == nil; more = more[n:] {
		n = min(len(more), piece)
		c.extendWrite()
		_, err = c.Conn.Write(more[:n])
	}
	if err != nil {
		w.broken = true
		c.gone()
	}
}

// Header is that of http.ResponseWriter.
func (w *Response) Header() http.Header {
	if w.header == nil {
		w.header = make(http.Header)
	}
	return w.header
}

// WriteHeader sends the head. Without a Content-Length the body goes out in
// chunks.
func (w *Response) WriteHeader(status int) {
	if w.begun {
		return
	}
	w.begun = true
	out := w.statusLine(status)
	w.chunked = bodyAllowed(status)
	for _, name := range slices.Sorted(maps.Keys(w.header)) {
		for _, v := range w.header[name] {
			switch name {
			case "Content-Length":
				n, ok := length(v)
				if !ok || !bodyAllowed(status) {
					continue
				}
				w.left, w.chunked = n, false
			case "Transfer-Encoding", "Connection", "Date":
				continue
			}
			if isToken(name) { // as net/http, which leaves others out
				out = appendField(out, name, oneLine.Replace(v))
			}
		}
	}
	if w.c.request.Method == http.MethodHead {
		w.left, w.chunked = 0, false
	} else if w.chunked {
		out = append(out, "Transfer-Encoding: chunked\r\n"...)
	}
	w.out = append(out, "\r\n"...)
	if w.held = w.left > 0; !w.held {
		w.send(w.out, nil)
	}
}

// release sends a head that waits.
func (w *Response) release() {
	if w.held {
		w.held = false
		w.send(w.out, nil)
	}
}

// Write sends a piece of the body.
func (w *Response) Write(b []byte) (int, error) {
	if !w.begun {
		w.WriteHeader(http.StatusOK)
	}
	switch {
	case w.broken:
		return 0, net.ErrClosed
	case len(b) == 0 || w.c.request.Method == http.MethodHead:
		return len(b), nil
	case w.chunked:
		out := strconv.AppendInt(w.out[:0], int64(len(b)), 16)
		out = append(out, "\r\n"...)
		if len(b) <= joined {
			out = append(append(out, b...), "\r\n"...)
			w.send(out, nil)
		} else {
			w.send(out, b)
			w.send([]byte("\r\n"), nil)
		}
		w.out = out
	case int64(len(b)) > w.left:
		return 0, http.ErrContentLength
	case w.held && len(b) <= joined:
		w.held, w.out = false, append(w.out, b...)
		w.left -= int64(len(b))
		w.send(w.out, nil)
	case w.held:
		w.held = false
		w.left -= int64(len(b))
		w.send(w.out, b)
	default:
		w.left -= int64(len(b))
		w.send(nil, b)
	}
	if w.broken {
		return 0, net.ErrClosed
	}
	return len(b), nil
}

// Flush sends a head that waits; all else was sent.
func (w *Response) Flush() {
	if !w.begun {
		w.WriteHeader(http.StatusOK)
	}
	w.release()
}

// end completes the answer; false if the connection cannot be used further.
func (w *Response) end() bool {
	if !w.begun {
		w.Respond(http.StatusOK, nil, nil)
	}
	w.release()
	if w.chunked && !w.broken {
		w.send([]byte("0\r\n\r\n"), nil)
	}
	return !w.broken && w.left == 0
}

func bodyAllowed(status int) bool { return status >= 200 && status != 204 && status != 304 }

// extendWrite renews the deadline before something is sent. While someone
// looks for the client only the one for writing may be touched.
func (c *conn) extendWrite() {
	p := &c.server.patience
	want := time.Now().Add(p.stall)
	if off := want.Sub(c.deadline); off > p.precision() || off < -p.precision()-p.idle {
		c.deadline = want
		c.SetWriteDeadline(want) //nolint:errcheck // writing will tell
	}
}

// now is the Date of answers, made once a second.
var now atomic.Pointer[dated]

type dated struct {
	second int64
	text   string
}

// date is the time for the field Date, in RFC 9110's form.
func date() string {
	t := time.Now()
	d := now.Load()
	if d == nil || d.second != t.Unix() {
		d = &dated{t.Unix(), t.UTC().Format(http.TimeFormat)}
		now.Store(d)
	}
	return d.text
}
