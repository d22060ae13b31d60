package velocity

import (
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

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
// render. It prints nanoseconds and ratios.
func TestSpeed(t *testing.T) {
	if !*speed {
		t.Skip("needs -speed")
	}
	folder, err := filepath.Abs(filepath.Join(testdata, "bench"))
	if err != nil {
		t.Fatal(err)
	}
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
	for range 7 {
		r := testing.Benchmark(func(b *testing.B) {
			for b.Loop() {
				vars := &readyInput{params.(*vtl.Map), path.(*vtl.Map)}
				var out []byte // as Velocity's StringWriter and velocityjs's string
				if out, err = p.Append(context.Background(), out, vars, vtl.Limits{}); err != nil {
					b.Fatal(err)
				}
				output = out
			}
		})
		rounds = append(rounds, float64(r.T.Nanoseconds())/float64(r.N))
	}
	slices.Sort(rounds)
	return timing{rounds[len(rounds)/2], string(output)}
}

func speedOfVelocity(t *testing.T, folder string) map[string]timing {
	t.Helper()
	newDriver(t) // skips, or compiles
	classes := compileDriver(t)
	if out, err := exec.Command("javac", "-cp", classpath(classes), "-d", classes, "Bench.java").CombinedOutput(); err != nil {
		t.Fatalf("javac: %v\n%s", err, out)
	}
	args := append([]string{"-cp", classpath(classes), "Bench", folder}, speedTemplates...)
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
