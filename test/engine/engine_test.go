// Package engine runs functions that are container images, by the real binary
// and a real Docker engine, which it starts in a temporary folder.
package engine

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

var (
	binary    string // the program under test
	program   string // a function with AWS's Go library
	extension string // a program that does what its file's name says
	awsDir    string // folder of the aws CLI
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "lambdagate-engine-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if unable() == "" {
		if err := prepare(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	defer func() {
		if theDocker.d != nil {
			theDocker.d.stop()
		}
	}()
	return m.Run()
}

func prepare(dir string) error {
	binary, program, extension = filepath.Join(dir, "lambdagate"), filepath.Join(dir, "golambda"), filepath.Join(dir, "extension")
	for _, build := range []struct{ folder, out string }{
		{"../../cmd/lambdagate", binary}, {"../../internal/sandbox/testdata/golambda", program}, {"../../internal/sandbox/testdata/goextension", extension},
	} {
		cmd := exec.Command("go", "build", "-o", build.out, ".")
		cmd.Dir = build.folder
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-mod=readonly -buildvcs=false")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("build %s: %w\n%s", build.folder, err, out)
		}
	}
	out, err := exec.Command("../tools/awscli.sh").Output()
	if err != nil {
		return fmt.Errorf("aws CLI: %w", err)
	}
	awsDir = strings.TrimSpace(string(out))
	return nil
}

// goImage is the function with AWS's Go library, FROM scratch.
func goImage(t *testing.T, d *docker) {
	t.Helper()
	text, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	d.image(t, "golambda:1", files{"/golambda": string(text)}, `ENTRYPOINT ["/golambda"]`)
}

