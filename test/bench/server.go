package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// server is a running lambdagate.
type server struct {
	cmd  *exec.Cmd
	url  string
	data string
}

var address = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

// start runs lambdagate dev on an empty folder; with ready it waits for that
// text, else for the address.
func start(ready string, args ...string) (*server, error) {
	data, err := os.MkdirTemp("", "lambdagate-bench-")
	if err != nil {
		return nil, err
	}
	s := &server{data: data, cmd: exec.Command(*binary, append([]string{"dev", "--listen", "127.0.0.1:0", "--data", data}, append(args, strings.Fields(*with)...)...)...)}
	s.cmd.Stderr = os.Stderr
	out, err := s.cmd.StdoutPipe()
	if err == nil {
		err = s.cmd.Start()
	}
	if err != nil {
		return nil, err
	}
	for scan := bufio.NewScanner(out); scan.Scan(); {
		if s.url == "" {
			s.url = address.FindString(scan.Text())
		}
		if s.url != "" && strings.Contains(scan.Text(), ready) {
			go io.Copy(io.Discard, out) //nolint:errcheck // until it ends
			return s, nil
		}
	}
	return nil, fmt.Errorf("the server ended: %v", s.cmd.Wait())
}

func (s *server) stop() {
	s.cmd.Process.Signal(syscall.SIGTERM) //nolint:errcheck // it may be gone
	s.cmd.Wait()                          //nolint:errcheck // as above
	os.RemoveAll(s.data)
}

func (s *server) addr() string { return strings.TrimPrefix(s.url, "http://") }

// call performs an operation through the CLI's door.
func (s *server) call(service, operation string, in, out any) error {
	input, err := json.Marshal(in)
	if err != nil {
		return err
	}
	cmd := exec.Command(*binary, "call", "--data", s.data, service, operation, "-")
	cmd.Stdin = bytes.NewReader(input)
	b, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("%s %s: %w", service, operation, err)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(b, out)
}

// resident is the resident memory of a process in MB.
func resident(pid int) float64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(b), "VmRSS:")
	kb, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
	return kb / 1024
}

// benchStart measures how soon the first answer comes with an empty data folder,
// and what the server holds when it is idle.
func benchStart() error {
	var times []time.Duration
	for range max(*rounds*2, 10) {
		begin := time.Now()
		s, err := start("")
		if err != nil {
			return err
		}
		resp, err := http.Get(s.url + "/_lambdagate/health")
		if err != nil {
			return err
		}
		resp.Body.Close()
		times = append(times, time.Since(begin))
		s.stop()
	}
	row("first answer after start, empty data folder (median; max)", fmt.Sprintf("%.0f ms; %.0f ms", ms(median(times)), ms(slices.Max(times))), "goal ≤ 50 ms", "")
	s, err := start("Ctrl-C stops", "--example", "calc")
	if err != nil {
		return err
	}
	defer s.stop()
	time.Sleep(5 * time.Second)
	row("resident when idle: the server; its pre-started runtimes", fmt.Sprintf("%.0f MB; %s", resident(s.cmd.Process.Pid), children(s.cmd.Process.Pid)), "goal ≤ 40 MB", "")
	return nil
}

// children sums up the processes below one.
func children(pid int) string {
	var parts []string
	for _, p := range descendants(pid) {
		parts = append(parts, fmt.Sprintf("%.0f MB", resident(p)))
	}
	return strings.Join(parts, " + ")
}

func descendants(pid int) []int {
	var list []int
	stats, _ := filepath.Glob("/proc/[0-9]*/stat") // an empty list then
	for _, name := range stats {
		b, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		fields := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
		if parent, _ := strconv.Atoi(fields[1]); parent == pid {
			child, _ := strconv.Atoi(strings.Split(name, "/")[2])
			list = append(append(list, child), descendants(child)...)
		}
	}
	return list
}

func ms(d time.Duration) float64 { return float64(d) / 1e6 }

// bare is the yardstick: Node's own HTTP server doing the same sum.
const bare = `
const http = require('http'), url = require('url');
http.createServer((req, res) => {
  const q = url.parse(req.url, true).query;
  const a = Number(q.operand1), b = Number(q.operand2);
  const out = JSON.stringify({a, b, op: q.operator, c: a + b});
  res.writeHead(200, {'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(out)});
  res.end(out);
}).listen(0, '127.0.0.1', function () { console.log('127.0.0.1:' + this.address().port); });
`

