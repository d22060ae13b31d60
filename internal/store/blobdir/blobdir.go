// Package blobdir keeps immutable blobs as files named by the lower-case hex
// SHA-256 of their bytes: DIR/ab/abcdef…. A blob is either there as a whole and
// synced, or not there.
package blobdir

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/lambdagate/lambdagate/internal/store"
)

// Dir is one folder of blobs. Its methods are safe for concurrent use, also by
// several processes.
type Dir struct{ path string }

// Open makes the folder if need be and removes what an earlier process left
// half written. Only one process may have the folder open unless shared is set:
// then leftovers stay.
func Open(path string, shared bool) (*Dir, error) {
	d := &Dir{path: path}
	if !shared {
		if err := os.RemoveAll(d.temp()); err != nil {
			return nil, fmt.Errorf("clean blob folder: %w", err)
		}
	}
	if err := os.MkdirAll(d.temp(), 0o700); err != nil {
		return nil, fmt.Errorf("make blob folder: %w", err)
	}
	return d, nil
}

func (d *Dir) temp() string { return filepath.Join(d.path, "tmp") }

// file returns where a blob is, or "" if digest is none.
func (d *Dir) file(digest string) string {
	if !ValidDigest(digest) {
		return ""
	}
	return filepath.Join(d.path, digest[:2], digest)
}

// ValidDigest says whether s is a lower-case hex SHA-256.
func ValidDigest(s string) bool {
	if len(s) != 2*sha256.Size {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// Put stores what r holds. It returns after the bytes and their name are synced.
func (d *Dir) Put(ctx context.Context, r io.Reader) (digest string, size int64, err error) {
	f, err := os.CreateTemp(d.temp(), "put-*")
	if err != nil {
		return "", 0, fmt.Errorf("store blob: %w", err)
	}
	defer os.Remove(f.Name()) // no effect once it is renamed
	sum := sha256.New()
	size, err = io.Copy(io.MultiWriter(f, sum), Reader(ctx, r))
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return "", 0, fmt.Errorf("store blob: %w", err)
	}
	digest = hexSum(sum)
	if err := d.keep(f.Name(), digest); err != nil {
		return "", 0, fmt.Errorf("store blob %s: %w", digest, err)
	}
	return digest, size, nil
}

// keep gives a synced temporary file its name. A blob that is there already is
// replaced by the same bytes, which readers do not notice.
func (d *Dir) keep(temp, digest string) error {
	to := d.file(digest)
	dir := filepath.Dir(to)
	switch err := os.Mkdir(dir, 0o700); {
	case err == nil:
		if err := SyncDir(d.path); err != nil {
			return err
		}
	case !errors.Is(err, fs.ErrExist):
		return err
	}
	if err := os.Rename(temp, to); err != nil {
		return err
	}
	return SyncDir(dir)
}

// Open reads a blob, or returns store.ErrNotFound.
func (d *Dir) Open(digest string) (io.ReadCloser, error) {
	path := d.file(digest)
	if path == "" {
		return nil, notFound(digest)
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, notFound(digest)
	}
	if err != nil {
		return nil, fmt.Errorf("open blob: %w", err)
	}
	return f, nil
}

func notFound(digest string) error {
	return fmt.Errorf("blob %.80q: %w", digest, store.ErrNotFound)
}

// Delete removes a blob if it is there.
func (d *Dir) Delete(digest string) error {
	path := d.file(digest)
	if path == "" {
		return nil
	}
	err := os.Remove(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("delete blob: %w", err)
	}
	return nil
}

// List returns the digests of all blobs, sorted.
func (d *Dir) List() ([]string, error) {
	dirs, err := os.ReadDir(d.path)
	if err != nil {
		return nil, fmt.Errorf("list blobs: %w", err)
	}
	var digests []string
	for _, dir := range dirs {
		if !dir.IsDir() || len(dir.Name()) != 2 {
			continue
		}
		files, err := os.ReadDir(filepath.Join(d.path, dir.Name()))
		if err != nil {
			return nil, fmt.Errorf("list blobs: %w", err)
		}
		for _, f := range files {
			if ValidDigest(f.Name()) {
				digests = append(digests, f.Name())
			}
		}
	}
	return digests, nil
}

// Copy makes the blob folder to with all blobs: as hard links where the file
// system can, since blobs never change, else as copies.
func (d *Dir) Copy(ctx context.Context, to string) error {
	digests, err := d.List()
	if err != nil {
		return err
	}
	for _, digest := range digests {
		if err := ctx.Err(); err != nil {
			return err
		}
		dir := filepath.Join(to, digest[:2])
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("copy blobs: %w", err)
		}
		if err := LinkOrCopy(ctx, d.file(digest), filepath.Join(dir, digest)); err != nil {
			return fmt.Errorf("copy blob %s: %w", digest, err)
		}
		if err := SyncDir(dir); err != nil {
			return fmt.Errorf("copy blobs: %w", err)
		}
	}
	if err := os.MkdirAll(to, 0o700); err != nil {
		return fmt.Errorf("copy blobs: %w", err)
	}
	return SyncDir(to)
}

// LinkOrCopy makes to the same file as from, or a synced copy of it.
func LinkOrCopy(ctx context.Context, from, to string) error {
	if os.Link(from, to) == nil {
		return nil
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	return WriteFile(to, Reader(ctx, in))
}

// WriteFile makes the new file at path with what r holds, synced.
func WriteFile(path string, r io.Reader) error {
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, r)
	if err == nil {
		err = out.Sync()
	}
	if e := out.Close(); err == nil {
		err = e
	}
	return err
}

// SyncDir makes the names in a folder durable.
func SyncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	err = d.Sync()
	if e := d.Close(); err == nil {
		err = e
	}
	return err
}

// Reader reads from r until ctx ends.
func Reader(ctx context.Context, r io.Reader) io.Reader { return ctxReader{ctx, r} }

type ctxReader struct {
	ctx context.Context
	r   io.Reader
}

func (r ctxReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

func hexSum(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }
