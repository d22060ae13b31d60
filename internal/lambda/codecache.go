package lambda

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/lambdagate/lambdagate/internal/store"
)

// tempPrefix marks what is being written in the cache's folder.
const tempPrefix = ".tmp-"

// codeCache keeps unpacked code packages on disk, each in a folder named by
// what is in it. A folder appears whole and is never changed.
type codeCache struct {
	dir   string
	blobs store.Blobs

	mu      sync.Mutex
	flights map[string]*flight
}

// flight is one unpacking that others wait for.
type flight struct {
	done chan struct{}
	err  error
}

func openCodeCache(dir string, blobs store.Blobs) (*codeCache, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("open code cache: %w", err)
	}
	return &codeCache{dir: dir, blobs: blobs, flights: map[string]*flight{}}, nil
}

// folder returns the folder of one package, or of several laid over each other
// in that order, unpacking what is not there.
func (c *codeCache) folder(ctx context.Context, digests ...string) (string, error) {
	name := folderName(digests)
	dir := filepath.Join(c.dir, name)
	for {
		if isDir(dir) {
			return dir, nil
		}
		f, first := c.join(name)
		if first {
			if !isDir(dir) { // an earlier flight may just have landed
				f.err = c.unpack(ctx, dir, digests)
			}
			c.leave(name, f)
			return dir, f.err
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return "", ctx.Err()
		}
		if f.err != nil && !errors.Is(f.err, context.Canceled) { // another's cancelled call is not ours
			return "", f.err
		}
	}
}

// folderName is the name of the folder for packages laid over each other.
func folderName(digests []string) string {
	if len(digests) == 1 {
		return digests[0]
	}
	sum := sha256.Sum256([]byte(strings.Join(digests, ",")))
	return "merged-" + hex.EncodeToString(sum[:])
}

func (c *codeCache) join(name string) (f *flight, first bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f := c.flights[name]; f != nil {
		return f, false
	}
	f = &flight{done: make(chan struct{})}
	c.flights[name] = f
	return f, true
}

func (c *codeCache) leave(name string, f *flight) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.flights, name)
	close(f.done)
}

// unpack fills a temporary folder and renames it.
func (c *codeCache) unpack(ctx context.Context, dir string, digests []string) error {
	temp, err := os.MkdirTemp(c.dir, tempPrefix)
	if err != nil {
		return fmt.Errorf("unpack code: %w", err)
	}
	defer os.RemoveAll(temp)
	if err := os.Chmod(temp, 0o755); err != nil {
		return fmt.Errorf("unpack code: %w", err)
	}
	root, err := os.OpenRoot(temp)
	if err != nil {
		return fmt.Errorf("unpack code: %w", err)
	}
	defer root.Close()
	u := &unpacker{root: root, left: maxUnzipped}
	for _, digest := range digests {
		if err := c.unpackBlob(ctx, u, digest); err != nil {
			return err
		}
	}
	if err := os.Rename(temp, dir); err != nil && !isDir(dir) { // another process was quicker
		return fmt.Errorf("unpack code: %w", err)
	}
	return nil
}

func (c *codeCache) unpackBlob(ctx context.Context, u *unpacker, digest string) error {
	blob, err := c.blobs.OpenBlob(ctx, digest)
	if err != nil {
		return fmt.Errorf("open code package %s: %w", digest, err)
	}
	defer blob.Close()
	r, size, err := c.seekable(blob)
	if err != nil {
		return fmt.Errorf("read code package %s: %w", digest, err)
	}
	defer r.Close()
	zr, err := zip.NewReader(r, size)
	if err != nil {
		return errUnzip
	}
	return u.unpack(zr)
}

// readerAtCloser is a package that can be read at any place.
type readerAtCloser interface {
	io.ReaderAt
	io.Closer
}

// seekable copies a blob to a file that has no name any more, since zips are
// read from their end.
func (c *codeCache) seekable(blob io.Reader) (readerAtCloser, int64, error) {
	f, err := os.CreateTemp(c.dir, tempPrefix)
	if err != nil {
		return nil, 0, err
	}
	defer os.Remove(f.Name()) //nolint:errcheck // swept at the next start
	size, err := io.Copy(f, blob)
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, size, nil
}

// sweep removes what an earlier process left half-written. The folder belongs
// to one process.
func (c *codeCache) sweep() {
	left, _ := filepath.Glob(filepath.Join(c.dir, tempPrefix+"*"))
	for _, path := range left {
		os.RemoveAll(path) //nolint:errcheck // tried again at the next start
	}
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
