//go:build linux

package sandbox

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// TestFreeze: what a function leaves behind does not run between two events,
// and goes on at the next; without the setting it runs.
func TestFreeze(t *testing.T) {
	t.Parallel()
	for _, isolation := range []Isolation{IsolationAuto, IsolationOff} {
		for _, freeze := range []bool{false, true} {
			t.Run(fmt.Sprint(isolation, " ", freeze), func(t *testing.T) {
				t.Parallel()
				m, _ := newManager(t, func(c *Config) { c.Freeze, c.Isolation = freeze, isolation })
				// A child writes the time every 10 ms, which the function returns.
				f := newFunction(t, "nodejs20.x", map[string]string{"index.js": `
const { spawn } = require('child_process'), fs = require('fs');
const file = fs.mkdtempSync('/tmp/freeze-') + '/times';
exports.handler = async (event) => {
	if (event.start) {
		spawn('/bin/sh', ['-c', 'while :; do date +%s%3N >> ' + file + '; sleep 0.01; done'], {stdio: 'ignore'});
		while (!fs.existsSync(file)) await new Promise(r => setTimeout(r, 1));
	}
	const read = () => fs.readFileSync(file, 'utf8').match(/\d+\n/g) || [];
	const times = read();
	if (event.wait) while (read().length < times.length + 3) await new Promise(r => setTimeout(r, 1));
	if (event.remove) fs.rmSync(require('path').dirname(file), {recursive: true, force: true});
	return times.map(Number);
};`})
				// between tells how often the child ran while no event did.
				between := func() (n int) {
					if freeze {
						eventually(t, "it is stopped", func() bool {
							state, err := os.ReadFile(fmt.Sprintf("/proc/%s/stat", programOf(t, m)))
							return err == nil && strings.Contains(string(state), ") T ")
						})
					}
					from := time.Now().UnixMilli()
					time.Sleep(300 * time.Millisecond) // nothing tells that nothing happens
					to := time.Now().UnixMilli()
					var times []int64
					if o := invoke(t, m, f, `{}`); json.Unmarshal(o.Payload, &times) != nil {
						t.Fatalf("got %s %s", o.FunctionError, o.Payload)
					}
					for _, at := range times {
						if from < at && at < to {
							n++
						}
					}
					return n
				}
				invoke(t, m, f, `{"start":true}`)
				if freeze {
					if n := between(); n > 0 {
						t.Errorf("the child ran %d times between two events", n)
					}
				} else {
					eventually(t, "the child runs between two events", func() bool { return between() > 0 })
				}
				if o := invoke(t, m, f, `{"wait":true}`); o.FunctionError != "" {
					t.Errorf("it does not go on: %s", o.Payload)
				}
				invoke(t, m, f, `{"remove":true}`)
			})
		}
	}
}

// programOf is the process id of the runtime in the manager's one environment.
func programOf(t testing.TB, m *Manager) string {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	for e := range m.all {
		pid := fmt.Sprint(e.proc.Pid())
		if e.launch.plain {
			return pid
		}
		list, err := os.ReadFile("/proc/" + pid + "/task/" + pid + "/children")
		if children := strings.Fields(string(list)); err == nil && len(children) > 0 {
			return children[0]
		}
		threads, _ := os.ReadDir("/proc/" + pid + "/task")
		for _, thread := range threads {
			list, _ := os.ReadFile("/proc/" + pid + "/task/" + thread.Name() + "/children")
			if children := strings.Fields(string(list)); len(children) > 0 {
				return children[0]
			}
		}
	}
	t.Fatal("no environment")
	return ""
}
