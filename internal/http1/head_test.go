package http1

import (
	"bufio"
	"net/http"
	"strings"
	"testing"
)

// FuzzParseHead: what is taken here net/http takes too, and reads the same way;
// so nothing is served that others on the way to us understand differently.
func FuzzParseHead(f *testing.F) {
	for _, s := range []string{
		"GET / HTTP/1.1\r\nHost: h\r\n\r\n",
		"POST /a?b HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nConnection: close\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: +3\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: h\r\n X: 1\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: h\r\nA: b\nTransfer-Encoding: chunked\r\n\r\n",
		"GET http://h/ HTTP/1.1\r\nHost: h\r\n\r\n", "GET // HTTP/1.1\r\nHost: h\r\n\r\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		end := headEnd([]byte(text), 0)
		if end == 0 {
			return
		}
		text = text[:end]
		p, ok := parseHead(text, nil)
		if !ok {
			return
		}
		if strings.ContainsRune(p.target, '%') {
			return // net/http may refuse it
		}
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(text)))
		if err != nil {
			t.Fatalf("%q: net/http refuses it: %v", text, err)
		}
		if r.Method != p.method || r.RequestURI != p.target || r.Host != p.host || r.ContentLength != p.length || r.Close != p.close || len(r.TransferEncoding) > 0 {
			t.Fatalf("%q: %+v, net/http reads %+v", text, p, r)
		}
		fields := 0
		for _, values := range r.Header {
			fields += len(values)
		}
		hosts := 1
		if c := r.Header["Connection"]; r.Close && len(c) == 0 {
			hosts++ // net/http takes it out
		}
		if fields+hosts < len(p.fields) {
			t.Fatalf("%q: %d fields, net/http sees %d", text, len(p.fields), fields+1)
		}
	})
}
