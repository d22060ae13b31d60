package noderuntime

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
)

// ErrMissing says that a binary is not there and cannot be got; the text says
// what to do.
var ErrMissing = errors.New("no Node.js binary")

// Cache is a folder of Node.js binaries. It is safe for concurrent use, also by
// several processes.
type Cache struct {
	// Dir is the folder; it is made when first needed.
	Dir string
	// Progress, if set, is told in a sentence about work that takes seconds.
	Progress func(message string)

	mu    sync.Mutex
	ready map[int]string
}

// DefaultDir is the user's own cache folder for runtimes.
func DefaultDir() (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("folder for runtimes: %w", err)
	}
	return filepath.Join(base, "lambdagate", "runtimes"), nil
}

// Binary returns the path of the binary for a major version of Node.js, and
// fetches it first if it is not in the cache. One caller at a time fetches;
// ctx bounds waiting and work.
func (c *Cache) Binary(ctx context.Context, major int) (string, error) {
	c.mu.Lock()
	path, ok := c.ready[major]
	c.mu.Unlock()
	if ok {
		return path, nil
	}
	p, ok := packages[platform()][major]
	if !ok {
		return "", fmt.Errorf("%w: version %d is not offered for %s; give the path of a binary in the configuration",
			ErrMissing, major, platform())
	}
	path, err := c.ensure(ctx, p)
	if err != nil {
		return "", err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ready == nil {
		c.ready = map[int]string{}
	}
	c.ready[major] = path
	return path, nil
}

// Version is the exact version that Binary gets for a major version here; it
// is empty if there is none.
func Version(major int) string { return packages[platform()][major].version }

// Cached is the path of a binary that needs no fetching, or empty.
func (c *Cache) Cached(major int) string {
	p, ok := packages[platform()][major]
	if !ok {
		return ""
	}
	path := c.path(p)
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return path
}

func (c *Cache) path(p pack) string {
	return filepath.Join(c.Dir, "node-"+p.version+"-"+platform(), "bin", "node")
}

// ensure returns the binary of p, fetched under a lock that other processes
// respect too.
func (c *Cache) ensure(ctx context.Context, p pack) (string, error) {
	path := c.path(p)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	if err := os.MkdirAll(c.Dir, 0o755); err != nil {
		return "", fmt.Errorf("folder for runtimes: %w", err)
	}
	unlock, err := lock(ctx, filepath.Join(c.Dir, ".lock-node-"+p.version))
	if err != nil {
		return "", err
	}
	defer unlock()
	if _, err := os.Stat(path); err == nil {
		return path, nil // someone else fetched it meanwhile
	}
	if err := c.fetch(ctx, p); err != nil {
		return "", err
	}
	return path, nil
}

func (c *Cache) progress(format string, args ...any) {
	if c.Progress != nil {
		c.Progress(fmt.Sprintf(format, args...))
	}
}

// platform names this machine as the packages do.
func platform() string {
	cpu := runtime.GOARCH
	if cpu == "amd64" {
		cpu = "x64"
	}
	return runtime.GOOS + "-" + cpu
}
