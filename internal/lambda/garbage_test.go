package lambda

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/store"
)

// TestCollect checks that code goes once nothing refers to it any more, and not
// a moment before.
func TestCollect(t *testing.T) {
	t.Parallel()
	now := testTime
	s := newServer(t, func(c *Config) { c.Now = func() time.Time { return now } })
	c := &collector{s: s.Service, unused: map[string]time.Time{}}
	pass := func(d time.Duration) {
		t.Helper()
		now = now.Add(d)
		if err := c.collect(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	there := func(digest string) bool {
		blob, err := s.cfg.Store.OpenBlob(t.Context(), digest)
		if err == nil {
			blob.Close()
		} else if !errors.Is(err, store.ErrNotFound) {
			t.Fatal(err)
		}
		if onDisk := isDir(filepath.Join(s.code.dir, digest)); onDisk != (err == nil) {
			t.Errorf("package %s: stored %v, unpacked %v", digest[:8], err == nil, onDisk)
		}
		return err == nil
	}
	digest := func(name string) string {
		f, _ := s.functions.get(testAccount + "/" + testRegion + "/" + name)
		return f.Latest.Code.Digest
	}
	s.create("f")
	old := digest("f")
	foreign, _, err := s.cfg.Store.PutBlob(t.Context(), bytes.NewReader([]byte("of another service")))
	if err != nil {
		t.Fatal(err)
	}
	must[FunctionConfiguration](s, "PublishVersion", &PublishVersionRequest{FunctionName: "f"})
	must[FunctionConfiguration](s, "UpdateFunctionCode", &UpdateFunctionCodeRequest{FunctionName: "f", ZipFile: zipOf("a", "2")})
	pass(0)
	pass(2 * keepUnused)
	if !there(old) || !there(digest("f")) {
		t.Fatal("code in use was removed")
	}
	current := digest("f")
	must[DeleteFunctionResponse](s, "DeleteFunction", &DeleteFunctionRequest{FunctionName: "f"})
	pass(time.Second)
	pass(keepUnused - time.Second)
	if !there(old) || !there(current) {
		t.Fatal("unused code was removed too early")
	}
	// Uploading it again keeps it.
	must[FunctionConfiguration](s, "CreateFunction", createRequest("g"))
	must[DeleteFunctionResponse](s, "DeleteFunction", &DeleteFunctionRequest{FunctionName: "g"})
	pass(time.Second)
	if !there(old) || there(current) {
		t.Errorf("uploaded again: there %v; unused: there %v", there(old), there(current))
	}
	pass(keepUnused)
	if there(old) {
		t.Error("unused code is left")
	}
	if blob, err := s.cfg.Store.OpenBlob(t.Context(), foreign); err != nil {
		t.Errorf("a blob of another service is gone: %v", err)
	} else {
		blob.Close()
	}
	if left, _ := os.ReadDir(s.code.dir); len(left) != 0 || s.records.table.Len() != 0 || len(c.unused) != 0 {
		t.Errorf("left over: %v, %d records, %v", left, s.records.table.Len(), c.unused)
	}
}
