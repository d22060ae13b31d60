package engine

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// docker is a Docker engine in a temporary folder.
type docker struct {
	dir    string
	root   string // of its programs
	cmd    *exec.Cmd
	ended  chan struct{}
	client *http.Client
}

// theDocker is the one of all tests; run ends it.
var theDocker struct {
	once sync.Once
	d    *docker
	err  error
}

// newDocker starts the engine, if that is not done yet.
func newDocker(t *testing.T) *docker {
	t.Helper()
	if reason := unable(); reason != "" {
		t.Skip(reason)
	}
	theDocker.once.Do(func() { theDocker.d, theDocker.err = startDocker() })
	if theDocker.err != nil {
		t.Fatalf("needs a Docker engine, and root on Linux is expected to be able to start one: %v", theDocker.err)
	}
	return theDocker.d
}

func startDocker() (*docker, error) {
	out, err := exec.Command("../tools/docker.sh").Output()
	if err != nil {
		if told, ok := errors.AsType[*exec.ExitError](err); ok {
			err = fmt.Errorf("%w\n%s", err, told.Stderr)
		}
		return nil, fmt.Errorf("get the packages: %w", err)
	}
	root := strings.TrimSpace(string(out))
	dir, err := os.MkdirTemp("", "lge") // short: a socket's path is
	if err != nil {
		return nil, err
	}
	d := &docker{dir: dir}
	d.client = &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var dialer net.Dialer
		return dialer.DialContext(ctx, "unix", d.socket())
	}}}
	if err := d.run(root); err != nil {
		d.stop()
		return nil, err
	}
	return d, nil
}

// run starts the engine's program and waits until it answers.
func (d *docker) run(root string) error {
	d.root, d.ended = root, make(chan struct{})
	log, err := os.Create(filepath.Join(d.dir, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	d.cmd = exec.Command(filepath.Join(root, "usr/sbin/dockerd"), "--host", d.address(), "--data-root", filepath.Join(d.dir, "data"),
		"--exec-root", filepath.Join(d.dir, "exec"), "--pidfile", filepath.Join(d.dir, "pid"), "--storage-driver", "vfs",
		"--iptables=false", "--ip6tables=false", "--bridge=none")
	d.cmd.Stdout, d.cmd.Stderr = log, log
	d.cmd.Env = append(os.Environ(), "PATH="+filepath.Join(root, "usr/bin")+":"+filepath.Join(root, "usr/sbin")+":"+os.Getenv("PATH"))
	libraries, _ := filepath.Glob(filepath.Join(root, "lib", "*-linux-gnu")) // the patterns are right
	more, _ := filepath.Glob(filepath.Join(root, "usr", "lib", "*-linux-gnu"))
	d.cmd.Env = append(d.cmd.Env, "LD_LIBRARY_PATH="+strings.Join(append(libraries, more...), ":"))
	d.cmd.SysProcAttr = withUs()
	if err := d.cmd.Start(); err != nil {
		close(d.ended)
		return err
	}
	go func(cmd *exec.Cmd, ended chan struct{}) {
		cmd.Wait()
		close(ended)
	}(d.cmd, d.ended)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		if res, err := d.client.Get("http://engine/_ping"); err == nil {
			res.Body.Close()
			return nil
		}
		select {
		case <-d.ended:
		default:
			if time.Now().Before(deadline) {
				continue
			}
		}
		text, _ := os.ReadFile(log.Name())
		return fmt.Errorf("dockerd does not answer:\n%s", text[max(0, len(text)-4<<10):])
	}
}

func (d *docker) socket() string  { return filepath.Join(d.dir, "docker.sock") }
func (d *docker) address() string { return "unix://" + d.socket() }

// stop ends the engine and clears up what it leaves.
func (d *docker) stop() {
	d.end()
	table, _ := os.ReadFile("/proc/self/mountinfo")
	rows := strings.Split(string(table), "\n")
	slices.Reverse(rows)
	for _, row := range rows {
		if fields := strings.Fields(row); len(fields) > 4 && strings.HasPrefix(fields[4], d.dir+"/") {
			unmount(fields[4])
		}
	}
	os.RemoveAll(d.dir)
}

// end ends the engine's program, and with it all containers.
func (d *docker) end() {
	if d.cmd == nil || d.cmd.Process == nil {
		return
	}
	d.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-d.ended:
	case <-time.After(time.Minute):
		d.cmd.Process.Kill()
		<-d.ended
	}
}

// do calls the engine, whose answer has to be a success.
func (d *docker) do(t *testing.T, method, path string, in io.Reader, out any) {
	t.Helper()
	if err := d.try(method, path, in, out); err != nil {
		t.Fatal(err)
	}
}

