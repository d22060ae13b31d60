// Package scripts runs the real binary under the real aws CLI: one .txtar a
// topic, each readable as a tutorial. CONTRIBUTING.md lists the commands.
package scripts

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

var keepGoing = flag.Bool("continue", false, "run scripts to their end although a line fails")

var (
	binary string // the program under test
	awsDir string // folder of the aws CLI
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "lambdagate-scripts-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "lambdagate")
	build := exec.Command("go", "build", "-o", binary, "../../cmd/lambdagate")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		return 1
	}
	out, err := exec.Command("../tools/awscli.sh").Output()
	if err != nil {
		fmt.Fprintln(os.Stderr, "aws CLI:", err)
		return 1
	}
	awsDir = strings.TrimSpace(string(out))
	return m.Run()
}

func TestScripts(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: ".", ContinueOnError: *keepGoing,
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", filepath.Dir(binary)+":"+awsDir+":"+os.Getenv("PATH"))
			env.Setenv("ROOT", root)
			env.Setenv("XDG_CACHE_HOME", cacheHome())
			env.Setenv("AWS_ACCESS_KEY_ID", "test")
			env.Setenv("AWS_SECRET_ACCESS_KEY", "test")
			env.Setenv("AWS_DEFAULT_REGION", "us-east-1")
			env.Setenv("AWS_PAGER", "")
			env.Setenv("AWS_MAX_ATTEMPTS", "1")
			env.Setenv("npm_config_cache", filepath.Join(cacheHome(), "npm"))
			env.Setenv("npm_config_fetch_retries", "6")
			if server := os.Getenv("LAMBDAGATE_TEST_DATABASE"); server != "" {
				database, err := newDatabase(server)
				if err != nil {
					return err
				}
				env.Setenv("DATABASE", database)
			}
			s := &servers{running: map[string]*process{}}
			env.Values["servers"] = s
			env.Defer(s.stopAll)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"start": start, "crash": crash, "shutdown": shutdown, "terminate": terminate, "capture": capture, "retry": retry, "zip": zipCmd, "mock": mock,
		},
	})
}

// cacheHome is shared by all tests, so that runtimes are fetched once.
func cacheHome() string {
	if c := os.Getenv("XDG_CACHE_HOME"); c != "" {
		return c
	}
	home, _ := os.UserHomeDir() // "" falls back to the current folder
	return filepath.Join(home, ".cache")
}

type servers struct{ running map[string]*process }

type process struct {
	cmd  *exec.Cmd
	done chan error
	log  *os.File
	told bool // to end, by terminate
}

func of(ts *testscript.TestScript) *servers { return ts.Value("servers").(*servers) }

func (s *servers) stopAll() {
	for _, p := range s.running {
		p.cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-p.done:
		case <-time.After(time.Minute):
			p.cmd.Process.Kill()
			<-p.done
		}
	}
}

