//go:build !unix

package attentive

import (
	"net"
	"time"
)

// Reader reads from a connection; here it never stays awake.
type Reader struct{ conn net.Conn }

// Open sets the connection to read from.
func (r *Reader) Open(conn net.Conn) { r.conn = conn }

// Attend does nothing here.
func (r *Reader) Attend(awake, thread time.Duration) {}

func (r *Reader) Read(p []byte) (int, error) { return r.conn.Read(p) }