// TestImage is what a user does with an image, by the aws CLI: the program with
// AWS's own library, unmodified, in an image of nothing else.
func TestImage(t *testing.T) {
	d := newDocker(t)
	goImage(t, d)
	s := newServer(t, d)
	s.aws(t, "lambda", "create-function", "--function-name", "hello", "--package-type", "Image", "--code", "ImageUri=golambda:1",
		"--role", "arn:aws:iam::000000000000:role/r", "--environment", "Variables={MINE=mine}", "--memory-size", "256", "--timeout", "60")
	s.aws(t, "lambda", "wait", "function-active-v2", "--function-name", "hello")
	out := filepath.Join(t.TempDir(), "out")
	answer := func() string {
		text, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	tail := s.aws(t, "lambda", "invoke", "--function-name", "hello", "--payload", `{"Case":"log"}`, "--log-type", "Tail",
		"--client-context", "eyJjdXN0b20iOnsiYSI6ImIifX0=", "--query", "LogResult", "--output", "text", out)
	match(t, "answer", answer(), `"arn":"arn:aws:lambda:us-east-1:000000000000:function:hello"`, `"case":"log"`, `"custom":\{"a":"b"\}`, `"deadline":true`,
		`"env":"mine"`, `"key":"ASIA`, `"memory":256`, `"name":"hello"`)
	match(t, "log", decode(t, tail), `(?s)^START RequestId: [-0-9a-f]{36} Version: \$LATEST\n.*to standard output\n.*END RequestId: .*\nREPORT RequestId: .*Memory Size: 256 MB\tMax Memory Used: [1-9]\d* MB\tInit Duration: .* ms`, `to standard error\n`)
	for _, test := range []struct{ event, want string }{
		{`{"Case":"error"}`, `^\{"errorMessage":"it failed","errorType":"errorString"\}$`},
		{`{"Case":"panic"}`, `"errorMessage":"it panicked"`},
		{`{"Case":"exit"}`, `^\{"errorType":"Runtime.ExitError","errorMessage":"RequestId: [-0-9a-f]{36} Error: Runtime exited with error: exit status 9"\}$`},
		{`{"Case":"large"}`, `^\{"errorType":"Function.ResponseSizeTooLarge"`},
		{`{"Case":"again"}`, `"case":"again"`},
	} {
		s.aws(t, "lambda", "invoke", "--function-name", "hello", "--payload", test.event, out)
		match(t, test.event, answer(), test.want)
	}
	if n := len(d.containers(t, "hello")); n != 1 {
		t.Errorf("%d containers, want 1", n)
	}
	s.aws(t, "lambda", "delete-function", "--function-name", "hello")
	d.gone(t, "hello")
}

// TestShell: what an environment is from inside, by commands that a function in
// a shell runs; ImageConfig replaces what the image says.
func TestShell(t *testing.T) {
	d := newDocker(t)
	d.shell(t, "shell:1", nil)
	s := newServer(t, d)
	s.create(t, "shell", "shell:1", map[string]any{"MemorySize": 128, "EphemeralStorage": map[string]int{"Size": 600}, "Environment": map[string]any{"Variables": map[string]string{"MINE": "my own"}}})
	for _, test := range []struct{ command, want string }{
		{"echo $MINE, $VERSION, $AWS_LAMBDA_FUNCTION_NAME $AWS_LAMBDA_FUNCTION_MEMORY_SIZE $AWS_REGION", `^"app.handler my own, shell-1, shell 128 us-east-1\|"$`},
		{"df -m /tmp | tail -1", `^"app.handler tmpfs +600 `},
		{"echo x >/work/x", `Read-only file system`},
		{"echo x >/tmp/x && cat /tmp/x", `^"app.handler x\|"$`},
		{"grep -E '^Cap(Eff|Bnd)|^NoNewPrivs' /proc/self/status", `CapEff:.0000000000000000\|CapBnd:.0000000000000000\|NoNewPrivs:.1\|`},
		{"pwd", `^"app.handler /\|"$`},
	} {
		answer, log := s.invoke(t, "shell", test.command)
		match(t, test.command, answer, test.want)
		match(t, "log", log, `^START RequestId: .*\nEND RequestId: .*\nREPORT RequestId: `)
	}
	s.create(t, "other", "shell:1", map[string]any{"ImageConfig": map[string]any{"EntryPoint": []string{"/var/task/other"}, "Command": []string{"mine.handler"}, "WorkingDirectory": "/work"}})
	answer, _ := s.invoke(t, "other", "pwd; echo $0")
	match(t, "ImageConfig", answer, `^"mine.handler /work\|/var/task/other\|"$`)
	s.create(t, "none", "shell:1", map[string]any{"ImageConfig": map[string]any{"EntryPoint": []string{"/nothing"}}})
	answer, log := s.invoke(t, "none", "pwd")
	match(t, "no program", answer, `^\{"errorType":"Runtime.InvalidEntrypoint","errorMessage":"RequestId: [-0-9a-f]{36} Error: exec: \\"/nothing\\": stat /nothing: no such file or directory"\}$`)
	match(t, "no program", log, `Runtime.InvalidEntrypoint`)
	d.gone(t, "none")
}

// TestLog: what a function writes before it answers is in the log of that event,
// although it comes by way of the engine.
func TestLog(t *testing.T) {
	d := newDocker(t)
	d.shell(t, "shell:1", nil)
	s := newServer(t, d)
	s.create(t, "logs", "shell:1", nil)
	for n := range 50 {
		_, log := s.invoke(t, "logs", fmt.Sprintf("echo line %d >&3", n))
		match(t, "log", log, fmt.Sprintf(`^START RequestId: .*\nline %d\nEND RequestId: .*\nREPORT RequestId: `, n))
	}
	for range 5 {
		_, log := s.invoke(t, "logs", "for n in 1 2 3 4 5 6 7 8 9 10; do ls -la /bin /bin /bin /bin; done >&3; echo last >&3")
		match(t, "a long log", log, `busybox\nlast\nEND RequestId: `)
	}
}

// TestEnds: how functions end, each in AWS's words, and that another environment
// takes the next event.
func TestEnds(t *testing.T) {
	d := newDocker(t)
	d.shell(t, "shell:1", nil)
	s := newServer(t, d)
	s.create(t, "ends", "shell:1", map[string]any{"Timeout": 2, "MemorySize": 128})
	const exited = `^\{"errorType":"Runtime.ExitError","errorMessage":"RequestId: [-0-9a-f]{36} Error: Runtime exited `
	last := ""
	for _, test := range []struct{ command, want, log string }{
		{"fail", `^\{"errorMessage":"it failed","errorType":"Mine.Failed"\}$`, `REPORT`},
		{"exit 3", exited + `with error: exit status 3"\}$`, `Error: Runtime exited with error: exit status 3\nRuntime.ExitError\nEND`},
		{"exit 0", exited + `without providing a reason"\}$`, `Runtime.ExitError`},
		{"sleep 20", `^\{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: [-0-9a-f]{36} Error: Task timed out after 2.00 seconds"\}$`, `Task timed out after 2.00 seconds`},
		{"grow", exited + `with error: signal: killed"\}$`, `Max Memory Used: 128 MB`},
	} {
		match(t, test.command, first(s.invoke(t, "ends", "echo here")), `^"app.handler here\|"$`)
		answer, log := s.invoke(t, "ends", test.command)
		match(t, test.command, answer, test.want)
		match(t, test.command, log, test.log)
		now := d.containers(t, "ends")
		if test.command == "fail" && len(now) == 1 {
			last = now[0].ID
		}
	}
	match(t, "at last", first(s.invoke(t, "ends", "echo here")), `^"app.handler here\|"$`)
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		now := d.containers(t, "ends")
		if len(now) == 1 && now[0].ID != last {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("containers: %+v, want one that is not %s", now, last)
		}
	}
}

