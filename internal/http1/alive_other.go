//go:build !unix

package http1

// alive cannot tell here; sending will.
func (c *clientConn) alive() bool { return true }
