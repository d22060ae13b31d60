package server

import (
	"io"
	"net/http"
	"time"
)

// patience is how long clients of net/http's connections may take; those of
// package http1 have bounds of their own. Handlers themselves may take as long
// as they like.
type patience struct {
	body time.Duration // for a body, from when it is read to its last byte
	// stall is for the next piece of a body, or to take the next piece of an
	// answer.
	stall time.Duration
}

// A function's code of 70 MB has to come through a slow line.
var usualPatience = patience{body: 15 * time.Minute, stall: time.Minute}

// piece is how much of an answer goes out under one deadline, in bytes.
const piece = 256 << 10

// bound gives a request's body and its answer these bounds. end is to be called
// when the handler is done.
func (p patience) bound(w http.ResponseWriter, r *http.Request) (_ http.ResponseWriter, _ *http.Request, end func()) {
	control := http.NewResponseController(w)
	if r.Body != nil && r.Body != http.NoBody {
		// net/http looks at the body of its own request when it answers.
		r = r.WithContext(r.Context())
		r.Body = &boundBody{ReadCloser: r.Body, patience: p, control: control}
	}
	// What net/http still holds back goes out when the handler is done.
	return &boundWriter{w, p, control}, r, func() { control.SetWriteDeadline(time.Now().Add(p.stall)) }
}

type boundBody struct {
	io.ReadCloser
	patience patience
	control  *http.ResponseController
	until    time.Time
}

func (b *boundBody) Read(p []byte) (int, error) {
	now := time.Now()
	if b.until.IsZero() {
		b.until = now.Add(b.patience.body)
	}
	next := now.Add(b.patience.stall)
	if next.After(b.until) {
		next = b.until
	}
	b.control.SetReadDeadline(next) //nolint:errcheck // reading tells
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF {
		// net/http goes on reading, to see whether the client is still there.
		b.control.SetReadDeadline(time.Time{}) //nolint:errcheck // as above
	}
	return n, err
}

type boundWriter struct {
	http.ResponseWriter
	patience patience
	control  *http.ResponseController
}

func (w *boundWriter) Write(b []byte) (written int, err error) {
	// Over HTTP/2 a deadline that passes ends the answer also while nothing is
	// written.
	defer w.control.SetWriteDeadline(time.Time{})
	for {
		w.control.SetWriteDeadline(time.Now().Add(w.patience.stall)) //nolint:errcheck // writing tells
		n, err := w.ResponseWriter.Write(b[:min(len(b), piece)])
		if written += n; err != nil || n >= len(b) {
			return written, err
		}
		b = b[n:]
	}
}

// Flush implements http.Flusher.
func (w *boundWriter) Flush() {
	defer w.control.SetWriteDeadline(time.Time{})
	w.control.SetWriteDeadline(time.Now().Add(w.patience.stall)) //nolint:errcheck // writing tells
	w.control.Flush()                                            //nolint:errcheck // as above
}

// Unwrap is for http.ResponseController.
func (w *boundWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
