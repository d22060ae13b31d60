package http1

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"strconv"
	"strings"

	"github.com/lambdagate/lambdagate/internal/rawhead"
)

// readAnswer reads heads until that of the final answer.
func (c *clientConn) readAnswer(method string) (*Answer, error) {
	for {
		a, version, err := c.readAnswerHead()
		if err != nil {
			return nil, err
		}
		if a.Status == http.StatusSwitchingProtocols {
			return nil, fmt.Errorf("%w: the endpoint switches protocols, unasked", errMalformed)
		}
		if a.Status >= 200 {
			return a, c.frame(a, method, version)
		}
	}
}

// readAnswerHead reads one head. Lines end with \n or \r\n.
func (c *clientConn) readAnswerHead() (*Answer, string, error) {
	text, err := c.headText()
	if err != nil {
		return nil, "", err
	}
	line, rest, _ := strings.Cut(text, "\n")
	version, status, ok := strings.Cut(strings.TrimSuffix(line, "\r"), " ")
	status, _, _ = strings.Cut(strings.TrimLeft(status, " "), " ")
	n, err := strconv.Atoi(status)
	if !ok || !strings.HasPrefix(version, "HTTP/1.") || err != nil || len(status) != 3 || n < 100 {
		return nil, "", fmt.Errorf("%w: status line %.60q", errMalformed, line)
	}
	a := &Answer{Status: n, Fields: make([]rawhead.Field, 0, strings.Count(rest, "\n"))}
	for {
		line, rest, _ = strings.Cut(rest, "\n")
		line = strings.TrimSuffix(line, "\r")
		if line == "" {
			return a, version, nil
		}
		if line[0] == ' ' || line[0] == '\t' { // the value goes on, as of old
			if len(a.Fields) == 0 {
				return nil, "", fmt.Errorf("%w: field %.60q", errMalformed, line)
			}
			last := &a.Fields[len(a.Fields)-1]
			last.Value = strings.TrimSpace(last.Value + " " + strings.Trim(line, " \t"))
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		value = strings.Trim(value, " \t")
		if !ok || name == "" || !isToken(name) || !isValue(value) {
			return nil, "", fmt.Errorf("%w: field %.60q", errMalformed, line)
		}
		a.Fields = append(a.Fields, rawhead.Field{Name: name, Value: value})
	}
}

// headText reads a head with its empty line.
func (c *clientConn) headText() (string, error) {
	var text []byte
	for {
		line, err := c.r.ReadSlice('\n')
		if len(line) > 0 {
			c.answered = true
		}
		text = append(text, line...)
		if len(text) > maxHead {
			return "", fmt.Errorf("%w: its head is longer than %d bytes", errMalformed, maxHead)
		}
		if err == bufio.ErrBufferFull {
			continue
		}
		if err != nil {
			if err == io.EOF && len(text) > 0 {
				err = io.ErrUnexpectedEOF
			}
			return "", err
		}
		if bytes.HasSuffix(text, []byte("\n\n")) || bytes.HasSuffix(text, []byte("\n\r\n")) {
			return string(text), nil
		}
	}
}

// frame finds out where the body ends, and makes it readable.
func (c *clientConn) frame(a *Answer, method, version string) error {
	b := &answerBody{conn: c}
	a.Body = b
	closing := version == "HTTP/1.0"
	a.Length = -1
	for _, f := range a.Fields {
		switch {
		case is(f.Name, "content-length"):
			n, ok := length(f.Value)
			if !ok || a.Length >= 0 && a.Length != n {
				return fmt.Errorf("%w: Content-Length %.60q", errMalformed, f.Value)
			}
			a.Length = n
		case is(f.Name, "transfer-encoding"):
			if !strings.EqualFold(f.Value, "chunked") {
				return fmt.Errorf("%w: Transfer-Encoding %.60q", errMalformed, f.Value)
			}
			b.chunks = httputil.NewChunkedReader(c.r)
		case is(f.Name, "connection"):
			for option := range strings.SplitSeq(f.Value, ",") {
				option = strings.TrimSpace(option)
				closing = !is(option, "keep-alive") && (closing || is(option, "close"))
			}
		}
	}
	c.reusable = c.reusable && !closing
	switch {
	case method == http.MethodHead || !bodyAllowed(a.Status):
		a.Length, b.chunks, b.left = 0, nil, 0
	case b.chunks != nil:
		a.Length = -1
	case a.Length >= 0:
		b.left = a.Length
	default: // until the connection ends
		b.rest, c.reusable = true, false
	}
	if b.chunks == nil && b.left == 0 && !b.rest {
		b.end(true)
	}
	return nil
}

// answerBody is the body of an answer. It gives the connection back when it
// was read to its end.
type answerBody struct {
	conn   *clientConn
	left   int64     // bytes, of a known length
	chunks io.Reader // or in chunks
	rest   bool      // or all that comes
	ended  bool
	err    error
}

func (b *answerBody) Read(p []byte) (n int, err error) {
	if b.ended {
		if b.err != nil {
			return 0, b.err
		}
		return 0, io.EOF
	}
	switch {
	case b.chunks != nil:
		if n, err = b.chunks.Read(p); err == io.EOF {
			err = b.trailer()
			if err == nil {
				err = io.EOF
			}
		}
	case b.rest:
		n, err = b.conn.r.Read(p)
	default:
		n, err = b.conn.r.Read(p[:min(int64(len(p)), b.left)])
		if b.left -= int64(n); b.left == 0 {
			b.end(true)
			return n, nil
		}
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
	}
	if err != nil {
		b.end(err == io.EOF)
		if err != io.EOF {
			b.err = err
		}
	}
	return n, err
}

// trailer skips the fields behind the last chunk.
func (b *answerBody) trailer() error {
	for size := 0; size < maxHead; {
		line, err := b.conn.r.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(bytes.TrimRight(line, "\r\n")) == 0 {
			return nil
		}
		size += len(line)
	}
	return fmt.Errorf("%w: its trailer is longer than %d bytes", errMalformed, maxHead)
}

func (b *answerBody) end(whole bool) {
	if !b.ended {
		b.ended = true
		b.conn.finish(whole)
	}
}

// Close gives up what was not read, and the connection with it.
func (b *answerBody) Close() error {
	if !b.ended {
		b.err = http.ErrBodyReadAfterClose
	}
	b.end(false)
	return nil
}