func first(answer, _ string) string { return answer }

// TestNothingLeft: containers go with the environment: when the function's
// settings change, when it goes, when it was idle, and with the server.
func TestNothingLeft(t *testing.T) {
	d := newDocker(t)
	d.shell(t, "shell:1", nil)
	s := newServer(t, d)
	for _, name := range []string{"changed", "deleted", "kept"} {
		s.create(t, name, "shell:1", nil)
		s.invoke(t, name, "true")
	}
	old := d.containers(t, "changed")
	if res, text := s.call(t, "PUT", "/changed/configuration", map[string]int{"MemorySize": 256}); res.StatusCode != 200 {
		t.Fatal(text)
	}
	d.gone(t, "changed")
	s.invoke(t, "changed", "true")
	if now := d.containers(t, "changed"); len(now) != 1 || now[0].ID == old[0].ID {
		t.Errorf("before %+v, after %+v", old, now)
	}
	s.call(t, "DELETE", "/deleted", nil)
	d.gone(t, "deleted")
	if n := len(d.containers(t, "")); n != 2 {
		t.Errorf("%d containers, want 2", n)
	}
	if err := s.end(syscall.SIGTERM); err != nil {
		t.Errorf("the server ended with %v\n%s", err, &s.log)
	}
	if left := d.containers(t, ""); len(left) > 0 {
		t.Errorf("after the server's end there are %+v", left)
	}
}

// TestIdle: an environment that had nothing to do for long enough ends.
func TestIdle(t *testing.T) {
	d := newDocker(t)
	d.shell(t, "shell:1", nil)
	config := filepath.Join(t.TempDir(), "lambdagate.toml")
	if err := os.WriteFile(config, fmt.Appendf(nil, "[runtimes]\nengine = %q\nidle_timeout = \"2s\"\n", d.address()), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, t.TempDir(), "serve", "--config", config)
	s.role(t)
	s.logs(t, `AWS_SECRET_ACCESS_KEY=\S+`)
	s.env = append(s.env, regexp.MustCompile(`AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY)=\S+`).FindAllString(s.log.String(), 2)...)
	s.aws(t, "lambda", "create-function", "--function-name", "idle", "--package-type", "Image", "--code", "ImageUri=shell:1", "--role", "arn:aws:iam::000000000000:role/r", "--timeout", "60")
	s.aws(t, "lambda", "invoke", "--function-name", "idle", "--payload", `"true"`, "/dev/null")
	if n := len(d.containers(t, "idle")); n != 1 {
		t.Errorf("%d containers, want 1", n)
	}
	d.gone(t, "idle")
}

