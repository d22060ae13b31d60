// Package crash kills the real binary at random moments while clients work, and
// checks after each restart that everything acknowledged is there, nothing is
// half there, every stage serves what was acknowledged last, accepted events
// run, and no process of a function is left behind.
package crash

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

var (
	rounds = flag.Int("rounds", 10, "how often the server is killed")
	seed   = flag.Uint64("seed", uint64(time.Now().UnixNano()), "of the moments at which it is killed")
	binary string
)

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "lambdagate-crash-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "lambdagate")
	if out, err := exec.Command("go", "build", "-o", binary, "../../cmd/lambdagate").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

type server struct {
	url string
	cmd *exec.Cmd
	log *bytes.Buffer
}

var address = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

func start(t *testing.T, data string) *server {
	t.Helper()
	s := &server{cmd: exec.Command(binary, "dev", "--listen", "127.0.0.1:0", "--data", data, "--retry-delays", "100ms,100ms"), log: &bytes.Buffer{}}
	s.cmd.Stderr = s.log
	out, err := s.cmd.StdoutPipe()
	if err == nil {
		err = s.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	scan := bufio.NewScanner(out)
	for scan.Scan() {
		if s.url = address.FindString(scan.Text()); s.url != "" {
			go io.Copy(io.Discard, out)
			return s
		}
	}
	s.cmd.Wait()
	t.Fatalf("the server did not start: %s", s.log)
	return nil
}

func (s *server) kill() {
	s.cmd.Process.Signal(syscall.SIGKILL)
	s.cmd.Wait()
}

// errGone is an answer that did not come: the call may have taken effect or not.
var errGone = errors.New("no answer")

// call performs one REST call; it returns errGone when the server went away.
func (s *server) call(service, method, path string, in any, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequest(method, s.url+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/"+service+"/aws4_request, SignedHeaders=host, Signature=0")
	req.Header.Set("X-Amz-Date", "20260101T000000Z")
	resp, err := client.Do(req)
	if err != nil {
		return errGone
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return errGone
	}
	if resp.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %d %s", method, path, resp.StatusCode, answer)
	}
	if out == nil || len(answer) == 0 {
		return nil
	}
	return json.Unmarshal(answer, out)
}

var client = &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: 16}}

// journal is what was acknowledged.
type journal struct {
	mu      sync.Mutex
	apis    map[string]int    // id → how many resources below the root
	stages  map[string]string // API id → body that its stage has to answer
	pending map[string]string // the same, asked for but not acknowledged
	events  []string          // accepted
	noted   sync.Map          // events that the function told of
}

func (j *journal) locked(f func()) {
	j.mu.Lock()
	defer j.mu.Unlock()
	f()
}

// work makes APIs, deploys them over and over, and sends events until the server
// goes away.
func work(s *server, j *journal, worker int) error {
	for n := 0; ; n++ {
		var api struct{ ID, RootResourceID string }
		if err := s.call("apigateway", "POST", "/restapis", map[string]any{"name": fmt.Sprintf("api-%d-%d", worker, n)}, &api); err != nil {
			return err
		}
		j.locked(func() { j.apis[api.ID] = 0 })
		if err := mock(s, api.ID, api.RootResourceID); err != nil {
			return err
		}
		for k := range 5 {
			if err := s.call("apigateway", "POST", "/restapis/"+api.ID+"/resources/"+api.RootResourceID, map[string]any{"pathPart": fmt.Sprintf("r%d", k)}, nil); err != nil {
				return err
			}
			j.locked(func() { j.apis[api.ID] = k + 1 })
			if err := deploy(s, j, api.ID, api.RootResourceID, fmt.Sprintf("%s-%d", api.ID, k)); err != nil {
				return err
			}
			event := fmt.Sprintf("event-%s-%d", api.ID, k)
			if err := s.call("lambda", "POST", "/2014-11-13/functions/Noted/invoke-async", map[string]string{"name": event}, nil); err != nil {
				return err
			}
			j.locked(func() { j.events = append(j.events, event) })
		}
	}
}

// mock puts a GET on a resource that answers without a backend.
func mock(s *server, api, resource string) error {
	at := "/restapis/" + api + "/resources/" + resource + "/methods/GET"
	for _, c := range []struct {
		path string
		in   any
	}{
		{at, map[string]any{"authorizationType": "NONE"}},
		{at + "/responses/200", map[string]any{}},
		{at + "/integration", map[string]any{"type": "MOCK", "requestTemplates": map[string]string{"application/json": `{"statusCode": 200}`}}},
	} {
		if err := s.call("apigateway", "PUT", c.path, c.in, nil); err != nil {
			return err
		}
	}
	return nil
}

