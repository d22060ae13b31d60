//go:build unix

// Package postgres runs the real binary on PostgreSQL: the scripts of test/scripts,
// several nodes on one database, and a database that goes away.
package postgres

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/sigv4"
)

var (
	scripts = flag.String("scripts", "^(apigateway|calc)_", "which of the scripts to run on PostgreSQL")
	binary  string
)

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "lambdagate-postgres-")
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

// TestScripts runs the scripts of API Gateway and of the tutorial, kill -9
// included, each on a database of its own.
func TestScripts(t *testing.T) {
	d := newDatabase(t)
	test := exec.Command("go", "test", "-count=1", "-timeout", "30m", "-run", "^TestScripts$/"+*scripts, "../scripts")
	test.Env = append(os.Environ(), "LAMBDAGATE_TEST_DATABASE="+d.url())
	if out, err := test.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// node is a running lambdagate.
type node struct {
	t    *testing.T
	url  string
	args []string
	key  sigv4.Key // of the calls
	root chan sigv4.Key
	cmd  *exec.Cmd
	log  *bytes.Buffer
	done chan error
}

// newNode starts lambdagate dev on the database, with a data folder that holds
// nothing but the seal key, which all nodes share.
func newNode(t *testing.T, d *database) *node {
	t.Helper()
	data := t.TempDir()
	if err := os.WriteFile(filepath.Join(data, "seal.key"), []byte(strings.Repeat("5a", 32)), 0o600); err != nil {
		t.Fatal(err)
	}
	return startNode(t, "dev", "--listen", "127.0.0.1:0", "--data", data, "--database", d.url(), "--prestart", "0")
}

func startNode(t *testing.T, args ...string) *node {
	t.Helper()
	n := &node{t: t, args: args, key: sigv4.Key{AccessKeyID: "test", SecretAccessKey: "test"}}
	n.start()
	t.Cleanup(func() { n.end(syscall.SIGTERM) })
	return n
}

var address = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

func (n *node) start() {
	n.t.Helper()
	n.cmd, n.log, n.done = exec.Command(binary, n.args...), &bytes.Buffer{}, make(chan error, 1)
	n.root = make(chan sigv4.Key, 1)
	n.cmd.Stderr = n.log
	out, err := n.cmd.StdoutPipe()
	if err == nil {
		err = n.cmd.Start()
	}
	if err != nil {
		n.t.Fatal(err)
	}
	found := make(chan string, 1)
	go func() {
		var key sigv4.Key
		for scan := bufio.NewScanner(out); scan.Scan(); {
			if _, id, ok := strings.Cut(scan.Text(), "AWS_ACCESS_KEY_ID="); ok {
				key.AccessKeyID = id
			}
			if _, secret, ok := strings.Cut(scan.Text(), "AWS_SECRET_ACCESS_KEY="); ok {
				key.SecretAccessKey = secret
				n.root <- key
			}
			if url := address.FindString(scan.Text()); url != "" {
				select {
				case found <- url:
				default:
				}
			}
		}
		n.done <- n.cmd.Wait()
	}()
	select {
	case n.url = <-found:
	case err := <-n.done:
		n.t.Fatalf("the node ended: %v\n%s", err, n.log)
	case <-time.After(60 * time.Second):
		n.t.Fatal("the node does not listen after 60 s")
	}
}

// end stops the node; it does nothing if the node has ended.
func (n *node) end(sig syscall.Signal) {
	if n.cmd == nil {
		return
	}
	n.cmd.Process.Signal(sig) //nolint:errcheck // it may be gone
	select {
	case <-n.done:
	case <-time.After(time.Minute):
		n.cmd.Process.Kill() //nolint:errcheck // it may be gone
		<-n.done
		n.t.Errorf("the node did not end within a minute of %s", sig)
	}
	n.cmd = nil
}

// wireError is an answer other than the one wanted.
type wireError struct {
	status int
	kind   string
	body   string
}

func (e *wireError) Error() string { return fmt.Sprintf("%d %s %s", e.status, e.kind, e.body) }

var client = &http.Client{Timeout: time.Minute}

// call performs an operation of API Gateway.
func (n *node) call(method, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequest(method, n.url+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	sigv4.SignHTTP(req, sigv4.HashBody(body), n.key, sigv4.Scope{Region: "us-east-1", Service: "apigateway"}, time.Now())
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode >= 300 {
		return &wireError{resp.StatusCode, resp.Header.Get("X-Amzn-ErrorType"), string(answer)}
	}
	if out == nil || len(answer) == 0 {
		return nil
	}
	return json.Unmarshal(answer, out)
}

func (n *node) must(method, path string, in, out any) {
	n.t.Helper()
	if err := n.call(method, path, in, out); err != nil {
		n.t.Fatalf("%s %s: %v\n%s", method, path, err, n.log)
	}
}

// api makes an API whose stage prod answers with text, and returns its path.
func (n *node) api(text string) string {
	n.t.Helper()
	var api struct{ ID, RootResourceID string }
	n.must("POST", "/restapis", map[string]string{"name": "n"}, &api)
	at := "/restapis/" + api.ID
	get := at + "/resources/" + api.RootResourceID + "/methods/GET"
	n.must("PUT", get, map[string]string{"authorizationType": "NONE"}, nil)
	n.must("PUT", get+"/integration", map[string]any{"type": "MOCK", "requestTemplates": map[string]string{"application/json": `{"statusCode": 200}`}}, nil)
	n.must("PUT", get+"/responses/200", map[string]any{}, nil)
	n.must("PUT", get+"/integration/responses/200", map[string]any{"responseTemplates": map[string]string{"application/json": text + "$stageVariables.more"}}, nil)
	n.must("POST", at+"/deployments", map[string]string{"stageName": "prod"}, nil)
	return at
}

// setMore changes the stage so that it answers with more behind its text.
func (n *node) setMore(api, more string) error {
	op := []map[string]string{{"op": "replace", "path": "/variables/more", "value": more}}
	return n.call("PATCH", api+"/stages/prod", map[string]any{"patchOperations": op}, nil)
}

// serves tells whether the stage prod answers with want.
func (n *node) serves(api, want string) error {
	resp, err := client.Get(n.url + api + "/prod/_user_request_/")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && (resp.StatusCode != http.StatusOK || string(body) != want) {
		err = fmt.Errorf("%s answers %d %q, want %q", n.url, resp.StatusCode, body, want)
	}
	return err
}

// soon is how long a node usually takes, at most, to serve what another one has
// acknowledged; always is what a machine that is busy with other things may add.
const (
	soon   = time.Second
	always = time.Minute
)

// TestTwoNodes: what one node acknowledges, the other shows and serves, most of
// it within a second; edits on both at once all land.
func TestTwoNodes(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	one, two := newNode(t, d), newNode(t, d)
	api := one.api("hello")
	eventually(t, always, func() error { return two.serves(api, "hello") })

	var took []time.Duration
	for i := range 20 {
		from, to := one, two
		if i%2 == 1 {
			from, to = two, one
		}
		more := fmt.Sprint(i)
		if err := from.setMore(api, more); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		eventually(t, always, func() error { return to.serves(api, "hello"+more) })
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	t.Logf("the other node serves an edit after %s, at most %s", took[len(took)/2], took[len(took)-1])
	if usual := took[len(took)/2]; usual > soon {
		t.Errorf("the other node serves an edit after %s", usual)
	}

	// Edits of one API on both at the same time: each lands once.
	var root struct{ RootResourceID string }
	one.must("GET", api, nil, &root)
	var writers sync.WaitGroup
	for w, n := range []*node{one, two} {
		writers.Go(func() {
			for i := range 20 {
				part := map[string]string{"pathPart": fmt.Sprintf("p%d-%d", w, i)}
				if err := n.call("POST", api+"/resources/"+root.RootResourceID, part, nil); err != nil {
					t.Errorf("node %d: %v", w, err)
				}
			}
		})
	}
	writers.Wait()
	for _, n := range []*node{one, two} {
		eventually(t, always, func() error {
			var list struct{ Item []struct{ Path string } }
			err := n.call("GET", api+"/resources?limit=500", nil, &list)
			if err == nil && len(list.Item) != 41 {
				err = fmt.Errorf("%s shows %d resources, want 41", n.url, len(list.Item))
			}
			return err
		})
	}

	// A node that is killed leaves nothing behind that the other would wait for,
	// and finds all when it is back.
	one.end(syscall.SIGKILL)
	if err := two.setMore(api, "alone"); err != nil {
		t.Fatal(err)
	}
	if err := two.serves(api, "helloalone"); err != nil {
		t.Fatal(err)
	}
	one.start()
	eventually(t, always, func() error { return one.serves(api, "helloalone") })

	// What is deleted on one is gone on the other.
	one.must("DELETE", api, nil, nil)
	eventually(t, always, func() error {
		if err := two.serves(api, ""); err == nil || !strings.Contains(err.Error(), " 403 ") {
			return fmt.Errorf("a deleted API is still served: %v", err)
		}
		return nil
	})
}

// TestDatabaseAway: without its database a node serves what is deployed and
// refuses edits with a 5xx, soon; nothing acknowledged is lost, and all works
// again when the database is back.
func TestDatabaseAway(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	n := newNode(t, d)
	api := n.api("hello")
	if err := n.setMore(api, "before"); err != nil {
		t.Fatal(err)
	}
	d.stop(syscall.SIGINT)
	for range 3 {
		began := time.Now()
		err := n.setMore(api, "meanwhile")
		var answer *wireError
		if !errors.As(err, &answer) || answer.status < 500 {
			t.Fatalf("an edit without a database: %v", err)
		}
		if took := time.Since(began); took > 25*time.Second {
			t.Errorf("an edit without a database is refused after %s", took)
		}
		if strings.Contains(answer.body, "postgres") || strings.Contains(answer.body, d.dir) {
			t.Errorf("the refusal tells about the database: %s", answer.body)
		}
		if err := n.serves(api, "hellobefore"); err != nil {
			t.Error(err)
		}
	}
	d.start(t)
	eventually(t, always, func() error { return n.setMore(api, "after") })
	if err := n.serves(api, "helloafter"); err != nil {
		t.Error(err)
	}
	other := newNode(t, d)
	eventually(t, always, func() error { return other.serves(api, "helloafter") })
	if err := other.setMore(api, "again"); err != nil {
		t.Fatal(err)
	}
	eventually(t, always, func() error { return n.serves(api, "helloagain") })
}

// TestServe: nodes in serve mode with one database and one seal key share keys
// and what they allow. The root key is made, and shown, once.
func TestServe(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	seal := write("seal.key", strings.Repeat("5a", 32))
	config := write("lambdagate.toml", fmt.Sprintf("database = %q\nseal_key_file = %q\n", d.url(), seal))
	serve := func() *node {
		return startNode(t, "serve", "--config", config, "--listen", "127.0.0.1:0", "--data", t.TempDir())
	}
	one := serve()
	var refused *wireError
	if err := one.call("GET", "/restapis", nil, nil); !errors.As(err, &refused) || refused.status != http.StatusForbidden {
		t.Fatalf("a key that nobody made: %v", err)
	}
	one.key = <-one.root
	api := one.api("hello")
	two := serve()
	two.key = one.key
	two.must("GET", api, nil, nil)
	eventually(t, always, func() error { return two.serves(api, "hello") })
	select {
	case key := <-two.root:
		t.Errorf("the second node makes another root key: %s", key.AccessKeyID)
	default:
	}
	two.key.SecretAccessKey += "x"
	if err := two.call("GET", api, nil, nil); !errors.As(err, &refused) || refused.status != http.StatusForbidden {
		t.Fatalf("the wrong secret: %v", err)
	}
}
