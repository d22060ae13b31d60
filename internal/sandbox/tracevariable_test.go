package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// traced is a function that says what it sees of its trace, in the ways there are.
var traced = map[string]map[string]string{
	"nodejs": {"index.js": `
var env = process.env;
exports.handler = function (event, context) {
	var copy = {};
	for (var name in process.env) { copy[name] = process.env[name]; }
	var all = [process.env._X_AMZN_TRACE_ID, env['_X_AMZN_TRACE_ID'], copy._X_AMZN_TRACE_ID,
		JSON.parse(JSON.stringify(process.env))._X_AMZN_TRACE_ID,
		Object.getOwnPropertyDescriptor(process.env, '_X_AMZN_TRACE_ID').value,
		require('child_process').execSync('echo $_X_AMZN_TRACE_ID').toString().trim()];
	var name = '_X_AMZN_TRACE_ID';
	all.push(String(name in process.env && Object.keys(process.env).indexOf(name) >= 0 && process.env.hasOwnProperty(name)));
	process.env.MINE = 'x'; all.push(process.env.MINE + env.MINE); delete process.env.MINE; all.push(String(process.env.MINE));
	if (event === 'set') { process.env[name] = 'own'; all.push(env[name]); }
	if (event === 'delete') { delete env[name]; all.push(String(process.env[name]) + (name in process.env)); }
	return context.done ? context.done(null, all.join(' ')) : all.join(' ');
};`},
	"python": {"index.py": `
import os
from os import environ
def handler(event, context):
    name = "_X_AMZN_TRACE_ID"
    all = [os.environ[name], environ.get(name), os.getenv(name), dict(os.environ)[name], os.environb[name.encode()].decode(), os.environ.copy()[name]]
    all.append(str(name in os.environ and name in list(os.environ)).lower())
    os.environ["MINE"] = "x"; all.append(os.environ["MINE"] + environ["MINE"]); del os.environ["MINE"]; all.append(str(os.environ.get("MINE", "undefined")))
    if event == "set": os.environ[name] = "own"; all.append(environ[name])
    if event == "delete": del environ[name]; all.append(str(os.environ.get(name, "undefined")) + str(name in os.environ).lower())
    return " ".join(all)
`},
}

// TestTraceVariable: functions see the trace of each event in their environment,
// however they look, and may change it.
func TestTraceVariable(t *testing.T) {
	t.Parallel()
	for _, runtime := range slices.Concat([]string{"nodejs4.3", "nodejs6.10", "nodejs10.x", "nodejs12.x", "nodejs16.x", "nodejs20.x", "nodejs22.x", "nodejs24.x"}, pythonRuntimes()) {
		t.Run(runtime, func(t *testing.T) {
			t.Parallel()
			m, l := newManager(t, func(c *Config) { c.Python = foundPythons() })
			f := newFunction(t, runtime, traced[strings.TrimRight(runtime, "0123456789.x")])
			for i, say := range []string{"", "", "set", "", "delete", "", ""} {
				trace := fmt.Sprintf("Root=1-67b0c1d2-%024d", i)
				ev := newEvent(fmt.Sprintf("%q", say))
				ev.TraceID = trace
				o, err := m.Invoke(t.Context(), f, ev)
				if err != nil {
					t.Fatal(err)
				}
				want := strings.Repeat(trace+" ", 6) + "true xx undefined" + map[string]string{"set": " own", "delete": " undefinedfalse"}[say]
				if string(o.Payload) != fmt.Sprintf("%q", want) {
					t.Errorf("%d %s: %s %s\nwant %q\n%.2000s", i, say, o.FunctionError, o.Payload, want, l)
				}
			}
		})
	}
}

// TestTraceMemory: the traces of many events do not stay in memory.
func TestTraceMemory(t *testing.T) {
	t.Parallel()
	functions := map[string]map[string]string{
		"nodejs": {"index.js": `
exports.handler = function (event, context, callback) {
	var make = require(require('path').dirname(process.argv[1]) + '/context').make;
	function resident() { return Number(/VmRSS:\s*(\d+)/.exec(require('fs').readFileSync('/proc/self/status', 'utf8'))[1]); }
	function run() { for (var i = 0; i < 400000; i++) { make({ trace: 'Root=1-67b0c1d2-' + Math.random() + i }); } if (global.gc) { global.gc(); } }
	run();
	run();
	var before = resident();
	run();
	callback(null, resident() - before);
};`},
		"python": {"index.py": `
import re, lambda_context
def resident():
    return int(re.search(r"VmRSS:\s*(\d+)", open("/proc/self/status").read()).group(1))
def run(n):
    for i in range(400000):
        lambda_context.set_trace("Root=1-67b0c1d2-%040d" % (n + i))
def handler(event, context):
    run(0)
    before = resident()
    run(1000000)
    return resident() - before
`},
	}
	for _, runtime := range slices.Concat([]string{"nodejs10.x", "nodejs22.x"}, pythonRuntimes()) {
		t.Run(runtime, func(t *testing.T) {
			t.Parallel()
			m, l := newManager(t, func(c *Config) { c.Python = foundPythons() })
			f := newFunction(t, runtime, functions[strings.TrimRight(runtime, "0123456789.x")])
			ev := newEvent(`{}`)
			ev.TraceID = "Root=1"
			o, err := m.Invoke(t.Context(), f, ev)
			if err != nil {
				t.Fatal(err)
			}
			grown := 0
			_, err = fmt.Sscan(string(o.Payload), &grown)
			t.Logf("%d kB", grown)
			if err != nil || grown > 24<<10 {
				t.Errorf("400,000 traces took %s kB: %v\n%s", o.Payload, err, l)
			}
		})
	}
}
