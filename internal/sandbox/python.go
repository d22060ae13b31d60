package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/lambdagate/lambdagate/internal/runtimeapi"
	"github.com/lambdagate/lambdagate/internal/sandbox/jail"
)

// interpreter is a Python of this machine, as it describes itself.
type interpreter struct {
	Version    string // "3.12"
	Executable string
	Prefixes   []string // folders it is installed in
}

// askPython prints an interpreter as JSON.
const askPython = `import json, os, sys
print(json.dumps({"Version": "%d.%d" % sys.version_info[:2], "Executable": os.path.realpath(sys.executable),
	"Prefixes": sorted({os.path.realpath(p) for p in (sys.base_prefix, sys.base_exec_prefix)})}))`

// launchPython finds an interpreter of exactly the minor version.
func (m *Manager) launchPython(ctx context.Context, l language) (*launch, error) {
	python, err := m.findPython(ctx, l.minor)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrRuntime, l.id, err)
	}
	bootstrap, err := runtimeapi.WriteBootstrap(m.cacheDir(), "python")
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrRuntime, l.id, err)
	}
	out := &launch{language: l, path: python.Executable, plain: m.plain}
	// Python finds its folders by its own full name.
	if m.plain {
		out.args = []string{python.Executable, filepath.Join(bootstrap, "bootstrap.py"), l.id}
		return out, nil
	}
	out.args = []string{python.Executable, runtimeDir + "/bootstrap.py", l.id}
	out.binds = []jail.Bind{{Sources: []string{bootstrap}, Target: runtimeDir}}
	for _, prefix := range python.Prefixes {
		if prefix != "/usr" && !strings.HasPrefix(prefix, "/usr/") {
			out.binds = append(out.binds, jail.Bind{Sources: []string{prefix}, Target: prefix})
		}
	}
	return out, nil
}

// findPython asks the configured interpreter, or those on PATH that may have
// the version.
func (m *Manager) findPython(ctx context.Context, minor string) (*interpreter, error) {
	if path := m.config.Python[minor]; path != "" {
		python, err := describePython(ctx, path)
		if err != nil {
			return nil, fmt.Errorf("configured interpreter: %w", err)
		}
		if python.Version != minor {
			return nil, fmt.Errorf("the configured interpreter %s is Python %s", path, python.Version)
		}
		return python, nil
	}
	var looked []string
	for _, name := range []string{"python" + minor, "python3", "python"} {
		path, err := exec.LookPath(name)
		if err != nil {
			looked = append(looked, name+" (not on PATH)")
			continue
		}
		python, err := describePython(ctx, path)
		switch {
		case err != nil:
			looked = append(looked, name+" (does not run)")
		case python.Version != minor:
			looked = append(looked, fmt.Sprintf("%s (is Python %s)", path, python.Version))
		default:
			return python, nil
		}
	}
	return nil, fmt.Errorf("no Python %s on this machine; looked for %s; install it, or give the path of an interpreter "+
		"in the configuration", minor, strings.Join(looked, ", "))
}

// describePython runs an interpreter, outside of any sandbox.
func describePython(ctx context.Context, path string) (*interpreter, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, "-I", "-S", "-c", askPython)
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", path, err)
	}
	var python interpreter
	if err := json.Unmarshal(out, &python); err != nil {
		return nil, fmt.Errorf("run %s: %w", path, err)
	}
	return &python, nil
}
