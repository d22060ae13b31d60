package engine

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// extended makes an image with a program as extensions of those names.
func extended(t *testing.T, d *docker, image string, names ...string) {
	t.Helper()
	text, err := os.ReadFile(extension)
	if err != nil {
		t.Fatal(err)
	}
	more := files{"/opt/extensions/folder/not-one": ""}
	for _, name := range names {
		more["/opt/extensions/"+name] = string(text)
	}
	d.shell(t, image, more, "ENV LAMBDA_TASK_ROOT=/var/task")
}

// logged waits until all of a function's log has what the patterns match, and
// returns it.
func (s *server) logged(t *testing.T, name string, patterns ...string) string {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(200 * time.Millisecond) {
		log := s.aws(t, "logs", "filter-log-events", "--log-group-name", "/aws/lambda/"+name, "--query", "join('', events[].message)", "--output", "text")
		missing := ""
		for _, p := range patterns {
			if !regexp.MustCompile(p).MatchString(log) {
				missing = p
			}
		}
		if missing == "" {
			return log
		}
		if time.Now().After(deadline) {
			t.Errorf("no %q in the log of %s:\n%s", missing, name, log)
			return log
		}
	}
}

// TestExtensions: programs in /opt/extensions of an image start with it, hear of
// events and of the end, and the function waits for them.
func TestExtensions(t *testing.T) {
	d := newDocker(t)
	extended(t, d, "extended:1", "watcher", "quiet", "telemetry-http")
	s := newServer(t, d)
	s.create(t, "f", "extended:1", map[string]any{"Environment": map[string]any{"Variables": map[string]string{"MINE": "mine"}}})
	for n := range 3 {
		answer, log := s.invoke(t, "f", fmt.Sprintf("echo %d $MINE $LAMBDA_TASK_ROOT; echo said >&3", n))
		match(t, "answer", answer, fmt.Sprintf(`^"app.handler %d mine /var/task\|"$`, n))
		match(t, "log", log, `(?s)^START.*\nsaid\n.*END.*REPORT`, `(?s)^START.*\nwatcher: INVOKE [-0-9a-f]{36}\n.*watcher: done\n.*END`)
	}
	match(t, "processes", first(s.invoke(t, "f", "ps")), `/opt/extensions/watcher`, `/opt/extensions/quiet`)
	s.call(t, "PUT", "/f/configuration", map[string]int{"MemorySize": 256})
	d.gone(t, "f")
	s.logged(t, "f",
		`watcher: registered f \$LATEST  000000000000\n`,
		`watcher: variables "" us-east-1\n`,
		`EXTENSION\tName: quiet\tState: Ready\tEvents: \[\]\nEXTENSION\tName: telemetry-http\tState: Ready\tEvents: \[INVOKE,SHUTDOWN\]\nEXTENSION\tName: watcher\tState: Ready\tEvents: \[INVOKE,SHUTDOWN\]\n`,
		`watcher: SHUTDOWN spindown until \d+\n`,
		`got .*"type":"function","record":"said\\n"`, `got .*"type":"platform.report"`)
}

// TestExtensionFailures: what AWS answers where an extension does not do its
// part, and where the function does not.
func TestExtensionFailures(t *testing.T) {
	d := newDocker(t)
	s := newServer(t, d)
	const id = `RequestId: [-0-9a-f]{36} Error: `
	for _, test := range []struct{ extension, event, want, log string }{
		{"exits-early", "true", `{"errorType":"Extension.Crash","errorMessage":"` + id + `exit status 4"}`, `Extension.Crash`},
		{"init-error", "true", `{"errorType":"Extension.InitError","errorMessage":"` + id + `Mine.NotReady"}`, `Extension.InitError`},
		{"unexecutable", "true", `{"errorType":"Extension.LaunchError","errorMessage":"` + id + `unexecutable: permission denied"}`, `State: LaunchError\tEvents: \[\]\tError Type: PermissionDenied`},
		{"exits-in-event", "true", `{"errorType":"Extension.Crash","errorMessage":"` + id + `exit status 5"}`, `Extension.Crash`},
		{"exit-error", "true", `{"errorType":"Extension.ExitError","errorMessage":"` + id + `Mine.Broken"}`, `Extension.ExitError`},
		{"hangs", "true", `{"errorType":"Sandbox.Timedout","errorMessage":"` + id + `Task timed out after 2.00 seconds"}`, `Task timed out`},
		{"watcher", "exit 1", `{"errorType":"Runtime.ExitError","errorMessage":"` + id + `Runtime exited with error: exit status 1"}`, `Runtime.ExitError`},
		{"watcher", "sleep 30", `{"errorType":"Sandbox.Timedout","errorMessage":"` + id + `Task timed out after 2.00 seconds"}`, `watcher: SHUTDOWN timeout`},
		{"register-errors", "true", `"app.handler "`, `register-errors: 403 Extension.InvalidEventType`},
	} {
		t.Run(test.extension+" "+test.event, func(t *testing.T) {
			name := strings.ReplaceAll(test.extension+"-"+test.event, " ", "-")
			extended(t, d, name+":1", test.extension)
			s.create(t, name, name+":1", map[string]any{"Timeout": 2})
			answer, _ := s.invoke(t, name, test.event)
			match(t, "answer", answer, "^"+strings.ReplaceAll(test.want, "{\"", "\\{\"")+"$")
			if test.extension != "register-errors" {
				d.gone(t, name)
			}
			s.logged(t, name, test.log)
		})
	}
}
