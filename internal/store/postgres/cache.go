package postgres

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/lambdagate/lambdagate/internal/store/blobdir"
)

// cache has copies of blobs as files. When they are too many bytes, the least
// recently used go.
type cache struct {
	path      string
	dir       *blobdir.Dir
	max       int64
	temporary bool

	mu    sync.Mutex
	bytes int64
}

func openCache(path string, max int64) (c *cache, err error) {
	c = &cache{path: path, max: max}
	if path == "" {
		c.temporary = true
		if c.path, err = tempDir(); err != nil {
			return nil, err
		}
	}
	if c.dir, err = blobdir.Open(c.path, true); err != nil {
		return nil, err
	}
	for _, f := range c.files() {
		c.bytes += f.size
	}
	return c, nil
}

func (c *cache) put(ctx context.Context, r io.Reader) (digest string, size int64, err error) {
	digest, size, err = c.dir.Put(ctx, r)
	if err == nil {
		c.grow(size)
	}
	return digest, size, err
}

func (c *cache) open(digest string) (io.ReadCloser, error) {
	f, err := c.dir.Open(digest)
	if err == nil {
		now := time.Now()
		_ = os.Chtimes(filepath.Join(c.path, digest[:2], digest), now, now) // only the order of leaving
	}
	return f, err
}

func (c *cache) delete(digest string) error { return c.dir.Delete(digest) }

// grow notes a new copy, and makes room when there is too much: the newest copy
// stays in any case. The sum is corrected then, so it may be rough meanwhile.
func (c *cache) grow(size int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.bytes += size; c.bytes <= c.max {
		return
	}
	files := c.files()
	slices.SortFunc(files, func(a, b cached) int { return b.used.Compare(a.used) })
	c.bytes = 0
	for i, f := range files {
		if i > 0 && c.bytes+f.size > c.max*9/10 {
			_ = c.dir.Delete(f.digest)
			continue
		}
		c.bytes += f.size
	}
}

type cached struct {
	digest string
	size   int64
	used   time.Time
}

func (c *cache) files() (list []cached) {
	digests, err := c.dir.List()
	if err != nil {
		return nil
	}
	for _, digest := range digests {
		if info, err := os.Stat(filepath.Join(c.path, digest[:2], digest)); err == nil {
			list = append(list, cached{digest, info.Size(), info.ModTime()})
		}
	}
	return list
}

func (c *cache) clear() {
	for _, f := range c.files() {
		_ = c.dir.Delete(f.digest)
	}
}

func (c *cache) close() error {
	if !c.temporary {
		return nil
	}
	return os.RemoveAll(c.path)
}
