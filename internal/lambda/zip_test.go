package lambda

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/lambdagate/lambdagate/internal/store"
)

// zipEntry is a file in a test's zip.
type zipEntry struct {
	name, body string
	mode       fs.FileMode
}

func zipEntries(t testing.TB, entries ...zipEntry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range entries {
		h := &zip.FileHeader{Name: e.name, Method: zip.Deflate}
		if e.mode != 0 {
			h.SetMode(e.mode)
		}
		f, err := w.CreateHeader(h)
		if err == nil {
			_, err = f.Write([]byte(e.body))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// unpackTo unpacks a zip into a new folder inside of an otherwise empty one.
func unpackTo(t testing.TB, data []byte, limit int64) (dir string, err error) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "task")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	zr, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return dir, errUnzip
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if err := checkZip(zr); err != nil {
		return dir, err
	}
	return dir, (&unpacker{root: root, left: limit}).unpack(zr)
}

// tree lists what is in a folder: modes, names, contents and link targets.
func tree(t testing.TB, dir string) string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		info, err := d.Info()
		if err != nil {
			return err
		}
		line := info.Mode().String() + " " + name
		switch {
		case d.Type()&fs.ModeSymlink != 0:
			to, err := os.Readlink(path)
			if err != nil {
				return err
			}
			line += " -> " + to
		case d.Type().IsRegular():
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			line += " " + string(text)
		}
		out = append(out, line)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(out, "\n")
}

func TestUnzip(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		entries []zipEntry
		want    string // tree, or the error
	}{
		{"plain", []zipEntry{{"index.js", "1", 0}, {"lib/a.js", "2", 0}}, "-r-xr-xr-x index.js 1\ndrwxr-xr-x lib\n-r-xr-xr-x lib/a.js 2"},
		{"modes", []zipEntry{{"a", "1", 0o644}, {"run", "2", 0o755}, {"secret", "3", 0o600}, {"suid", "4", 0o4755 | fs.ModeSetuid}}, "-r--r--r-- a 1\n-r-xr-xr-x run 2\n-r--r--r-- secret 3\n-r-xr-xr-x suid 4"},
		{"folders", []zipEntry{{"a/", "", fs.ModeDir | 0o700}, {"a/b", "1", 0o644}}, "drwxr-xr-x a\n-r--r--r-- a/b 1"},
		{"dots", []zipEntry{{"./a/../b", "1", 0o644}}, "-r--r--r-- b 1"},
		{"backslashes", []zipEntry{{`a\b`, "1", 0o644}}, "drwxr-xr-x a\n-r--r--r-- a/b 1"},
		{"twice", []zipEntry{{"a", "1", 0o644}, {"a", "2", 0o644}}, "-r--r--r-- a 2"},
		{"link", []zipEntry{{"a", "1", 0o644}, {"b/c", "../a", fs.ModeSymlink | 0o777}}, "-r--r--r-- a 1\ndrwxr-xr-x b\nLrwxrwxrwx b/c -> ../a"},

		{"up", []zipEntry{{"../evil", "1", 0}}, "error"},
		{"far up", []zipEntry{{"a/../../evil", "1", 0}}, "error"},
		{"up by backslash", []zipEntry{{`..\evil`, "1", 0}}, "error"},
		{"absolute", []zipEntry{{"/etc/evil", "1", 0}}, "error"},
		{"NUL", []zipEntry{{"a\x00b", "1", 0}}, "error"},
		{"link up", []zipEntry{{"l", "..", fs.ModeSymlink | 0o777}, {"l/evil", "1", 0}}, "error"},
		{"link absolute", []zipEntry{{"l", "/tmp", fs.ModeSymlink | 0o777}, {"l/evil", "1", 0}}, "error"},
		{"link to itself", []zipEntry{{"l", "l", fs.ModeSymlink | 0o777}, {"l/evil", "1", 0}}, "error"},
		{"link out of a folder", []zipEntry{{"a/l", "../..", fs.ModeSymlink | 0o777}}, "error"},
		{"device", []zipEntry{{"d", "1", fs.ModeDevice | 0o644}}, "error"},
		{"pipe", []zipEntry{{"d", "1", fs.ModeNamedPipe | 0o644}}, "error"},
		{"file as folder", []zipEntry{{"a", "1", 0o644}, {"a/b", "1", 0o644}}, "error"},
		{"nothing", nil, "empty"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir, err := unpackTo(t, zipEntries(t, tt.entries...), maxUnzipped)
			got := ""
			switch {
			case errors.Is(err, errUnzip):
				got = "error"
			case errors.Is(err, errEmptyZip):
				got = "empty"
			case err != nil:
				got = err.Error()
			default:
				got = tree(t, dir)
			}
			if got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
			if outside, _ := os.ReadDir(filepath.Dir(dir)); len(outside) != 1 {
				t.Errorf("something was written outside: %v", outside)
			}
		})
	}
}

