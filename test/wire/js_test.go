package wire

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// installJS fetches the SDK unless it is there.
func installJS(t *testing.T) {
	t.Helper()
	install := exec.Command("npm", "ci", "--silent", "--no-fund", "--no-audit")
	install.Dir = "js"
	if _, err := os.Stat("js/node_modules/@aws-sdk/client-sts"); err != nil {
		if out, err := install.CombinedOutput(); err != nil {
			t.Fatalf("npm ci: %v\n%s", err, out)
		}
	}
}

// TestJavaScript runs js/journey.mjs with AWS's JavaScript SDK v3.
func TestJavaScript(t *testing.T) {
	installJS(t)
	s := start(t)
	code, err := os.ReadFile("../../examples/calc/index.js")
	if err != nil {
		t.Fatal(err)
	}
	archive := filepath.Join(t.TempDir(), "calc.zip")
	if err := os.WriteFile(archive, zipOf(t, "index.js", code), 0o644); err != nil {
		t.Fatal(err)
	}
	run := exec.Command("node", "journey.mjs")
	run.Dir = "js"
	run.Env = append(os.Environ(), "ENDPOINT="+s.url, "CALC_ZIP="+archive, "AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE=1", "NODE_NO_WARNINGS=1")
	out, err := run.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "\ndone") {
		t.Fatalf("%v\n%s\n%s", err, out, s.log)
	}
	t.Logf("%s", out)
}
