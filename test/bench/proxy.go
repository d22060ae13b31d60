package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

var (
	caddyVersion = flag.String("caddy", "latest", "version of Caddy, the yardstick of proxying, that is built once")
	serveAs      = flag.String("serve", "", "become a yardstick instead: bare (a net/http handler) or upstream")
)

// mockBytes is what the MOCK integration and its yardstick answer, upstreamBytes
// what is proxied.
const (
	mockBytes     = `{"id":"42","name":"x","path":"/mock"}`
	upstreamBytes = `{"message":"the answer of the endpoint behind all of them"}`
)

// serveYardstick is the process of a yardstick: it prints its address and serves
// until it is killed.
func serveYardstick(kind string) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	if kind == "bare" {
		return http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Write([]byte(mockBytes)) //nolint:errcheck // the client tells
		}))
	}
	answer := fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(upstreamBytes), upstreamBytes)
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		go upstream(c, answer)
	}
}

// upstream answers as cheaply as can be: requests without bodies, one after the
// other.
func upstream(c net.Conn, answer []byte) {
	defer c.Close()
	buf, used := make([]byte, 16<<10), 0
	for {
		n, err := c.Read(buf[used:])
		if err != nil {
			return
		}
		used += n
		for {
			i := bytes.Index(buf[:used], []byte("\r\n\r\n"))
			if i < 0 {
				break
			}
			used = copy(buf, buf[i+4:used])
			if _, err := c.Write(answer); err != nil {
				return
			}
		}
	}
}

// contender is a server under load.
type contender struct {
	name       string
	addr, path string
	host, want string
	pid        int
	stop       func()
}

// startYardstick runs this program again as one.
func startYardstick(kind string) (*contender, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return startProcess(kind, "", exec.Command(self, "-serve", kind))
}

// startProcess starts a server; without an address it prints it in its first
// line.
func startProcess(name, addr string, cmd *exec.Cmd) (*contender, error) {
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	c := &contender{name: name, addr: addr, host: "localhost", path: "/", pid: cmd.Process.Pid, stop: func() {
		cmd.Process.Kill() //nolint:errcheck // it may be gone
		cmd.Wait()         //nolint:errcheck // as above
	}}
	if addr == "" {
		line, err := bufio.NewReader(out).ReadString('\n')
		if err != nil {
			c.stop()
			return nil, fmt.Errorf("start %s: %w", name, err)
		}
		c.addr = strings.TrimSpace(line)
	}
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		conn, err := net.Dial("tcp", c.addr)
		if err == nil {
			conn.Close()
			return c, nil
		}
		if time.Now().After(end) {
			c.stop()
			return nil, fmt.Errorf("start %s: %w", name, err)
		}
	}
}

// busy is the processor time that a process and those below it have used.
func busy(pid int) time.Duration {
	var ticks int
	for _, p := range append(descendants(pid), pid) {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p))
		if err != nil {
			continue
		}
		f := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
		user, _ := strconv.Atoi(f[11])
		system, _ := strconv.Atoi(f[12])
		ticks += user + system
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// compete loads all contenders in turn and reports each beside the first.
func compete(what string, clients int, all []*contender) error {
	results := make([][]result, len(all))
	cpu := make([][]float64, len(all))
	for range *rounds {
		for i, c := range all {
			before := busy(c.pid)
			r, err := load(c.addr, get(c.host, c.path), c.want, clients, *length)
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			if r.bad > 0 {
				return fmt.Errorf("%s: %d wrong answers", c.name, r.bad)
			}
			results[i] = append(results[i], r)
			cpu[i] = append(cpu[i], float64((busy(c.pid)-before).Microseconds())/(r.rate*length.Seconds()))
		}
	}
	of := func(i int, f func(result) float64) float64 {
		var v []float64
		for _, r := range results[i] {
			v = append(v, f(r))
		}
		return median(v)
	}
	rate := func(r result) float64 { return r.rate }
	p50 := func(r result) float64 { return float64(r.p50.Microseconds()) }
	p99 := func(r result) float64 { return float64(r.p99.Microseconds()) }
	show := func(i int) string {
		return fmt.Sprintf("%.0f/s, p50 %.0f µs, p99 %.0f µs, %.0f µs of processor", of(i, rate), of(i, p50), of(i, p99), median(cpu[i]))
	}
	for i := 1; i < len(all); i++ {
		row(fmt.Sprintf("%s, %d connections", what, clients), show(0), all[i].name+": "+show(i), fmt.Sprintf("rate %.2f, p99 %.2f", of(0, rate)/of(i, rate), of(0, p99)/of(i, p99)))
	}
	return nil
}

