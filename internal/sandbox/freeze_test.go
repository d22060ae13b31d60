//go:build linux

package sandbox

import (
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
				// A child counts ticks of 10 ms into a file.
				f := newFunction(t, "nodejs20.x", map[string]string{"index.js": `
const { spawn } = require('child_process'), fs = require('fs');
const file = fs.mkdtempSync('/tmp/freeze-') + '/ticks';
exports.handler = async (event) => {
	if (event.start) {
		spawn('/bin/sh', ['-c', 'while :; do echo >> ' + file + '; sleep 0.01; done'], {stdio: 'ignore'});
		while (!fs.existsSync(file)) await new Promise(r => setTimeout(r, 1));
	}
	const read = () => fs.readFileSync(file).length;
	const ticks = read();
	if (event.wait) while (read() < ticks + 3) await new Promise(r => setTimeout(r, 1));
	if (event.remove) fs.rmSync(file);
	return ticks;
};`})
				first := string(invoke(t, m, f, `{"start":true}`).Payload)
				time.Sleep(300 * time.Millisecond) // nothing tells that nothing happens
				second := string(invoke(t, m, f, `{}`).Payload)
				var before, after int
				fmt.Sscan(first, &before)
				fmt.Sscan(second, &after)
				if still := after-before < 5; still != freeze || after == 0 {
					t.Errorf("%d ticks, then %d", before, after)
				}
				if freeze {
					eventually(t, "it is stopped", func() bool {
						state, err := os.ReadFile(fmt.Sprintf("/proc/%s/stat", programOf(t, m)))
						return err == nil && strings.Contains(string(state), ") T ")
					})
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