// TestKilled: the containers of a server that was killed go when the next one
// starts; those of a server that lives stay.
func TestKilled(t *testing.T) {
	d := newDocker(t)
	d.shell(t, "shell:1", nil)
	living, killed := newServer(t, d), newServer(t, d)
	living.create(t, "living", "shell:1", nil)
	living.invoke(t, "living", "true")
	killed.create(t, "killed", "shell:1", nil)
	killed.invoke(t, "killed", "true")
	killed.end(syscall.SIGKILL)
	if n := len(d.containers(t, "killed")); n != 1 {
		t.Errorf("%d containers are left by a server that was killed, want 1", n)
	}
	again := start(t, killed.data, "--engine", d.address())
	d.gone(t, "killed")
	match(t, "afterwards", first(again.invoke(t, "killed", "echo here")), `here`)
	if n := len(d.containers(t, "living")); n != 1 {
		t.Errorf("%d containers of the other server, want 1", n)
	}
	match(t, "the other", first(living.invoke(t, "living", "echo here")), `here`)
	// An engine that is away does not delay a start.
	begun := time.Now()
	start(t, t.TempDir(), "--engine", "tcp://192.0.2.1:2375")
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("the start took %s", took)
	}
}

// TestFreeze: nothing of a function runs between two events, if that is wanted.
func TestFreeze(t *testing.T) {
	d := newDocker(t)
	extended(t, d, "frozen:1", "watcher")
	s := newServer(t, d, "--freeze")
	s.create(t, "frozen", "frozen:1", nil)
	for range 3 {
		match(t, "answer", first(s.invoke(t, "frozen", "echo here")), `here`)
		if now := d.containers(t, "frozen"); len(now) != 1 || now[0].State != "paused" {
			t.Errorf("containers: %+v, want one that is paused", now)
		}
	}
	s.call(t, "DELETE", "/frozen", nil)
	d.gone(t, "frozen")
	s.logged(t, "frozen", `watcher: SHUTDOWN spindown`)
}

// TestUnprivileged: the server need not be root if it may use the engine.
func TestUnprivileged(t *testing.T) {
	d := newDocker(t)
	extended(t, d, "extended:1", "watcher")
	const nobody = 65534
	data := t.TempDir()
	for _, path := range []string{d.dir, d.socket(), filepath.Dir(binary), data, filepath.Dir(data)} {
		if err := os.Chmod(path, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	s := startAs(t, nobody, data, "--engine", d.address())
	s.role(t)
	s.create(t, "unprivileged", "extended:1", map[string]any{"Timeout": 2, "MemorySize": 128})
	answer, log := s.invoke(t, "unprivileged", "echo here; echo said >&3")
	match(t, "answer", answer, `^"app.handler here\|"$`)
	match(t, "log", log, `(?s)^START.*\nsaid\n.*END`, `(?s)\nwatcher: done\n.*END`)
	match(t, "too much memory", first(s.invoke(t, "unprivileged", "grow")), `signal: killed`)
	if err := s.end(syscall.SIGTERM); err != nil {
		t.Errorf("the server ended with %v\n%s", err, &s.log)
	}
	d.gone(t, "unprivileged")
}

// TestEngineAgain: when the engine is started anew, functions are too.
func TestEngineAgain(t *testing.T) {
	newDocker(t) // says whether there can be one
	d, err := startDocker()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.stop)
	d.shell(t, "shell:1", nil)
	s := newServer(t, d)
	s.create(t, "again", "shell:1", nil)
	for range 2 {
		match(t, "before", first(s.invoke(t, "again", "echo here")), `here`)
	}
	d.end()
	if res, text := s.call(t, "POST", "/again/invocations", "true"); res.StatusCode != 500 {
		t.Errorf("without an engine: %d %s", res.StatusCode, text)
	}
	s.logs(t, `reach the container engine`)
	if err := d.run(d.root); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		match(t, "after", first(s.invoke(t, "again", "echo here")), `here`)
	}
}

