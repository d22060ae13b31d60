// Command bench measures the program as its users meet it, with yardsticks in the
// same run: start, memory, warm and cold calls through a deployed API, beside a
// bare Node.js HTTP server and `node -e 0`; MOCK and HTTP_PROXY integrations beside
// net/http, Caddy and nginx; and edits of small, large and many APIs. It prints a
// table in Markdown.
//
// Read in this order: main.go, server.go, proxy.go and edits.go (what is measured),
// load.go (how).
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

var (
	binary = flag.String("lambdagate", "bin/lambdagate", "the program under test")
	with   = flag.String("with", "", "further options of the program under test, such as --no-copies")
	node   = flag.String("node", "", "Node.js binary of the yardsticks; the cached one of nodejs22.x if empty")
	rounds = flag.Int("rounds", 5, "alternating rounds of each measurement")
	length = flag.Duration("length", 2*time.Second, "of one round of load")
	only   = flag.String("only", "", "comma-separated: start,warm,mock,proxy,idle,cold,edits")
)

func main() {
	flag.Parse()
	if *serveAs != "" {
		fmt.Fprintln(os.Stderr, "bench:", serveYardstick(*serveAs))
		os.Exit(1)
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run() error {
	abs, err := filepath.Abs(*binary)
	if err != nil {
		return err
	}
	*binary = abs
	fmt.Printf("%s, %d processors, %s; %s\n\n", runtime.Version(), runtime.NumCPU(), kernel(), time.Now().UTC().Format("2006-01-02"))
	fmt.Println("| what | lambdagate | yardstick | ratio |")
	fmt.Println("| --- | --- | --- | --- |")
	for _, m := range []struct {
		name string
		f    func() error
	}{
		{"start", benchStart}, {"warm", benchWarm}, {"mock", benchMock}, {"proxy", benchProxy}, {"idle", benchIdle}, {"cold", benchCold}, {"edits", benchEdits},
	} {
		if *only != "" && !strings.Contains(","+*only+",", ","+m.name+",") {
			continue
		}
		if err := m.f(); err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
	}
	return nil
}

func kernel() string {
	out, _ := exec.Command("uname", "-sr").Output() // a note only
	return strings.TrimSpace(string(out))
}

// row prints one line of the table.
func row(what, ours, yardstick, ratio string) {
	fmt.Printf("| %s | %s | %s | %s |\n", what, ours, yardstick, ratio)
}

// nodeBinary is the Node.js that the yardsticks run on: the same as functions of
// nodejs22.x, once one has run.
func nodeBinary() (string, error) {
	if *node != "" {
		return *node, nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	found, err := filepath.Glob(filepath.Join(cache, "lambdagate", "*", "*22.*", "node"))
	if err == nil && len(found) == 0 {
		found, err = filepath.Glob(filepath.Join(cache, "lambdagate", "*", "*22.*", "bin", "node"))
	}
	if err == nil && len(found) > 0 {
		return found[0], nil
	}
	return exec.LookPath("node")
}