// importAPI deploys an OpenAPI document to stage prod and returns where it is.
func (s *server) importAPI(document any) (path string, err error) {
	b, err := json.Marshal(document)
	if err != nil {
		return "", err
	}
	var api struct{ ID string }
	if err := s.call("apigateway", "ImportRestApi", map[string]any{"body": base64.StdEncoding.EncodeToString(b)}, &api); err != nil {
		return "", err
	}
	err = s.call("apigateway", "CreateDeployment", map[string]any{"restApiId": api.ID, "stageName": "prod"}, nil)
	return "/restapis/" + api.ID + "/prod/_user_request_", err
}

// object is JSON.
type object = map[string]any

// document has one method.
func document(path string, integration object) object {
	return object{
		"openapi": "3.0.1", "info": object{"title": "bench", "version": "1"},
		"paths": object{path: object{"get": object{
			"parameters": []object{{"name": "name", "in": "query", "schema": object{"type": "string"}}},
			"responses":  object{"200": object{"description": "ok"}}, "x-amazon-apigateway-integration": integration,
		}}},
	}
}

// benchMock measures a MOCK integration with templates beside a bare handler.
func benchMock() error {
	s, err := start("")
	if err != nil {
		return err
	}
	defer s.stop()
	base, err := s.importAPI(document("/mock", object{
		"type": "mock", "requestTemplates": object{"application/json": `#set($name = $input.params('name')){"statusCode": 200, "name": "$name"}`},
		"responses": object{"default": object{"statusCode": "200", "responseTemplates": object{
			"application/json": `{"id":"42","name":"$input.params('name')","path":"$context.resourcePath"}`,
		}}},
	}))
	if err != nil {
		return err
	}
	bare, err := startYardstick("bare")
	if err != nil {
		return err
	}
	defer bare.stop()
	bare.name, bare.path, bare.want = "bare net/http", "/mock?name=x", mockBytes
	ours := &contender{name: "lambdagate", addr: s.addr(), host: "localhost", path: base + "/mock?name=x", want: mockBytes, pid: s.cmd.Process.Pid}
	for _, clients := range []int{1, 64} {
		if err := compete("MOCK with templates", clients, []*contender{ours, bare}); err != nil {
			return err
		}
	}
	row("resident after the load", fmt.Sprintf("%.0f MB", resident(s.cmd.Process.Pid)), "", "")
	return nil
}

// benchProxy measures an HTTP_PROXY integration beside Caddy and nginx.
func benchProxy() error {
	up, err := startYardstick("upstream")
	if err != nil {
		return err
	}
	defer up.stop()
	s, err := start("")
	if err != nil {
		return err
	}
	defer s.stop()
	base, err := s.importAPI(document("/proxy", object{"type": "http_proxy", "httpMethod": "GET", "uri": "http://" + up.addr + "/x"}))
	if err != nil {
		return err
	}
	all := []*contender{{name: "lambdagate", addr: s.addr(), host: "localhost", path: base + "/proxy", want: upstreamBytes, pid: s.cmd.Process.Pid}}
	for _, y := range []struct {
		name  string
		start func(upstream string) (*contender, error)
	}{{"Caddy", startCaddy}, {"nginx", startNginx}} {
		c, err := y.start(up.addr)
		if err != nil {
			return err
		}
		defer c.stop()
		c.path, c.want = "/x", upstreamBytes
		all = append(all, c)
	}
	for _, clients := range []int{1, 64} {
		if err := compete("HTTP_PROXY", clients, all); err != nil {
			return err
		}
	}
	row("resident after the load", fmt.Sprintf("%.0f MB", resident(s.cmd.Process.Pid)), "", "")
	return nil
}

// freeAddress is one that nobody listens on.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// startCaddy builds Caddy once, and starts it as a reverse proxy.
func startCaddy(upstream string) (*contender, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(cache, "lambdagate-bench", "caddy-"+*caddyVersion)
	if _, err := os.Stat(filepath.Join(dir, "caddy")); err != nil {
		fmt.Fprintln(os.Stderr, "building Caddy, some minutes …")
		build := exec.Command("go", "install", "github.com/caddyserver/caddy/v2/cmd/caddy@"+*caddyVersion)
		build.Dir, build.Env = os.TempDir(), append(os.Environ(), "GOBIN="+dir)
		if out, err := build.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("build Caddy: %w: %s", err, out)
		}
	}
	addr, err := freeAddress()
	if err != nil {
		return nil, err
	}
	config := fmt.Sprintf(`{"admin":{"disabled":true},"logging":{"logs":{"default":{"level":"ERROR"}}},"apps":{"http":{"servers":{"s":{
		"listen":[%q],"automatic_https":{"disable":true},"routes":[{"handle":[{"handler":"reverse_proxy","upstreams":[{"dial":%q}],
		"transport":{"protocol":"http","keep_alive":{"max_idle_conns_per_host":512}}}]}]}}}}}`, addr, upstream)
	cmd := exec.Command(filepath.Join(dir, "caddy"), "run", "--config", "-")
	cmd.Stdin, cmd.Env = strings.NewReader(config), append(os.Environ(), "XDG_CONFIG_HOME="+dir, "XDG_DATA_HOME="+dir)
	return startProcess("Caddy", addr, cmd)
}