// deploy changes what the root answers, and deploys it.
func deploy(s *server, j *journal, api, resource, body string) error {
	at := "/restapis/" + api + "/resources/" + resource + "/methods/GET/integration/responses/200"
	if err := s.call("apigateway", "PUT", at, map[string]any{"responseTemplates": map[string]string{"application/json": body}}, nil); err != nil {
		return err
	}
	j.locked(func() { j.pending[api] = body })
	if err := s.call("apigateway", "POST", "/restapis/"+api+"/deployments", map[string]any{"stageName": "s"}, nil); err != nil {
		return err
	}
	j.locked(func() { j.stages[api] = body })
	return nil
}

func TestCrash(t *testing.T) {
	t.Logf("seed %d; to repeat: go test ./test/crash -seed %d -rounds %d", *seed, *seed, *rounds)
	random := rand.New(rand.NewPCG(*seed, 1))
	data := t.TempDir()
	j := &journal{apis: map[string]int{}, stages: map[string]string{}, pending: map[string]string{}}
	s := start(t, data)
	listener := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { j.noted.Store(r.URL.Path[1:], true) }))
	defer listener.Close()
	setUp(t, s, listener.URL)
	for round := range *rounds {
		var wg sync.WaitGroup
		for w := range 4 {
			wg.Go(func() {
				if err := work(s, j, w); !errors.Is(err, errGone) {
					t.Errorf("round %d: %v", round, err)
				}
			})
		}
		time.Sleep(time.Duration(100+random.IntN(700)) * time.Millisecond)
		s.kill()
		wg.Wait()
		s = start(t, data)
		verify(t, s, j)
	}
	verifyEvents(t, s, j)
	s.kill()
	t.Logf("%d APIs, %d stages, %d events over %d kills", len(j.apis), len(j.stages), len(j.events), *rounds)
	verifyNothingRuns(t)
}

// setUp makes the function that tells of its events at the URL: log lines are
// only durable within a second, so they would not prove that it ran.
func setUp(t *testing.T, s *server, url string) {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f, err := z.Create("index.js")
	if err == nil {
		_, err = f.Write([]byte(`exports.handler = (e) => fetch("` + url + `/" + e.name).then(() => null);`))
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	cli(t, s, "iam", "CreateRole", map[string]any{"RoleName": "noted", "AssumeRolePolicyDocument": trust})
	err = s.call("lambda", "POST", "/2015-03-31/functions", map[string]any{
		"FunctionName": "Noted", "Runtime": "nodejs22.x", "Handler": "index.handler", "Role": "arn:aws:iam::000000000000:role/noted",
		"Code": map[string]string{"ZipFile": base64.StdEncoding.EncodeToString(b.Bytes())}, "Timeout": 30,
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
}

// cli calls an operation of a Query service, as the CLI's door takes it.
func cli(t *testing.T, s *server, service, operation string, in any) {
	t.Helper()
	input, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	data := s.cmd.Args[len(s.cmd.Args)-3]
	if out, err := exec.Command(binary, "call", "--data", data, service, operation, string(input)).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", service, operation, err, out)
	}
}

// verify checks every API and stage that was acknowledged.
func verify(t *testing.T, s *server, j *journal) {
	t.Helper()
	for id, want := range j.apis {
		var out struct {
			Item []struct {
				ID, Path, ParentID string
			}
		}
		if err := s.call("apigateway", "GET", "/restapis/"+id+"/resources?limit=500", nil, &out); err != nil {
			t.Errorf("acknowledged API %s: %v", id, err)
			continue
		}
		if got := len(out.Item) - 1; got < want || got > want+1 {
			t.Errorf("API %s has %d resources below its root, %d were acknowledged", id, got, want)
		}
	}
	for id, want := range j.stages {
		resp, err := client.Get(s.url + "/restapis/" + id + "/s/_user_request_/")
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if got := string(body); got != want && got != j.pending[id] {
			t.Errorf("stage of %s answers %q, %q was acknowledged", id, got, want)
		}
	}
}

// verifyEvents waits until every accepted event was noted.
func verifyEvents(t *testing.T, s *server, j *journal) {
	t.Helper()
	var missing []string
	for deadline := time.Now().Add(5 * time.Minute); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		missing = nil
		for _, e := range j.events {
			if _, ok := j.noted.Load(e); !ok {
				missing = append(missing, e)
			}
		}
		if len(missing) == 0 {
			return
		}
	}
	t.Errorf("%d of %d accepted events were not noted, such as %v\n%s", len(missing), len(j.events), missing[:min(3, len(missing))], s.log)
}

// verifyNothingRuns looks for processes of functions whose server was killed.
func verifyNothingRuns(t *testing.T) {
	t.Helper()
	var left []string
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		left = nil
		names, err := filepath.Glob("/proc/[0-9]*/exe")
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range names {
			if exe, err := os.Readlink(n); err == nil && strings.TrimSuffix(exe, " (deleted)") == binary {
				left = append(left, n)
			}
		}
		if len(left) == 0 {
			return
		}
	}
	t.Errorf("processes are left: %v", left)
}
