//go:build !unix

package attentive

import (
	"io"
	"syscall"
	"time"
)

// Reader reads from a connection; here it never stays awake.
type Reader struct{ conn io.Reader }

// Open sets the connection to read from.
func (r *Reader) Open(conn io.Reader) { r.conn = conn }

// Attend does nothing here.
func (r *Reader) Attend(awake, thread time.Duration) {}

// Raw is nil here.
func (r *Reader) Raw() syscall.RawConn { return nil }

// Pending is not known here.
func (r *Reader) Pending() bool { return false }

func (r *Reader) Read(p []byte) (int, error) { return r.conn.Read(p) }
