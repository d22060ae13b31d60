// Package acme lets the real binary fetch its certificates from a real ACME
// authority. It is a module of its own, so that lambdagate does not depend on
// the authority.
package acme

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

var binary string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "lambdagate-acme-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "lambdagate")
	build := exec.Command("go", "build", "-o", binary, "./cmd/lambdagate")
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
		return 1
	}
	os.Setenv("PEBBLE_VA_NOSLEEP", "1") // validate at once
	return m.Run()
}

const (
	name   = "gate.test"
	longer = 60 * time.Second // for what takes a moment on a loaded machine
)

// server is a running lambdagate that fetches its certificates.
type server struct {
	port int
	log  *lines
	stop func()
}

// serve starts lambdagate on a port, with a port for plain HTTP unless it is 0.
func serve(t *testing.T, a *authority, data string, port, plain int) *server {
	t.Helper()
	config := fmt.Sprintf("[acme]\ndomains = [%q]\nemail = \"ops@gate.test\"\ndirectory = %q\nca = %q\n", name, a.directory, a.https)
	if plain != 0 {
		config += fmt.Sprintf("[tls]\nredirect_from = %q\n", address(plain))
	}
	file := filepath.Join(t.TempDir(), "lambdagate.toml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &server{port: port, log: &lines{}}
	cmd := exec.Command(binary, "serve", "--config", file, "--listen", address(port), "--data", data)
	cmd.Stderr = s.log
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ready, done := make(chan bool, 1), make(chan error, 1)
	go func() {
		for scan := bufio.NewScanner(out); scan.Scan(); {
			fmt.Fprintln(s.log, scan.Text())
			if strings.Contains(scan.Text(), fmt.Sprintf(" is at https://%s:%d", name, port)) {
				ready <- true
			}
		}
		close(ready)
		done <- cmd.Wait()
	}()
	s.stop = sync.OnceFunc(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		if err := <-done; err != nil {
			t.Errorf("the server did not end cleanly: %v\n%s", err, s.log)
		}
	})
	t.Cleanup(s.stop)
	select {
	case ok := <-ready:
		if !ok {
			t.Fatalf("the server ended:\n%s", s.log)
		}
	case <-time.After(longer):
		t.Fatalf("the server does not listen:\n%s", s.log)
	}
	return s
}

// certificate asks for the server's health under a name and returns the
// certificate that it showed.
func (s *server) certificate(ctx context.Context, roots *x509.CertPool, host, protocol string) (*x509.Certificate, error) {
	tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: host}, ForceAttemptHTTP2: protocol == "HTTP/2.0"}
	defer tr.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(ctx, longer)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "GET", "https://"+address(s.port)+"/_lambdagate/health", nil)
	if err != nil {
		return nil, err
	}
	resp, err := tr.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != 200 || resp.Proto != protocol {
		return nil, fmt.Errorf("%s %s: %s", resp.Proto, resp.Status, b)
	}
	return resp.TLS.PeerCertificates[0], nil
}

// TestChallenges: the authority finds the answer to its challenge on the port
// itself, and where it cannot reach that, on the one for plain HTTP. Who has to
// is sure, since the other of its two ports is dead.
func TestChallenges(t *testing.T) {
	for challenge, reached := range map[string]struct{ plain, own bool }{"tls-alpn-01": {own: true}, "http-01": {plain: true}} {
		t.Run(challenge, func(t *testing.T) {
			t.Parallel()
			ports := freePorts(t, 4)
			port, plain, toHTTP, toTLS := ports[0], ports[1], ports[2], ports[3]
			if reached.own {
				toTLS = port
			}
			if reached.plain {
				toHTTP = plain
			} else {
				plain = 0
			}
			a := newAuthority(t, toHTTP, toTLS, 90*24*3600)
			data := filepath.Join(t.TempDir(), "data")
			s := serve(t, a, data, port, plain)
			first, err := s.certificate(t.Context(), a.roots, name, "HTTP/1.1")
			if err != nil {
				t.Fatalf("%v\n%s\n%s", err, s.log, a.log)
			}
			again, err := s.certificate(t.Context(), a.roots, name, "HTTP/2.0")
			if err != nil || !again.Equal(first) {
				t.Errorf("a second client: %v, another certificate: %v", err, !again.Equal(first))
			}
			if _, err := s.certificate(t.Context(), a.roots, "other.test", "HTTP/1.1"); err == nil {
				t.Error("there is a certificate for a name that was not set")
			}
			s.stop()
			// It is kept, with its key sealed: nobody has to be asked after a restart.
			a.stop()
			if file := fileWith(t, data, "PRIVATE KEY"); file != "" {
				t.Errorf("a key is in the clear in %s", file)
			}
			s = serve(t, a, data, port, plain)
			if kept, err := s.certificate(t.Context(), a.roots, name, "HTTP/1.1"); err != nil || !kept.Equal(first) {
				t.Errorf("after a restart: %v, %v", kept, err)
			}
		})
	}
}

// TestNoCertificate: what the authority cannot validate it does not sign, and the
// server lives on.
func TestNoCertificate(t *testing.T) {
	t.Parallel()
	ports := freePorts(t, 3)
	a := newAuthority(t, ports[1], ports[2], 90*24*3600) // reaches nobody
	s := serve(t, a, filepath.Join(t.TempDir(), "data"), ports[0], 0)
	for range 2 {
		if c, err := s.certificate(t.Context(), a.roots, name, "HTTP/1.1"); err == nil {
			t.Fatalf("there is a certificate: %v", c.Subject)
		}
	}
	if !strings.Contains(a.log.String(), "set INVALID") {
		t.Errorf("the authority did not try:\n%s", a.log)
	}
}

// TestRenewal: a certificate is replaced when two thirds of its time are over,
// without a restart.
func TestRenewal(t *testing.T) {
	t.Parallel()
	ports := freePorts(t, 2)
	a := newAuthority(t, ports[1], ports[0], 15)
	s := serve(t, a, filepath.Join(t.TempDir(), "data"), ports[0], 0)
	first, err := s.certificate(t.Context(), a.roots, name, "HTTP/1.1")
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, s.log, a.log)
	}
	for deadline := time.Now().Add(longer); ; time.Sleep(50 * time.Millisecond) {
		next, err := s.certificate(t.Context(), a.roots, name, "HTTP/1.1")
		if err == nil && !next.Equal(first) {
			if !next.NotAfter.After(first.NotAfter) {
				t.Errorf("the new one ends at %s, the old one at %s", next.NotAfter, first.NotAfter)
			}
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("no new certificate: %v\n%s\n%s", err, s.log, a.log)
		}
	}
}

// fileWith is a file below dir that holds text, or "".
func fileWith(t *testing.T, dir, text string) (found string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if strings.Contains(string(b), text) {
			found = path
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
