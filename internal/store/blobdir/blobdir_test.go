package blobdir

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lambdagate/lambdagate/internal/store"
)

// TestLeftovers: what a killed process left half written goes, unless others may
// be writing it.
func TestLeftovers(t *testing.T) {
	t.Parallel()
	for _, shared := range []bool{false, true} {
		path := t.TempDir()
		if _, err := Open(path, shared); err != nil {
			t.Fatal(err)
		}
		half := filepath.Join(path, "tmp", "put-1")
		if err := os.WriteFile(half, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
		d, err := Open(path, shared)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(half); errors.Is(err, os.ErrNotExist) == shared {
			t.Errorf("shared %v: %v", shared, err)
		}
		if list, err := d.List(); len(list) != 0 || err != nil {
			t.Errorf("shared %v: blobs %v, %v", shared, list, err)
		}
	}
}

// TestCopy copies both kinds of stores, and the copy does not depend on the
// original.
func TestCopy(t *testing.T) {
	t.Parallel()
	d, err := Open(t.TempDir(), false)
	if err != nil {
		t.Fatal(err)
	}
	m := &Memory{}
	want := strings.Repeat("bytes", 1000)
	digest, _, err := d.Put(t.Context(), strings.NewReader(want))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := m.Put(t.Context(), strings.NewReader(want)); err != nil {
		t.Fatal(err)
	}
	to, too := filepath.Join(t.TempDir(), "copy"), filepath.Join(t.TempDir(), "copy")
	if err := errors.Join(d.Copy(t.Context(), to), m.Copy(t.Context(), too), d.Delete(digest), m.Delete(digest)); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Open(digest); !errors.Is(err, store.ErrNotFound) {
		t.Fatalf("open what was deleted: %v", err)
	}
	for _, path := range []string{to, too} {
		c, err := Open(path, false)
		if err != nil {
			t.Fatal(err)
		}
		r, err := c.Open(digest)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if r.Close(); err != nil || !bytes.Equal(got, []byte(want)) {
			t.Errorf("%d bytes came back, %v", len(got), err)
		}
	}
}

func TestLinkOrCopy(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	from := filepath.Join(dir, "from")
	if err := os.WriteFile(from, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := LinkOrCopy(t.Context(), from, filepath.Join(dir, "to")); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(filepath.Join(dir, "to"), strings.NewReader("y")); !errors.Is(err, os.ErrExist) {
		t.Fatalf("written over what was there: %v", err)
	}
	if err := LinkOrCopy(t.Context(), filepath.Join(dir, "none"), filepath.Join(dir, "x")); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("copy of nothing: %v", err)
	}
}

// FuzzDigest: no name leads out of the folder.
func FuzzDigest(f *testing.F) {
	f.Add(strings.Repeat("a", 64))
	f.Add("../../etc/passwd")
	f.Fuzz(func(t *testing.T, s string) {
		d := &Dir{path: "/blobs"}
		if p := d.file(s); p != "" && (filepath.Clean(p) != p || filepath.Dir(filepath.Dir(p)) != "/blobs") {
			t.Fatalf("%q is %s", s, p)
		}
	})
}
