package sandbox

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/sandbox/jail"
)

// TestProtections compares what is reported with what a function meets.
func TestProtections(t *testing.T) {
	t.Parallel()
	secret := newFunction(t, "nodejs20.x", map[string]string{"secret": "s"}).CodeDir + "/secret"
	for _, test := range []struct {
		isolation Isolation
		network   jail.Network
	}{{IsolationAuto, jail.HostNetwork}, {IsolationRequired, jail.NoNetwork}, {IsolationOff, jail.HostNetwork}} {
		m, _ := newManager(t, func(c *Config) { c.Isolation, c.Network = test.isolation, test.network })
		active := map[string]bool{}
		for _, p := range m.Protections() {
			active[p.Name] = p.Active
			if p.Detail == "" {
				t.Errorf("%s: no detail", p.Name)
			}
			if test.isolation == IsolationOff && !p.Active && p.Name != "own network" && p.Detail != "switched off by the configuration" {
				t.Errorf("%s: %s", p.Name, p.Detail)
			}
		}
		f := newFunction(t, "nodejs20.x", map[string]string{"index.js": `
const fs = require("fs");
exports.handler = async (secret) => {
	const status = fs.readFileSync("/proc/self/status", "utf8");
	return {
		"own users": !/^Uid:\t(0|65534)\t/m.test(status),
		"own processes": fs.readdirSync("/proc").filter(p => /^[0-9]+$/.test(p)).length < 3,
		"own files": !fs.existsSync(secret),
		"no capabilities": /^CapEff:\t0+$/m.test(status) && /^CapBnd:\t0+$/m.test(status),
		"system call filter": /^Seccomp:\t2$/m.test(status),
		"own network": Object.keys(require("os").networkInterfaces()).join() == "lo",
	};
};`})
		o := invoke(t, m, f, `"`+secret+`"`)
		for _, name := range []string{"own users", "own processes", "own files", "no capabilities", "system call filter", "own network"} {
			met := strings.Contains(string(o.Payload), `"`+name+`":true`)
			if name == "own users" && test.isolation == IsolationOff {
				continue // the tests' own user may be any
			}
			if met != active[name] {
				t.Errorf("isolation %s, network %s: %s reported %v, met %v\n%s", test.isolation, test.network, name, active[name], met, o.Payload)
			}
		}
	}
}

// TestIsolationRequired: without walls nothing runs, unless they are not asked
// for.
func TestIsolationRequired(t *testing.T) {
	t.Parallel()
	for isolation, ok := range map[Isolation]bool{IsolationRequired: false, IsolationAuto: true, IsolationOff: true} {
		config := Config{Dir: filepath.Join(t.TempDir(), "x"), Isolation: isolation,
			probe: func(context.Context, jail.Base) jail.Report { return jail.Report{Reason: "for a test"} }}
		m, err := Open(context.Background(), config)
		if (err == nil) != ok {
			t.Errorf("isolation %s: %v", isolation, err)
		}
		if err != nil && !strings.Contains(err.Error(), "isolation is required and not available: for a test") {
			t.Error(err)
		}
		if m != nil {
			m.Close(context.Background())
		}
	}
}

// TestPlain: the contract without walls.
func TestPlain(t *testing.T) {
	t.Parallel()
	m, _ := newManager(t, func(c *Config) { c.Isolation = IsolationOff; c.PreStarted = 1; c.Python = pythons(t) })
	for version := range m.config.Python {
		f := newFunction(t, "python"+version, map[string]string{"index.py": "import os\ndef handler(e, c): return os.environ['LAMBDA_TASK_ROOT'] == os.getcwd()"})
		if o := invoke(t, m, f, `{}`); string(o.Payload) != "true" {
			t.Errorf("%s: %s", version, o.Payload)
		}
	}
	f := newFunction(t, "nodejs20.x", map[string]string{"index.js": `exports.handler = async (e) => { if (e == 1) process.exit(4); return process.env.LAMBDA_TASK_ROOT == process.cwd() }`})
	for _, test := range []struct{ event, want string }{
		{`0`, `true`}, {`1`, `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ` + id + ` Error: Runtime exited with error: exit status 4"}`}, {`0`, `true`},
	} {
		if o := invoke(t, m, f, test.event); string(o.Payload) != test.want {
			t.Errorf("%s: %s", test.event, o.Payload)
		}
	}
}

// TestInitTimeout: code that takes too long to load is loaded again as part of
// the event, with the function's time limit.
func TestInitTimeout(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		timeout time.Duration
		code    string
		want    string
		log     string
	}{
		{"second try", time.Minute, `const end = Date.now() + 600; while (Date.now() < end); exports.handler = async () => "ok"`, `"ok"`,
			"INIT_REPORT Init Duration: N ms\tPhase: init\tStatus: timeout\nSTART RequestId: ID Version: $LATEST\nEND"},
		{"never", 2 * time.Second, `for (;;);`, `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ` + id + ` Error: Task timed out after 2.00 seconds"}`,
			"T ID Task timed out after 2.00 seconds\n\nEND RequestId: ID\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m, l := newManager(t, func(c *Config) { c.InitTimeout = 300 * time.Millisecond })
			f := newFunction(t, "nodejs20.x", map[string]string{"index.js": test.code})
			f.Timeout = test.timeout
			o := invoke(t, m, f, `{}`)
			if string(o.Payload) != test.want {
				t.Errorf("got %s, want %s\n%s", o.Payload, test.want, o.LogTail)
			}
			if got := strings.ReplaceAll(normal(l.String()), id, "ID"); !strings.Contains(got, test.log) {
				t.Errorf("log:\n%s\nwant\n%s", got, test.log)
			}
		})
	}
}