// TestForeign: the Runtime API of an environment answers nobody else, although
// all containers share the machine's network.
func TestForeign(t *testing.T) {
	d := newDocker(t)
	d.shell(t, "shell:1", nil)
	s := newServer(t, d)
	s.create(t, "mine", "shell:1", nil)
	s.create(t, "foreign", "shell:1", nil)
	answer, _ := s.invoke(t, "mine", "echo $AWS_LAMBDA_RUNTIME_API")
	api := regexp.MustCompile(`127\.0\.0\.1:\d+`).FindString(answer)
	const path = "/2018-06-01/runtime/invocation/8f5e1d2c-0000-4000-8000-000000000001/response"
	for _, test := range []struct{ function, want string }{
		{"mine", `400 Bad Request`}, // it answers: there is no such event
		{"foreign", `error getting response|Connection reset|can't connect`},
	} {
		answer, _ := s.invoke(t, test.function, "wget -O - --post-data x http://"+api+path)
		match(t, test.function, answer, test.want)
	}
	if _, err := http.Get("http://" + api + path); err == nil {
		t.Error("it answers the machine's own programs")
	}
}

// described are what GetFunction says of an image.
func (s *server) described(t *testing.T, name string) (sha, uri, resolved string) {
	t.Helper()
	_, text := s.call(t, "GET", "/"+name, nil)
	var out struct {
		Configuration struct{ CodeSha256 string }
		Code          struct{ ImageUri, ResolvedImageUri string }
	}
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatal(err)
	}
	return out.Configuration.CodeSha256, out.Code.ImageUri, out.Code.ResolvedImageUri
}

// update replaces a function's code by what an image's name stands for now.
func (s *server) update(t *testing.T, name, image string) {
	t.Helper()
	if res, text := s.call(t, "PUT", "/"+name+"/code", map[string]any{"ImageUri": image}); res.StatusCode != 200 {
		t.Fatalf("update %s: %d %s", name, res.StatusCode, text)
	}
}

// TestVersions: a tag that moves changes neither published versions nor $LATEST,
// until the function's code is updated.
func TestVersions(t *testing.T) {
	d := newDocker(t)
	d.shell(t, "moves:1", nil, "ENV IMAGE=first")
	s := newServer(t, d)
	s.create(t, "f", "moves:1", map[string]any{"Publish": true})
	answers := func(qualifier, want string) {
		t.Helper()
		match(t, "version "+qualifier, first(s.invoke(t, "f", "echo $IMAGE", "Qualifier", qualifier)), `^"app.handler `+want+`\|"$`)
	}
	answers("1", "first")
	sha, uri, resolved := s.described(t, "f")
	if uri != "moves:1" || resolved != "moves@sha256:"+sha {
		t.Errorf("code is %s, %s, %s", sha, uri, resolved)
	}
	d.shell(t, "moves:1", nil, "ENV IMAGE=second")
	if res, text := s.call(t, "PUT", "/f/configuration", map[string]int{"MemorySize": 256}); res.StatusCode != 200 { // another environment
		t.Fatal(text)
	}
	answers("$LATEST", "first")
	s.update(t, "f", "moves:1")
	if after, _, _ := s.described(t, "f"); after == sha {
		t.Errorf("CodeSha256 is still %s", sha)
	}
	answers("$LATEST", "second")
	s.end(syscall.SIGTERM)
	s = start(t, s.data, "--engine", d.address())
	answers("1", "first")
	answers("$LATEST", "second")
	// The first image is removed for good; the engine made it, so nobody has it.
	s.end(syscall.SIGTERM)
	d.do(t, "DELETE", "/images/sha256:"+sha+"?force=1", nil, nil)
	s = start(t, s.data, "--engine", d.address())
	if res, text := s.call(t, "POST", "/f/invocations?Qualifier=1", "x"); res.StatusCode < 400 {
		t.Errorf("an image that is gone answers %s", text)
	}
	s.logs(t, `image moves:1 \(sha256:`+sha+`\) is no longer at the container engine: build it again and update the function's code`)
	answers("$LATEST", "second")
}

