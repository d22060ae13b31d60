package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"time"

	"github.com/lambdagate/lambdagate/internal/sandbox"
)

type doctorCmd struct {
	Runtimes string `help:"Cache folder of runtimes; the user's cache folder if not given."`
}

// Run prints what works here, one line each: ok, or what is missing and what to
// do about it.
func (c *doctorCmd) Run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	fmt.Printf("lambdagate %s on %s/%s, %d processors, uid %d\n", versionText(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), os.Getuid())
	for _, tool := range []struct{ name, need string }{
		{"npm", "fetches Node.js for functions; install Node.js with npm, or name binaries with --runtime nodejs22.x=/path/to/node"},
		{"python3", "runs python3.x functions of its own version; other versions are named with --runtime python3.12=/path"},
		{"docker", "is needed only for functions of package type Image"},
	} {
		if path, err := exec.LookPath(tool.name); err == nil {
			fmt.Printf("ok       %s: %s\n", tool.name, path)
		} else {
			fmt.Printf("missing  %s: it %s\n", tool.name, tool.need)
		}
	}
	return c.sandbox(ctx)
}

func (c *doctorCmd) sandbox(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "lambdagate-doctor-")
	if err != nil {
		return fmt.Errorf("make a temporary folder: %w", err)
	}
	defer os.RemoveAll(dir)
	m, err := sandbox.Open(ctx, sandbox.Config{Dir: dir, Runtimes: c.Runtimes, PreStarted: -1})
	if err != nil {
		return err
	}
	for _, p := range m.Protections() {
		state := "ok      "
		if !p.Active {
			state = "missing "
		}
		fmt.Printf("%s %s: %s\n", state, p.Name, p.Detail)
	}
	if ok, detail := m.Copies(); ok {
		fmt.Printf("ok       copies of started runtimes: %s\n", detail)
	} else {
		fmt.Printf("missing  copies of started runtimes: %s\n", detail)
	}
	return m.Close(ctx)
}