// startNginx starts Debian's nginx as a reverse proxy; as root it installs it.
func startNginx(upstream string) (*contender, error) {
	bin, err := exec.LookPath("nginx")
	if err != nil && os.Geteuid() == 0 {
		if out, err := exec.Command("apt-get", "install", "-y", "-qq", "--no-install-recommends", "nginx-light").CombinedOutput(); err != nil {
			return nil, fmt.Errorf("install nginx: %w: %s", err, out)
		}
		bin, err = exec.LookPath("nginx")
	}
	if err != nil {
		return nil, errors.New("nginx is missing: apt-get install nginx-light")
	}
	addr, err := freeAddress()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "nginx-bench-")
	if err != nil {
		return nil, err
	}
	config := fmt.Sprintf(`daemon off; worker_processes auto; pid %[1]s/pid; error_log %[1]s/error.log crit;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 100000000; client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy;
  fastcgi_temp_path %[1]s/f; uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s;
  upstream up { server %[2]s; keepalive 512; keepalive_requests 100000000; }
  server { listen %[3]s; location / { proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection ""; } } }
`, dir, upstream, addr)
	if err := os.WriteFile(filepath.Join(dir, "conf"), []byte(config), 0o644); err != nil {
		return nil, err
	}
	cmd := exec.Command(bin, "-p", dir, "-c", filepath.Join(dir, "conf"))
	cmd.Stderr = os.Stderr
	c, err := startProcess("nginx", addr, cmd)
	if err != nil {
		return nil, err
	}
	c.stop = func() {
		cmd.Process.Signal(os.Interrupt) //nolint:errcheck // ends its workers too
		cmd.Wait()                       //nolint:errcheck // it is gone
		os.RemoveAll(dir)
	}
	return c, nil
}

// idleConnections is how many clients do nothing.
const idleConnections = 10_000

// benchIdle opens many connections that made one request each and then stay,
// and measures one more client beside them.
func benchIdle() error {
	s, err := start("")
	if err != nil {
		return err
	}
	defer s.stop()
	base, err := s.importAPI(document("/mock", object{
		"type": "mock", "requestTemplates": object{"application/json": `{"statusCode": 200}`},
		"responses": object{"default": object{"statusCode": "200", "responseTemplates": object{"application/json": "{}"}}},
	}))
	if err != nil {
		return err
	}
	before, err := load(s.addr(), get("localhost", base+"/mock"), "{}", 1, *length)
	if err != nil {
		return err
	}
	empty := resident(s.cmd.Process.Pid)
	request := []byte("GET " + base + "/mock HTTP/1.1\r\nHost: localhost\r\n\r\n")
	for n := range idleConnections {
		c, err := net.Dial("tcp", s.addr())
		if err != nil {
			return fmt.Errorf("connection %d: %w (ulimit -n?)", n, err)
		}
		defer c.Close()
		if _, err := c.Write(request); err != nil {
			return err
		}
		if ok, err := (&answers{c: c, buf: make([]byte, 2<<10)}).next("{}"); !ok || err != nil {
			return fmt.Errorf("connection %d: %v, %w", n, ok, err)
		}
	}
	full := resident(s.cmd.Process.Pid)
	after, err := load(s.addr(), get("localhost", base+"/mock"), "{}", 1, *length)
	if err != nil {
		return err
	}
	if before.bad+after.bad > 0 {
		return fmt.Errorf("%d and %d wrong answers", before.bad, after.bad)
	}
	row(fmt.Sprintf("%d idle connections: resident", idleConnections), fmt.Sprintf("%.0f MB (%.1f kB each)", full, (full-empty)*1024/idleConnections), fmt.Sprintf("%.0f MB without them", empty), "")
	row("p50 of one client beside them", fmt.Sprintf("%d µs", after.p50.Microseconds()), fmt.Sprintf("%d µs without them", before.p50.Microseconds()), fmt.Sprintf("%.2f", float64(after.p50)/float64(before.p50)))
	return nil
}
