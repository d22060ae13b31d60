package server

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/lambdagate/lambdagate/internal/sandbox"
)

func TestMain(m *testing.M) {
	sandbox.Init() // never returns in a process that is to become a sandbox
	os.Exit(m.Run())
}

// BenchmarkCalc is GET /calc of the example through everything: the port, the
// gateway, the function in its environment.
func BenchmarkCalc(b *testing.B) {
	c := DefaultConfig()
	c.Listen, c.Data, c.LogLevel = "127.0.0.1:0", b.TempDir(), "error"
	s, err := New(b.Context(), c)
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(b.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	defer func() {
		stop()
		<-done
	}()
	try, err := s.LoadExample(ctx, "calc", func(string) {})
	if err != nil {
		b.Fatal(err)
	}
	_, path, _ := strings.Cut(strings.Trim(strings.Fields(try[0])[1], "'"), "://")
	path = path[strings.IndexByte(path, '/'):]
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL(), "http://"))
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	r := bufio.NewReader(conn)
	get := func() {
		if _, err := io.WriteString(conn, "GET "+path+" HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
			b.Fatal(err)
		}
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			b.Fatal(err)
		}
		if body, err := io.ReadAll(resp.Body); err != nil || string(body) != `{"a":2,"b":3,"op":"add","c":5}` {
			b.Fatalf("%s, %v", body, err)
		}
	}
	for range 500 {
		get()
	}
	for b.Loop() {
		get()
	}
}
