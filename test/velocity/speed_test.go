package velocity

import (
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/vtl"
)

var speed = flag.Bool("speed", false, "compare speed with Apache Velocity and velocityjs")

// velocityjs is the version to compare with.
const velocityjs = "velocityjs@2.1.7"

var speedTemplates = []string{"params", "operator", "result", "long", "foreach"}

// A timing is one engine's speed on one template.
type timing struct {
	nanos  float64
	output string
}

// TestSpeed runs the benchmark templates with vtl, Apache Velocity and
// velocityjs: compiled once, the same ready-made values, a new context for each
// render, the best of nine rounds. It prints nanoseconds of processor time, of
// the whole process with its garbage collection, and ratios.
func TestSpeed(t *testing.T) {
	if !*speed {
		t.Log("measures only with -speed")
		return
	}
	folder, err := filepath.Abs(filepath.Join(testdata, "bench"))
	if err != nil {
		t.Fatal(err)
	}
	// The garbage collectors of Java and Node start with tens of megabytes.
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(64 << 20)
	java := speedOfVelocity(t, folder)
	js := speedOfVelocityJS(t, folder)
	t.Logf("%-10s %10s %15s %15s", "template", "vtl", "Velocity 1.7", "velocityjs")
	for _, name := range speedTemplates {
		ours := speedOfVTL(t, folder, name)
		if ours.output != java[name].output {
			t.Errorf("%s: vtl prints %q, Velocity %q", name, ours.output, java[name].output)
		}
		line := func(of timing) string {
			if of.nanos == 0 {
				return "-"
			}
			return strconv.FormatFloat(of.nanos, 'f', 0, 64) + " (" + strconv.FormatFloat(of.nanos/ours.nanos, 'f', 1, 64) + "x)"
		}
		t.Logf("%-10s %7.0f ns %15s %15s", name, ours.nanos, line(java[name]), line(js[name]))
	}
}

// A readyInput is an $input whose answers are ready made.
type readyInput struct{ params, path *vtl.Map }

func (in *readyInput) Call(name string, args []any) (any, bool, error) {
	if name == "path" {
		return in.path, true, nil
	}
	key, _ := args[0].(string)
	v, _ := in.params.Get(key)
	return v, true, nil
}

func (in *readyInput) Variable(name string) (any, bool) { return in, name == "input" }

func speedOfVTL(t *testing.T, folder, name string) timing {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(folder, "input.json"))
	if err != nil {
		t.Fatal(err)
	}
	v, err := vtl.ParseJSON(data)
	if err != nil {
		t.Fatal(err)
	}
	params, _ := v.(*vtl.Map).Get("params")
	path, _ := v.(*vtl.Map).Get("path")
	source, err := os.ReadFile(filepath.Join(folder, name+".vtl"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := vtl.Parse(string(source), vtl.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var output []byte
	var rounds []float64
	for range 9 {
		start, cpu, n := time.Now(), processorTime(t), 0
		for ; time.Since(start) < 400*time.Millisecond; n += 100 {
			for range 100 {
				vars := &readyInput{params.(*vtl.Map), path.(*vtl.Map)}
				if output, err = p.Append(context.Background(), nil, vars, vtl.Limits{}); err != nil {
					t.Fatal(err)
				}
			}
		}
		rounds = append(rounds, float64(processorTime(t)-cpu)/float64(n))
	}
	return timing{slices.Min(rounds), string(output)}
}

// processorTime returns what this process has used so far.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

func speedOfVelocity(t *testing.T, folder string) map[string]timing {
	t.Helper()
	newDriver(t) // skips, or compiles
	classes := compileDriver(t)
	if out, err := exec.Command("javac", "-cp", classpath(classes), "-d", classes, "Bench.java").CombinedOutput(); err != nil {
		t.Fatalf("javac: %v\n%s", err, out)
	}
	args := append([]string{"-Xmx64m", "-cp", classpath(classes), "Bench", folder}, speedTemplates...)
	return timings(t, exec.Command("java", args...))
}

// speedOfVelocityJS returns nothing where Node or npm is missing.
func speedOfVelocityJS(t *testing.T, folder string) map[string]timing {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = t.TempDir()
	}
	modules := filepath.Join(cache, "lambdagate", "velocity", "velocityjs")
	if _, err := os.Stat(filepath.Join(modules, "node_modules", "velocityjs")); err != nil {
		npm := exec.Command("npm", "install", "--no-audit", "--no-fund", "--prefix", modules, velocityjs)
		if out, err := npm.CombinedOutput(); err != nil {
			t.Logf("without velocityjs: %v\n%s", err, out)
			return nil
		}
	}
	return timings(t, exec.Command("node", append([]string{"bench.js", modules, folder}, speedTemplates...)...))
}

// timings reads lines of name, nanoseconds and output.
func timings(t *testing.T, cmd *exec.Cmd) map[string]timing {
	t.Helper()
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v", cmd.Args, err)
	}
	all := map[string]timing{}
	for line := range strings.Lines(string(out)) {
		fields := strings.SplitN(strings.TrimSuffix(line, "\n"), "\t", 3)
		nanos, err := strconv.ParseFloat(fields[1], 64)
		if err != nil || len(fields) != 3 {
			t.Fatalf("unexpected %q", line)
		}
		all[fields[0]] = timing{nanos, strings.NewReplacer(`\\`, `\`, `\n`, "\n").Replace(fields[2])}
	}
	return all
}
