package sandbox

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// debugger speaks the Chrome DevTools protocol over a WebSocket.
type debugger struct {
	t    testing.TB
	conn net.Conn
	r    *bufio.Reader
	last int
}

// attach connects to the inspector as a debugger does: it asks for the targets
// and opens the first one's WebSocket.
func attach(t testing.TB, address string) *debugger {
	t.Helper()
	var targets []struct {
		URL string `json:"webSocketDebuggerUrl"`
	}
	eventually(t, "the inspector answers", func() bool {
		res, err := http.Get("http://" + address + "/json/list")
		if err != nil {
			return false
		}
		defer res.Body.Close()
		return json.NewDecoder(res.Body).Decode(&targets) == nil && len(targets) > 0
	})
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(time.Minute))
	path := strings.TrimPrefix(targets[0].URL, "ws://"+address)
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", path, address)
	r := bufio.NewReader(conn)
	res, err := http.ReadResponse(r, nil)
	if err != nil || res.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("upgrade: %v %v", res, err)
	}
	return &debugger{t: t, conn: conn, r: r}
}

// message is a request's result, or an event.
type message struct {
	ID     int             `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
}

// call performs a command and returns its result.
func (d *debugger) call(method, params string) string {
	d.t.Helper()
	d.last++
	id := d.last
	text := fmt.Sprintf(`{"id":%d,"method":%q,"params":%s}`, id, method, params)
	frame := binary.BigEndian.AppendUint16([]byte{0x81, 0x80 | 126}, uint16(len(text)))
	frame = append(frame, 0, 0, 0, 0) // a mask that changes nothing
	if _, err := d.conn.Write(append(frame, text...)); err != nil {
		d.t.Fatal(err)
	}
	return string(d.until(func(m *message) bool { return m.ID == id }).Result)
}

// until reads messages until one is wanted.
func (d *debugger) until(wanted func(*message) bool) *message {
	d.t.Helper()
	for {
		var head [2]byte
		if _, err := io.ReadFull(d.r, head[:]); err != nil {
			d.t.Fatal(err)
		}
		size := uint64(head[1])
		switch head[1] {
		case 126:
			var n uint16
			binary.Read(d.r, binary.BigEndian, &n)
			size = uint64(n)
		case 127:
			binary.Read(d.r, binary.BigEndian, &size)
		}
		body := make([]byte, size)
		if _, err := io.ReadFull(d.r, body); err != nil {
			d.t.Fatal(err)
		}
		var m message
		if err := json.Unmarshal(body, &m); err != nil {
			d.t.Fatal(err)
		}
		if wanted(&m) {
			return &m
		}
	}
}

// TestInspect: a debugger attaches between two events, sets a breakpoint, looks
// around where the next event stops, changes a variable and lets it go on, for
// longer than the function's time limit.
func TestInspect(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	m, _ := newManager(t, func(c *Config) { c.PreStarted = 1 })
	f := newFunction(t, "nodejs20.x", map[string]string{"index.js": `exports.handler = async (event) => {
	let answer = event.n * 2;
	return answer;
};`})
	f.Timeout, f.Inspect = 200*time.Millisecond, address
	if o := invoke(t, m, f, `{"n":1}`); string(o.Payload) != `2` {
		t.Fatalf("got %s", o.Payload)
	}
	d := attach(t, address)
	d.call("Debugger.enable", `{}`)
	if got := d.call("Debugger.setBreakpointByUrl", `{"lineNumber":2,"urlRegex":".*/index\\.js$"}`); !strings.Contains(got, `"locations":[{`) {
		t.Errorf("breakpoint: %s", got)
	}
	done := make(chan *Outcome)
	go func() { done <- invoke(t, m, f, `{"n":21}`) }()
	paused := d.until(func(m *message) bool { return m.Method == "Debugger.paused" })
	var stop struct {
		CallFrames []struct {
			ID string `json:"callFrameId"`
		} `json:"callFrames"`
	}
	if err := json.Unmarshal(paused.Params, &stop); err != nil || len(stop.CallFrames) == 0 {
		t.Fatalf("paused: %s", paused.Params)
	}
	look := func(expression string) string {
		return d.call("Debugger.evaluateOnCallFrame", fmt.Sprintf(`{"callFrameId":%q,"expression":%q,"returnByValue":true}`, stop.CallFrames[0].ID, expression))
	}
	if got := look("answer"); got != `{"result":{"type":"number","value":42,"description":"42"}}` {
		t.Errorf("answer is %s", got)
	}
	select {
	case o := <-done:
		t.Errorf("the time limit fired: %s", o.Payload)
	case <-time.After(2 * f.Timeout):
	}
	look("answer = 43")
	d.call("Debugger.resume", `{}`)
	if o := <-done; string(o.Payload) != "43" {
		t.Errorf("got %s", o.Payload)
	}
}

// TestInspectPython: a function that brings debugpy is started by it, has no time
// limit, and takes its events one by one as ever. This debugpy only starts what it
// is told to, and has a thread.
func TestInspectPython(t *testing.T) {
	t.Parallel()
	for _, runtime := range pythonRuntimes() {
		t.Run(runtime, func(t *testing.T) {
			t.Parallel()
			m, _ := newManager(t, func(c *Config) { c.PreStarted, c.Python = 1, foundPythons() })
			f := newFunction(t, runtime, map[string]string{
				"debugpy/__init__.py": "",
				"debugpy/__main__.py": `
import os, runpy, sys, threading, time
threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
listening = sys.argv[1:3]
sys.argv[:] = sys.argv[3:]
sys.path[0] = os.path.dirname(sys.argv[0])
os.environ['LISTENING'] = ' '.join(listening)
runpy.run_path(sys.argv[0], run_name='__main__')
`,
				"index.py": `
import os, threading, time
def handler(event, context):
    time.sleep(event)
    return [event, threading.active_count(), os.environ['LISTENING']]
`})
			f.Timeout, f.Inspect = 200*time.Millisecond, "127.0.0.1:5678"
			for _, event := range []string{"0", "0.3", "0"} {
				want := "[" + event + `, 2, "--listen 127.0.0.1:5678"]`
				if o := invoke(t, m, f, event); string(o.Payload) != want {
					t.Errorf("got %s, want %s\n%s", o.Payload, want, o.LogTail)
				}
			}
			if sentEarlyTo(t, m, f) {
				t.Error("an event was sent early")
			}
		})
	}
}