func startBare() (addr string, stop func(), err error) {
	bin, err := nodeBinary()
	if err != nil {
		return "", nil, err
	}
	cmd := exec.Command(bin, "-e", bare)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return "", nil, err
	}
	addr, err = bufio.NewReader(out).ReadString('\n')
	return strings.TrimSpace(addr), func() { cmd.Process.Kill(); cmd.Wait() }, err //nolint:errcheck // it is gone
}

// benchWarm measures GET /calc through the API beside the bare server.
func benchWarm() error {
	s, err := start("Ctrl-C stops", "--example", "calc")
	if err != nil {
		return err
	}
	defer s.stop()
	var apis struct{ Items []struct{ ID string } }
	if err := s.call("apigateway", "GetRestApis", map[string]any{}, &apis); err != nil {
		return err
	}
	base := "/restapis/" + apis.Items[0].ID + "/test/_user_request_"
	query := "/calc?operand1=2&operand2=3&operator=add"
	if err := warmUp(s, base+query); err != nil {
		return err
	}
	bareAddr, stop, err := startBare()
	if err != nil {
		return err
	}
	defer stop()
	const want = `{"a":2,"b":3,"op":"add","c":5}`
	for _, clients := range []int{1, 16, 64} {
		var ours, direct, theirs []result
		for range *rounds {
			o, err := load(s.addr(), get("localhost", base+query), want, clients, *length)
			if err != nil {
				return err
			}
			d, err := load(s.addr(), invocation("localhost", "Calc", `{"a":"2","b":"3","op":"add"}`), want, clients, *length)
			if err != nil {
				return err
			}
			b, err := load(bareAddr, get("localhost", query), want, clients, *length)
			if err != nil {
				return err
			}
			if o.bad+d.bad+b.bad > 0 {
				return fmt.Errorf("%d, %d and %d wrong answers", o.bad, d.bad, b.bad)
			}
			ours, direct, theirs = append(ours, o), append(direct, d), append(theirs, b)
		}
		report(fmt.Sprintf("warm GET /calc, %d clients", clients), ours, theirs)
		report(fmt.Sprintf("the same by Lambda's Invoke, %d clients", clients), direct, theirs)
	}
	both := base + "/calc/1/2/add"
	o, err := load(s.addr(), get("localhost", both), "{\n  \"input\" : {\n    \"a\" : 1,\n    \"b\" : 2,\n    \"op\" : \"add\"\n  },\n  \"output\" : {\n    \"c\" : 3\n  }\n}", 1, *length)
	if err != nil {
		return err
	}
	row("warm GET /calc/1/2/add (both templates), 1 client, p50", fmt.Sprintf("%d µs, %.0f/s", o.p50.Microseconds(), o.rate), "", "")
	row("resident after the load", fmt.Sprintf("%.0f MB", resident(s.cmd.Process.Pid)), "", "")
	return nil
}

func warmUp(s *server, path string) error {
	for range 200 {
		resp, err := http.Get(s.url + path)
		if err != nil {
			return err
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("%s answers %s", path, resp.Status)
		}
	}
	return nil
}

func report(what string, ours, theirs []result) {
	of := func(list []result, f func(result) float64) float64 {
		var v []float64
		for _, r := range list {
			v = append(v, f(r))
		}
		return median(v)
	}
	p50 := func(r result) float64 { return float64(r.p50.Microseconds()) }
	p99 := func(r result) float64 { return float64(r.p99.Microseconds()) }
	rate := func(r result) float64 { return r.rate }
	row(what+": p50", fmt.Sprintf("%.0f µs", of(ours, p50)), fmt.Sprintf("%.0f µs (bare Node server)", of(theirs, p50)), fmt.Sprintf("%.2f", of(ours, p50)/of(theirs, p50)))
	row(what+": p99", fmt.Sprintf("%.0f µs", of(ours, p99)), fmt.Sprintf("%.0f µs", of(theirs, p99)), fmt.Sprintf("%.2f", of(ours, p99)/of(theirs, p99)))
	row(what+": rate", fmt.Sprintf("%.0f/s", of(ours, rate)), fmt.Sprintf("%.0f/s", of(theirs, rate)), fmt.Sprintf("%.2f", of(ours, rate)/of(theirs, rate)))
}