// TestPull: an image that the engine does not have comes from its registry, when
// the function is made and when the engine has lost it.
func TestPull(t *testing.T) {
	d := newDocker(t)
	r := newRegistry(t)
	f := shellFiles(t)
	digest := r.push(t, "team/app", "1", f, "PATH=/bin", "IMAGE=first")
	r.push(t, "team/app", "latest", f, "PATH=/bin", "IMAGE=latest")
	name := r.host + "/team/app"
	s := newServer(t, d)
	s.create(t, "pulled", name+":1", nil)
	sha, uri, resolved := s.described(t, "pulled")
	if "sha256:"+sha != digest || uri != name+":1" || resolved != name+"@"+digest {
		t.Errorf("code is %s, %s, %s, want %s", sha, uri, resolved, digest)
	}
	match(t, "pulled", first(s.invoke(t, "pulled", "echo $IMAGE")), `first`)
	s.create(t, "untagged", name, nil)
	match(t, "untagged", first(s.invoke(t, "untagged", "echo $IMAGE")), `latest`)
	s.create(t, "digest", name+"@"+digest, nil)
	match(t, "by digest", first(s.invoke(t, "digest", "echo $IMAGE")), `first`)
	// The tag moves at the registry, and the engine loses all it has.
	r.push(t, "team/app", "1", f, "PATH=/bin", "IMAGE=second")
	s.end(syscall.SIGTERM)
	for _, image := range []string{name + ":1", name + ":latest", name + "@" + digest} {
		d.try("DELETE", "/images/"+image+"?force=1", nil, nil)
	}
	s = start(t, s.data, "--engine", d.address())
	match(t, "got again", first(s.invoke(t, "pulled", "echo $IMAGE")), `first`)
	s.update(t, "pulled", name+":1")
	match(t, "updated", first(s.invoke(t, "pulled", "echo $IMAGE")), `second`)
}

// TestUnknown: a function's image has to be there when the function is made.
func TestUnknown(t *testing.T) {
	d := newDocker(t)
	r := newRegistry(t)
	s := newServer(t, d)
	for _, test := range []struct{ image, want string }{
		{r.host + "/nothing:1", `"message":"Source image ` + r.host + `/nothing:1 does not exist. Provide a valid source image."`},
		{"../containers/x", `"message":"Source image ../containers/x does not exist. Provide a valid source image."`},
		{"127.0.0.1:1/nobody:1", `"message":"Source image 127.0.0.1:1/nobody:1 cannot be used: .*connection refused.*: build it or get it by hand \(docker pull 127.0.0.1:1/nobody:1\), then try again."`},
	} {
		res, text := s.call(t, "POST", "", map[string]any{"FunctionName": "none", "PackageType": "Image", "Role": "arn:aws:iam::000000000000:role/r", "Code": map[string]string{"ImageUri": test.image}})
		if res.StatusCode != 400 || res.Header.Get("X-Amzn-Errortype") != "InvalidParameterValueException" {
			t.Errorf("%s: %s %s", test.image, res.Status, res.Header.Get("X-Amzn-Errortype"))
		}
		match(t, test.image, text, test.want)
	}
	away := newServer(t, d, "--engine", "unix:///no/such/engine.sock")
	_, text := away.call(t, "POST", "", map[string]any{"FunctionName": "none", "PackageType": "Image", "Role": "arn:aws:iam::000000000000:role/r", "Code": map[string]string{"ImageUri": "x:1"}})
	match(t, "without an engine", text, `Source image x:1 cannot be used: reach the container engine: .*no such file or directory: start it, or give lambdagate the address of one that runs \(--engine, DOCKER_HOST, or engine in \[runtimes\]\)\."`)
}
