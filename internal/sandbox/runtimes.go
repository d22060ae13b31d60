package sandbox

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/lambdagate/lambdagate/internal/runtimeapi"
	"github.com/lambdagate/lambdagate/internal/sandbox/engine"
	"github.com/lambdagate/lambdagate/internal/sandbox/jail"
)

// family is what runs the code of a runtime.
type family int

const (
	node   family = iota // our Node.js bootstrap, frames
	python               // our Python bootstrap, frames
	custom               // a program that speaks the HTTP Runtime API
)

// language is an identifier of AWS, taken apart.
type language struct {
	id     string
	family family
	// major is Node.js's version; minor is Python's ("3.12").
	major int
	minor string
}

// legacy says that the contract is that of nodejs4.3 to nodejs8.10.
func (l language) legacy() bool { return l.family == node && l.major < 10 }

// takesAhead says that its bootstrap takes events before their turn.
func (l language) takesAhead() bool { return l.family == node || l.family == python }

var (
	nodeID   = regexp.MustCompile(`^nodejs(?:(\d+)\.(?:x|\d+)(?:-edge)?)?$`) // "nodejs" is 0.10
	pythonID = regexp.MustCompile(`^python(\d+\.\d+)$`)
)

// parseRuntime takes AWS's identifier apart.
func parseRuntime(id string) language {
	if m := nodeID.FindStringSubmatch(id); m != nil {
		major, _ := strconv.Atoi(m[1])
		return language{id: id, family: node, major: major}
	}
	if m := pythonID.FindStringSubmatch(id); m != nil {
		return language{id: id, family: python, minor: m[1]}
	}
	return language{id: id, family: custom}
}

// runtimeVersion is how INIT_START names a runtime: "nodejs:20.v1".
func runtimeVersion(id string) string {
	name := strings.TrimRight(id, "0123456789.x")
	version := strings.TrimSuffix(strings.TrimPrefix(id, name), ".x")
	if name == "" || version == "" {
		return id + ".v1"
	}
	return name + ":" + version + ".v1"
}

// Folders inside an environment.
const (
	taskRoot   = "/var/task"
	layerRoot  = "/opt"
	runtimeDir = "/var/runtime"
	langDir    = "/var/lang"

	extensionsFolder = layerRoot + "/extensions"
)

// launch is how a runtime's process starts, for any function.
type launch struct {
	language
	path  string
	args  []string // args[0] included
	binds []jail.Bind
	// runtimeDir is the host's folder with the client of a custom runtime, or
	// empty.
	runtimeDir string
	engine     *engine.Engine // of container images
	command    []string       // that starts a custom runtime, if configured
	plain      bool           // without walls
}

// launchOf finds the runtime's program. It may fetch it.
func (m *Manager) launchOf(ctx context.Context, l language) (*launch, error) {
	switch l.family {
	case node:
		return m.launchNode(ctx, l)
	case python:
		return m.launchPython(ctx, l)
	default:
		return m.launchCustom(l)
	}
}

func (m *Manager) launchNode(ctx context.Context, l language) (*launch, error) {
	binary, err := m.nodeBinary(ctx, l)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrRuntime, l.id, err)
	}
	bootstrap, err := runtimeapi.WriteBootstrap(m.cacheDir(), "node")
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrRuntime, l.id, err)
	}
	if m.plain {
		return &launch{language: l, path: binary, args: []string{"node", filepath.Join(bootstrap, "bootstrap.js"), l.id}, plain: true}, nil
	}
	return &launch{
		language: l,
		path:     langDir + "/bin/node",
		args:     []string{"node", runtimeDir + "/bootstrap.js", l.id},
		binds: []jail.Bind{
			{Sources: []string{binary}, Target: langDir + "/bin/node"},
			{Sources: []string{bootstrap}, Target: runtimeDir},
		},
	}, nil
}

// nodeBinary is the configured binary, the cached one, or one that is fetched.
func (m *Manager) nodeBinary(ctx context.Context, l language) (string, error) {
	for _, key := range []string{l.id, strconv.Itoa(l.major)} {
		if path := m.config.Node[key]; path != "" {
			resolved, err := filepath.EvalSymlinks(path)
			if err != nil {
				return "", fmt.Errorf("configured binary: %w", err)
			}
			return resolved, nil
		}
	}
	return m.nodes.Binary(ctx, l.major)
}

// nodeFlags bound V8's heap by the function's memory, as AWS does.
func nodeFlags(l language, memoryMB int) []string {
	flags := []string{
		"--expose-gc",
		"--max-semi-space-size=" + strconv.Itoa(max(1, memoryMB*5/100)),
		"--max-old-space-size=" + strconv.Itoa(memoryMB*90/100),
	}
	if l.major == 20 || l.major == 22 {
		flags = append(flags, "--no-experimental-require-module", "--no-experimental-detect-module")
	}
	return flags
}

// argv are the arguments for a function's memory and settings.
func (l *launch) argv(memoryMB int, inspect string) []string {
	if l.family == python && inspect != "" {
		// AWS: nothing; debugpy is the function's or the interpreter's own.
		return append([]string{l.args[0], "-Xfrozen_modules=off", "-m", "debugpy", "--listen", inspect}, l.args[1:]...)
	}
	if l.family != node {
		return l.args
	}
	args := append([]string{l.args[0]}, nodeFlags(l.language, memoryMB)...)
	if inspect != "" {
		args = append(args, "--inspect="+inspect)
	}
	return append(args, l.args[1:]...)
}

// codeRoot is where the process sees the function's code.
func (l *launch) codeRoot(f *Function) string {
	if l.plain {
		return f.CodeDir
	}
	return taskRoot
}

// codeBinds show a function's code and layers.
func codeBinds(f *Function) []jail.Bind {
	binds := []jail.Bind{{Sources: []string{f.CodeDir}, Target: taskRoot}}
	if len(f.Layers) > 0 {
		binds = append(binds, jail.Bind{Sources: f.Layers, Target: layerRoot})
	}
	return binds
}

// accountFiles make the environment's own /etc.
func accountFiles() map[string]string {
	files := map[string]string{
		"/etc/passwd":        "root:x:0:0:root:/root:/bin/sh\nsbx_user1051:x:993:990::/tmp:/sbin/nologin\n",
		"/etc/group":         "root:x:0:\nsbx_user1051:x:990:\n",
		"/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
	}
	for _, name := range []string{"/etc/hosts", "/etc/resolv.conf"} {
		if text, err := os.ReadFile(name); err == nil {
			files[name] = string(text)
		}
	}
	return files
}