// coldFunctions is how many functions are invoked for the first time.
const coldFunctions = 20

// benchCold invokes functions that never ran, one after the other, beside
// `node -e 0`.
func benchCold() error {
	bin, err := nodeBinary()
	if err != nil {
		return err
	}
	var bare []time.Duration
	for range coldFunctions {
		begin := time.Now()
		if err := exec.Command(bin, "-e", "0").Run(); err != nil {
			return err
		}
		bare = append(bare, time.Since(begin))
	}
	for _, c := range []struct {
		what, prestart string
		pause          time.Duration
	}{
		{"cold start, pre-started process, 0.3 s between", "2", 300 * time.Millisecond},
		{"cold start, pool of 2, back to back", "2", 0},
		{"cold start, nothing started ahead", "0", 0},
	} {
		times, err := coldStarts(c.prestart, c.pause)
		if err != nil {
			return err
		}
		row(c.what+": p50; max", fmt.Sprintf("%.1f ms; %.1f ms", ms(median(times)), ms(slices.Max(times))),
			fmt.Sprintf("%.1f ms (node -e 0)", ms(median(bare))), fmt.Sprintf("%.2f", ms(median(times))/ms(median(bare))))
	}
	return nil
}

func coldStarts(prestart string, pause time.Duration) ([]time.Duration, error) {
	s, err := start("Ctrl-C stops", "--prestart", prestart)
	if err != nil {
		return nil, err
	}
	defer s.stop()
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	if err := s.call("iam", "CreateRole", map[string]any{"RoleName": "cold", "AssumeRolePolicyDocument": trust}, nil); err != nil {
		return nil, err
	}
	code, err := smallZip()
	if err != nil {
		return nil, err
	}
	for i := range coldFunctions + 1 {
		err := s.call("lambda", "CreateFunction", map[string]any{
			"FunctionName": "f" + strconv.Itoa(i), "Runtime": "nodejs22.x", "Handler": "index.handler",
			"Role": "arn:aws:iam::000000000000:role/cold", "Code": map[string]string{"ZipFile": code},
		}, nil)
		if err != nil {
			return nil, err
		}
	}
	client, err := s.invoker()
	if err != nil {
		return nil, err
	}
	defer client.c.Close()
	if _, err := client.invoke(coldFunctions); err != nil { // the runtime is in use from now on
		return nil, err
	}
	time.Sleep(2 * time.Second)
	var times []time.Duration
	for i := range coldFunctions {
		took, err := client.invoke(i)
		if err != nil {
			return nil, err
		}
		times = append(times, took)
		time.Sleep(pause)
	}
	return times, nil
}

func smallZip() (string, error) {
	dir, err := os.MkdirTemp("", "lambdagate-bench-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "f.zip")
	if err := os.WriteFile(filepath.Join(dir, "index.js"), []byte("exports.handler = async (e) => ({ok: true});"), 0o644); err != nil {
		return "", err
	}
	if out, err := exec.Command("python3", "-m", "zipfile", "-c", name, filepath.Join(dir, "index.js")).CombinedOutput(); err != nil {
		return "", fmt.Errorf("zip: %w: %s", err, out)
	}
	b, err := os.ReadFile(name)
	return base64.StdEncoding.EncodeToString(b), err
}

// invoker calls functions through Lambda's Invoke, on one connection, with as
// little work of its own as can be.
type invoker struct {
	host string
	answers
}

func (s *server) invoker() (*invoker, error) {
	host := strings.TrimPrefix(s.url, "http://")
	c, err := net.Dial("tcp", host)
	if err != nil {
		return nil, err
	}
	return &invoker{host, answers{c: c, buf: make([]byte, 16<<10)}}, nil
}

// invoke calls function i.
func (v *invoker) invoke(i int) (time.Duration, error) {
	request := []byte(invocation(v.host, "f"+strconv.Itoa(i), "{}"))
	begin := time.Now()
	if _, err := v.c.Write(request); err != nil {
		return 0, err
	}
	ok, err := v.next(`{"ok":true}`)
	if err == nil && !ok {
		err = fmt.Errorf("function f%d answers something else", i)
	}
	return time.Since(begin), err
}