func TestUnzipSizes(t *testing.T) {
	t.Parallel()
	if _, err := unpackTo(t, zipEntries(t, zipEntry{"a", strings.Repeat("x", 600), 0}, zipEntry{"b", strings.Repeat("x", 600), 0}), 1000); !errors.Is(err, errUnzippedSize) {
		t.Errorf("over the limit: %v", err)
	}
	if _, err := unpackTo(t, zipEntries(t, zipEntry{"a", strings.Repeat("x", 1000), 0}), 1000); err != nil {
		t.Errorf("at the limit: %v", err)
	}
	// A header that promises too much is refused before anything is written.
	large := zipEntries(t, zipEntry{"a", "x", 0o644})
	at := bytes.Index(large, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(large[at+24:], maxUnzipped+1)
	if _, err := unpackTo(t, large, maxUnzipped); !errors.Is(err, errUnzippedSize) {
		t.Errorf("a large promise: %v", err)
	}
	// One that promises too little is caught by counting.
	bomb := zipEntries(t, zipEntry{"a", strings.Repeat("x", 100_000), 0o644})
	at = bytes.Index(bomb, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(bomb[at+24:], 10)
	if _, err := unpackTo(t, bomb, 1000); err == nil {
		t.Error("a bomb got in")
	}
}

func FuzzUnzip(f *testing.F) {
	f.Add(zipOf("a", "1"))
	f.Add(zipEntries(f, zipEntry{"l", "..", fs.ModeSymlink | 0o777}, zipEntry{"l/evil", "1", 0}))
	f.Add(zipEntries(f, zipEntry{"a/b", "1", 0o644}, zipEntry{"a", "x", 0o644}))
	f.Add([]byte("PK"))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir, _ := unpackTo(t, data, 1<<16)
		if outside, _ := os.ReadDir(filepath.Dir(dir)); len(outside) != 1 {
			t.Errorf("something was written outside: %v", outside)
		}
	})
}

// countingBlobs counts how often a package is read.
type countingBlobs struct {
	store.Blobs
	mu    sync.Mutex
	opens int
}

func (c *countingBlobs) OpenBlob(ctx context.Context, digest string) (io.ReadCloser, error) {
	c.mu.Lock()
	c.opens++
	c.mu.Unlock()
	return c.Blobs.OpenBlob(ctx, digest)
}

func TestCodeCache(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	blobs := &countingBlobs{Blobs: s.cfg.Store}
	c, err := openCodeCache(t.TempDir(), blobs)
	if err != nil {
		t.Fatal(err)
	}
	put := func(files ...string) string {
		digest, _, err := s.cfg.Store.PutBlob(t.Context(), bytes.NewReader(zipOf(files...)))
		if err != nil {
			t.Fatal(err)
		}
		return digest
	}
	a, b := put("x", "a", "y", "a"), put("y", "b", "z/z", "b")
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := c.folder(t.Context(), a); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if blobs.opens != 1 {
		t.Errorf("one package was unpacked %d times", blobs.opens)
	}
	merged, err := c.folder(t.Context(), a, b)
	if err != nil {
		t.Fatal(err)
	}
	if got := tree(t, merged); got != "-r-xr-xr-x x a\n-r-xr-xr-x y b\ndrwxr-xr-x z\n-r-xr-xr-x z/z b" {
		t.Errorf("layers over each other are\n%s", got)
	}
	if _, err := c.folder(t.Context(), strings.Repeat("0", 64)); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an unknown package: %v", err)
	}
	if err := os.Mkdir(filepath.Join(c.dir, tempPrefix+"left"), 0o755); err != nil {
		t.Fatal(err)
	}
	c.sweep()
	if left, _ := filepath.Glob(filepath.Join(c.dir, tempPrefix+"*")); len(left) != 0 {
		t.Errorf("left over: %v", left)
	}
}