// start [-flags…]: starts `lambdagate dev` on a port of its own with the data
// folder $WORK/data (or `serve` when the first argument is "serve"), waits until
// it answers, and sets AWS_ENDPOINT_URL, ENDPOINT and PORT.
func start(ts *testscript.TestScript, neg bool, args []string) {
	mode := "dev"
	if len(args) > 0 && args[0] == "serve" {
		mode, args = "serve", args[1:]
	}
	args = append([]string{mode, "--listen", "127.0.0.1:0", "--data", ts.MkAbs("data")}, args...)
	if database := ts.Getenv("DATABASE"); database != "" && mode == "dev" {
		args = append(args, "--database", database)
	}
	cmd := exec.Command(binary, args...)
	cmd.Dir = ts.MkAbs(".")
	for _, name := range []string{"PATH", "HOME", "XDG_CACHE_HOME", "WORK", "TMPDIR", "npm_config_cache", "npm_config_fetch_retries"} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	stdout, err := cmd.StdoutPipe()
	ts.Check(err)
	log, err := os.OpenFile(ts.MkAbs("server.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	ts.Check(err)
	cmd.Stderr = log
	ts.Check(cmd.Start())
	p := &process{cmd: cmd, done: make(chan error, 1), log: log}
	of(ts).running["server"] = p
	listening := make(chan string, 1)
	go func() {
		defer close(listening)
		url := ""
		for scan := bufio.NewScanner(stdout); scan.Scan(); {
			fmt.Fprintln(log, scan.Text())
			if url == "" {
				url = listenLine.FindString(scan.Text())
			}
			if url != "" && mode != "told" && (mode == "serve" || scan.Text() == "Ctrl-C stops.") { // dev says so when examples are loaded
				listening <- url
				mode = "told"
			}
		}
		p.done <- cmd.Wait()
	}()
	select {
	case url, ok := <-listening:
		if !ok && neg {
			return
		}
		if !ok {
			ts.Fatalf("the server ended:\n%s", ts.ReadFile("server.log"))
		}
		ts.Setenv("AWS_ENDPOINT_URL", url)
		ts.Setenv("ENDPOINT", url)
		ts.Setenv("PORT", url[strings.LastIndexByte(url, ':')+1:])
	case <-time.After(60 * time.Second):
		ts.Fatalf("the server does not listen after 60 s:\n%s", ts.ReadFile("server.log"))
	}
}

var listenLine = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

// crash: kill -9 of the server.
func crash(ts *testscript.TestScript, _ bool, _ []string) { end(ts, syscall.SIGKILL) }

// terminate: tells the server to end and does not wait for it; shutdown does.
func terminate(ts *testscript.TestScript, _ bool, _ []string) {
	p := of(ts).running["server"]
	if p == nil {
		ts.Fatalf("no server is running")
	}
	p.told = true
	ts.Check(p.cmd.Process.Signal(syscall.SIGTERM))
}

// shutdown: a clean stop, as by Ctrl-C; the server must end with status 0.
func shutdown(ts *testscript.TestScript, _ bool, _ []string) {
	if err := end(ts, syscall.SIGINT); err != nil {
		ts.Fatalf("the server did not stop cleanly: %v\n%s", err, ts.ReadFile("server.log"))
	}
}

func end(ts *testscript.TestScript, sig syscall.Signal) error {
	p := of(ts).running["server"]
	if p == nil {
		ts.Fatalf("no server is running")
	}
	delete(of(ts).running, "server")
	if !p.told {
		ts.Check(p.cmd.Process.Signal(sig))
	}
	select {
	case err := <-p.done:
		p.log.Close()
		return err
	case <-time.After(time.Minute):
		p.cmd.Process.Kill()
		ts.Fatalf("the server did not end within a minute of %s", sig)
		return nil
	}
}

// capture NAME…: keeps the last command's output, blanks around it cut, as
// $NAME; with several names its words, one each.
func capture(ts *testscript.TestScript, _ bool, args []string) {
	out := strings.TrimSpace(ts.ReadFile("stdout"))
	if len(args) == 1 {
		ts.Setenv(args[0], out)
		return
	}
	words := strings.Fields(out)
	if len(args) == 0 || len(words) != len(args) {
		ts.Fatalf("capture %v: there are %d words in %q", args, len(words), out)
	}
	for i, name := range args {
		ts.Setenv(name, words[i])
	}
}

// mock TEMPLATE [REQUEST-TEMPLATE]: makes an API whose method GET / answers with
// a response template, and deploys it to the stage prod. It sets API, ROOT,
// DEPLOYMENT and URL, the root's address.
func mock(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) == 0 {
		ts.Fatalf("usage: mock TEMPLATE [REQUEST-TEMPLATE]")
	}
	request := `{"statusCode": 200}`
	if len(args) > 1 {
		request = args[1]
	}
	var api struct{ ID, RootResourceID string }
	call(ts, "CreateRestApi", map[string]any{"name": "mock"}, &api)
	method := func(more map[string]any) map[string]any {
		in := map[string]any{"restApiId": api.ID, "resourceId": api.RootResourceID, "httpMethod": "GET"}
		maps.Copy(in, more)
		return in
	}
	call(ts, "PutMethod", method(map[string]any{"authorizationType": "NONE"}), nil)
	call(ts, "PutIntegration", method(map[string]any{"type": "MOCK", "requestTemplates": map[string]string{"application/json": request}}), nil)
	call(ts, "PutMethodResponse", method(map[string]any{"statusCode": "200"}), nil)
	call(ts, "PutIntegrationResponse", method(map[string]any{"statusCode": "200", "responseTemplates": map[string]string{"application/json": args[0]}}), nil)
	var deployment struct{ ID string }
	call(ts, "CreateDeployment", map[string]any{"restApiId": api.ID, "stageName": "prod"}, &deployment)
	ts.Setenv("API", api.ID)
	ts.Setenv("ROOT", api.RootResourceID)
	ts.Setenv("DEPLOYMENT", deployment.ID)
	ts.Setenv("URL", ts.Getenv("ENDPOINT")+"/restapis/"+api.ID+"/prod/_user_request_/")
}

// call performs an operation of API Gateway through the server's own CLI, which
// is quicker than the aws CLI: for what a script needs and is not about.
func call(ts *testscript.TestScript, operation string, in, out any) {
	input, err := json.Marshal(in)
	ts.Check(err)
	cmd := exec.Command(binary, "call", "--data", ts.MkAbs("data"), "apigateway", operation, "-")
	cmd.Stdin = bytes.NewReader(input)
	answer, err := cmd.Output()
	if err != nil {
		ts.Fatalf("%s: %v", operation, err)
	}
	if out != nil {
		ts.Check(json.Unmarshal(answer, out))
	}
}

// retry PATTERN program args…: runs the program until its output matches, for
// at most 60 seconds; on a database for 90, since what a killed node was at
// waits there until its lease of 30 seconds has run out.
func retry(ts *testscript.TestScript, _ bool, args []string) {
	re, err := regexp.Compile(args[0])
	ts.Check(err)
	patience := 60 * time.Second
	if ts.Getenv("DATABASE") != "" {
		patience = 90 * time.Second
	}
	deadline := time.Now().Add(patience)
	for {
		err := ts.Exec(args[1], args[2:]...)
		out := ts.ReadFile("stdout")
		if err == nil && re.MatchString(out) {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("after %s no match for %q in:\n%s\n%s", patience, args[0], out, ts.ReadFile("stderr"))
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// zip ARCHIVE files…: makes a zip file with python, which the aws CLI needs
// anyway.
func zipCmd(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(ts.Exec("python3", append([]string{"-m", "zipfile", "-c"}, args...)...))
}
