package engine

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// server is lambdagate with a Docker engine.
type server struct {
	url, data string
	cmd       *exec.Cmd
	log       lockedBuffer
	env       []string // of the aws CLI
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

var address = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

// start starts the server with a data folder, in which roles may be made.
func start(t *testing.T, data string, args ...string) *server {
	t.Helper()
	return startAs(t, 0, data, args...)
}

// startAs starts it as that user.
func startAs(t *testing.T, user uint32, data string, args ...string) *server {
	t.Helper()
	if len(args) == 0 || args[0] != "serve" {
		args = append([]string{"dev"}, args...)
	}
	s := &server{data: data, cmd: exec.Command(binary, append(args, "--listen", "127.0.0.1:0", "--data", data)...)}
	s.cmd.SysProcAttr = withUs()
	if user != 0 {
		s.cmd.SysProcAttr.Credential = &syscall.Credential{Uid: user, Gid: user}
		s.cmd.Env = []string{"HOME=" + data, "PATH=" + os.Getenv("PATH")}
	}
	s.cmd.Stderr = &s.log
	out, err := s.cmd.StdoutPipe()
	if err == nil {
		err = s.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.end(syscall.SIGTERM) })
	for scan := bufio.NewScanner(out); scan.Scan(); {
		fmt.Fprintln(&s.log, scan.Text())
		if s.url = address.FindString(scan.Text()); s.url != "" {
			go io.Copy(&s.log, out)
			s.env = []string{"AWS_ENDPOINT_URL=" + s.url, "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_DEFAULT_REGION=us-east-1", "AWS_PAGER=", "AWS_MAX_ATTEMPTS=1"}
			return s
		}
	}
	s.cmd.Wait()
	t.Fatalf("the server did not start: %s", &s.log)
	return nil
}

// newServer starts one with a role, for functions.
func newServer(t *testing.T, d *docker, args ...string) *server {
	t.Helper()
	if !slices.Contains(args, "--engine") {
		args = append(args, "--engine", d.address())
	}
	s := start(t, t.TempDir(), args...)
	s.role(t)
	return s
}

func (s *server) role(t *testing.T) {
	t.Helper()
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	in, err := json.Marshal(map[string]string{"RoleName": "r", "AssumeRolePolicyDocument": trust})
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(binary, "call", "--data", s.data, "iam", "CreateRole", string(in)).CombinedOutput(); err != nil {
		t.Fatalf("make a role: %v\n%s", err, out)
	}
}

// end signals the server and waits for its end.
func (s *server) end(sig syscall.Signal) error {
	if s.cmd.ProcessState != nil {
		return nil
	}
	s.cmd.Process.Signal(sig)
	return s.cmd.Wait()
}

// aws runs the aws CLI.
func (s *server) aws(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command(awsDir+"/aws", args...)
	cmd.Env = append(append(os.Environ(), s.env...), "AWS_SESSION_TOKEN=")
	var told bytes.Buffer
	cmd.Stderr = &told
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("aws %s: %v\n%s\n%s", strings.Join(args, " "), err, &told, &s.log)
	}
	return string(out)
}

// call performs an operation of Lambda; an error's text is in the answer.
func (s *server) call(t *testing.T, method, path string, in any, header ...string) (*http.Response, string) {
	t.Helper()
	var body bytes.Buffer
	e := json.NewEncoder(&body)
	e.SetEscapeHTML(false) // commands of a shell have such characters
	if err := e.Encode(in); err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequest(method, s.url+"/2015-03-31/functions"+path, &body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0")
	req.Header.Set("X-Amz-Date", "20260101T000000Z")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := (&http.Client{Timeout: 2 * time.Minute}).Do(req)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", method, path, err, &s.log)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(text)
}

// create makes a function of an image; more are further members.
func (s *server) create(t *testing.T, name, image string, more map[string]any) {
	t.Helper()
	in := map[string]any{"FunctionName": name, "PackageType": "Image", "Role": "arn:aws:iam::000000000000:role/r", "Code": map[string]string{"ImageUri": image}, "Timeout": 60}
	for k, v := range more {
		in[k] = v
	}
	if res, text := s.call(t, "POST", "", in); res.StatusCode != 201 {
		t.Fatalf("create %s: %d %s", name, res.StatusCode, text)
	}
}

// invoke returns what a function answers and the end of its log.
func (s *server) invoke(t *testing.T, name string, event any, query ...string) (payload, log string) {
	t.Helper()
	q := url.Values{}
	for i := 0; i < len(query); i += 2 {
		q.Set(query[i], query[i+1])
	}
	res, text := s.call(t, "POST", "/"+name+"/invocations?"+q.Encode(), event, "X-Amz-Log-Type", "Tail")
	tail, err := base64.StdEncoding.DecodeString(res.Header.Get("X-Amz-Log-Result"))
	if err != nil {
		t.Fatal(err)
	}
	return text, string(tail)
}

// match fails unless all patterns are found in what was got.
func match(t *testing.T, what, got string, patterns ...string) {
	t.Helper()
	for _, p := range patterns {
		if !regexp.MustCompile(p).MatchString(got) {
			t.Errorf("%s: no %q in\n%s", what, p, got)
		}
	}
}

// logs waits until the server's log has what matches.
func (s *server) logs(t *testing.T, pattern string) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !regexp.MustCompile(pattern).MatchString(s.log.String()); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			match(t, "server's log", s.log.String(), pattern)
			return
		}
	}
}

func decode(t *testing.T, text string) string {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