func (d *docker) try(method, path string, in io.Reader, out any) error {
	req, err := http.NewRequest(method, "http://engine/v1.41"+path, in)
	if err != nil {
		return err
	}
	if _, archive := in.(*bytes.Buffer); in != nil && !archive {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := d.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode >= 300 || bytes.Contains(text, []byte(`"errorDetail"`)) {
		err = fmt.Errorf("%s %s: %d %s", method, path, res.StatusCode, text)
	}
	if err != nil || out == nil {
		return err
	}
	return json.Unmarshal(text, out)
}

// files are those of an image: contents by path. Programs are executable, what
// ends in a slash is a folder, and "@x" makes a link to x.
type files map[string]string

// tar is an archive of them.
func (f files) tar() *bytes.Buffer {
	for name := range maps.Clone(f) { // those who are not root need their folders too
		for dir := path.Dir(strings.TrimSuffix(name, "/")); dir != "/"; dir = path.Dir(dir) {
			f[dir+"/"] = ""
		}
	}
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(f)) {
		h := &tar.Header{Name: strings.TrimPrefix(name, "/"), Mode: 0o755, Size: int64(len(f[name])), Typeflag: tar.TypeReg}
		if path.Base(name) == "unexecutable" {
			h.Mode = 0o644
		}
		text := f[name]
		if to, ok := strings.CutPrefix(text, "@"); ok {
			h.Typeflag, h.Linkname, h.Size, text = tar.TypeSymlink, to, 0, ""
		}
		if strings.HasSuffix(name, "/") {
			h.Typeflag = tar.TypeDir
		}
		w.WriteHeader(h) // a buffer takes everything
		io.WriteString(w, text)
	}
	w.Close()
	return &b
}

// image makes an image from files, as a Dockerfile's last lines say.
func (d *docker) image(t *testing.T, name string, f files, lines ...string) {
	t.Helper()
	repo, tag, _ := strings.Cut(name, ":")
	q := url.Values{"fromSrc": {"-"}, "repo": {repo}, "tag": {tag}, "changes": lines}
	d.do(t, "POST", "/images/create?"+q.Encode(), f.tar(), nil)
}

// shellFiles are busybox and a bootstrap for AWS's runtime API.
func shellFiles(t *testing.T) files {
	t.Helper()
	out, err := exec.Command("../tools/docker.sh").Output()
	if err != nil {
		t.Fatal(err)
	}
	busybox, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(out)), "bin/busybox"))
	if err != nil {
		t.Fatal(err)
	}
	f := files{"/bin/busybox": string(busybox), "/tmp/": "", "/work/": "", "/bootstrap": shellBootstrap, "/var/task/other": shellBootstrap}
	for _, applet := range strings.Fields("sh wget sed tr cat ls id dd df sleep echo env head tail kill touch grep nc pwd true wc ps") {
		f["/bin/"+applet] = "@busybox"
	}
	return f
}

// shell makes an image of them and the files that are given.
func (d *docker) shell(t *testing.T, name string, more files, lines ...string) {
	t.Helper()
	f := shellFiles(t)
	maps.Copy(f, more)
	d.image(t, name, f, append([]string{`ENV PATH=/bin VERSION=` + strings.ReplaceAll(name, ":", "-"), `ENTRYPOINT ["/bootstrap"]`, `CMD ["app.handler"]`}, lines...)...)
}

// shellBootstrap runs events, which are strings, as commands, and answers with
// its argument and what they write.
const shellBootstrap = `#!/bin/sh
exec 3>&1
api=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime
while :; do
	event=$(wget -S -q -O - $api/invocation/next 2>/tmp/headers) || exit 1
	id=$(sed -n 's/.*Lambda-Runtime-Aws-Request-Id: *//p' /tmp/headers | tr -d '\r')
	command=${event#\"}
	command=${command%\"}
	case $command in
	exit*) $command;;
	grow) while :; do command=$command$command; done;;
	fail*) wget -q -O /dev/null --header 'Lambda-Runtime-Function-Error-Type: Mine.Failed' --post-data '{"errorMessage":"it failed","errorType":"Mine.Failed"}' $api/invocation/$id/error; continue;;
	esac
	out=$(eval "$command" 2>&1 | tr '\n"\\' '|..')
	wget -q -O /dev/null --post-data "\"$1 $out\"" $api/invocation/$id/response
done
`

// container is one as the engine lists it.
type container struct {
	ID     string `json:"Id"`
	Image  string
	State  string
	Labels map[string]string
}

// containers lists those of a function by its name, or all.
func (d *docker) containers(t *testing.T, function string) []container {
	t.Helper()
	var all []container
	d.do(t, "GET", "/containers/json?all=1", nil, &all)
	return slices.DeleteFunc(all, func(c container) bool {
		return function != "" && !strings.HasSuffix(c.Labels["lambdagate.function"], ":"+function)
	})
}

// gone waits until there is no container of the function.
func (d *docker) gone(t *testing.T, function string) {
	t.Helper()
	var left []container
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if left = d.containers(t, function); len(left) == 0 {
			return
		}
	}
	t.Errorf("containers are left: %+v", left)
}
