// Package wire drives the real binary with unmodified AWS clients: aws-sdk-go-v2
// here, the JavaScript SDK in js_test.go. It is a module of its own, so that
// lambdagate never depends on an SDK.
package wire

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

var binary string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "lambdagate-wire-")
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
	return m.Run()
}

// server is a running lambdagate.
type server struct {
	url  string
	cmd  *exec.Cmd
	done chan error
	log  *bytes.Buffer
	key  key // the root's
}

// key is an access key.
type key struct{ id, secret, token string }

var (
	listening  = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)
	printedKey = regexp.MustCompile(`AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY)=(\S+)`)
)

// start runs lambdagate dev with a data folder of its own until the test ends.
func start(t testing.TB, args ...string) *server {
	t.Helper()
	return launch(t, append([]string{"dev", "--listen", "127.0.0.1:0", "--data", t.TempDir(), "--retry-delays", "100ms,100ms"}, args...)...)
}

// startServe runs lambdagate serve with a data folder of its own until the test
// ends. The server's key is the root's.
func startServe(t testing.TB) *server {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "lambdagate.toml")
	if err := os.WriteFile(file, []byte("log_level = \"warn\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return launch(t, "serve", "--listen", "127.0.0.1:0", "--data", filepath.Join(dir, "data"), "--config", file)
}

func launch(t testing.TB, args ...string) *server {
	t.Helper()
	s := &server{cmd: exec.Command(binary, args...), done: make(chan error, 1), log: &bytes.Buffer{}, key: key{id: "test", secret: "test"}}
	s.cmd.Stderr = s.log
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stop)
	found := make(chan string, 1)
	go func() {
		for scan := bufio.NewScanner(out); scan.Scan(); {
			if m := printedKey.FindStringSubmatch(scan.Text()); m != nil { // before the address
				*map[string]*string{"ACCESS_KEY_ID": &s.key.id, "SECRET_ACCESS_KEY": &s.key.secret}[m[1]] = m[2]
			}
			if url := listening.FindString(scan.Text()); url != "" {
				select {
				case found <- url:
				default:
				}
			}
		}
		s.done <- s.cmd.Wait()
	}()
	select {
	case s.url = <-found:
	case err := <-s.done:
		t.Fatalf("the server ended: %v\n%s", err, s.log)
	case <-time.After(time.Minute):
		t.Fatalf("the server does not listen after a minute\n%s", s.log)
	}
	return s
}

func (s *server) stop() {
	s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.done:
	case <-time.After(time.Minute):
		s.cmd.Process.Kill()
		<-s.done
	}
}

// config is how a user points the SDK at a server.
func (s *server) config() aws.Config { return s.configWith(s.key) }

func (s *server) configWith(k key) aws.Config {
	return aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(s.url),
		Credentials:      credentials.NewStaticCredentialsProvider(k.id, k.secret, k.token),
		RetryMaxAttempts: 1,
	}
}

func deadline(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute) // runtimes may have to be fetched
	t.Cleanup(cancel)
	return ctx
}
