package storetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/lambdagate/lambdagate/internal/store"
)

func blobs(t *testing.T, open func(testing.TB) store.Store) {
	runAll(t, open, []test{
		{"sizes", blobSizes},
		{"large", blobLarge},
		{"one copy", blobOnce},
		{"many writers of the same", blobConcurrent},
		{"missing", blobMissing},
		{"a reader that fails", blobFailing},
		{"delete while reading", blobDeleteWhileReading},
	})
}

func digestOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func readBlob(t testing.TB, s store.Store, digest string) []byte {
	t.Helper()
	r, err := s.OpenBlob(ctxOf(t), digest)
	must(t, err)
	defer r.Close()
	b, err := io.ReadAll(r)
	must(t, err)
	return b
}

func listBlobs(t testing.TB, s store.Store) []string {
	t.Helper()
	list, err := s.ListBlobs(ctxOf(t))
	must(t, err)
	return list
}

func blobSizes(t *testing.T, s store.Store) {
	same(t, "blobs of an empty store", len(listBlobs(t, s)), 0)
	for _, n := range []int{0, 1, 1000, 1 << 20, 1<<20 + 1, 3 << 20} {
		b := pattern(n)
		digest, size, err := s.PutBlob(ctxOf(t), bytes.NewReader(b))
		must(t, err)
		same(t, "digest and size", []any{digest, size}, []any{digestOf(b), int64(n)})
		if !bytes.Equal(readBlob(t, s, digest), b) {
			t.Fatalf("a blob of %d bytes came back different", n)
		}
	}
	same(t, "number of blobs", len(listBlobs(t, s)), 6)
}

func blobLarge(t *testing.T, s store.Store) {
	if testing.Short() {
		t.Skip("short")
	}
	const n = 60 << 20
	sum := sha256.New()
	digest, size, err := s.PutBlob(ctxOf(t), io.TeeReader(&endless{n: n}, sum))
	must(t, err)
	same(t, "digest and size", []any{digest, size}, []any{hex.EncodeToString(sum.Sum(nil)), int64(n)})
	r, err := s.OpenBlob(ctxOf(t), digest)
	must(t, err)
	defer r.Close()
	again := sha256.New()
	_, err = io.Copy(again, r)
	must(t, err)
	same(t, "digest of what came back", hex.EncodeToString(again.Sum(nil)), digest)
}

// endless yields n bytes that change every page.
type endless struct{ n, at int }

func (e *endless) Read(p []byte) (int, error) {
	if e.at == e.n {
		return 0, io.EOF
	}
	k := min(len(p), e.n-e.at, 4096)
	for i := range k {
		p[i] = byte(e.at>>12) + byte(i)
	}
	e.at += k
	return k, nil
}

func blobOnce(t *testing.T, s store.Store) {
	b := pattern(10_000)
	for range 2 {
		digest, size, err := s.PutBlob(ctxOf(t), bytes.NewReader(b))
		must(t, err)
		same(t, "digest and size", []any{digest, size}, []any{digestOf(b), int64(len(b))})
	}
	same(t, "blobs", listBlobs(t, s), []string{digestOf(b)})
	must(t, s.DeleteBlob(ctxOf(t), digestOf(b)))
	same(t, "number of blobs", len(listBlobs(t, s)), 0)
}

func blobConcurrent(t *testing.T, s store.Store) {
	b := pattern(300_000)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			digest, _, err := s.PutBlob(ctxOf(t), bytes.NewReader(b))
			if err != nil || digest != digestOf(b) {
				t.Errorf("got %s, %v", digest, err)
				return
			}
			r, err := s.OpenBlob(ctxOf(t), digest)
			if err != nil {
				t.Error(err)
				return
			}
			defer r.Close()
			if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, b) {
				t.Errorf("%d bytes came back different (%v)", len(got), err)
			}
		})
	}
	all.Wait()
	same(t, "blobs", listBlobs(t, s), []string{digestOf(b)})
}

func blobMissing(t *testing.T, s store.Store) {
	ctx := ctxOf(t)
	for _, digest := range []string{
		strings.Repeat("0", 64), "", "x", "../../../../etc/passwd", strings.Repeat("../", 20) + "etcd", strings.Repeat("A", 64), strings.Repeat("\x00", 64),
	} {
		_, err := s.OpenBlob(ctx, digest)
		wantErr(t, "open "+digest, err, store.ErrNotFound)
		must(t, s.DeleteBlob(ctx, digest))
	}
}

func blobFailing(t *testing.T, s store.Store) {
	boom := errors.New("boom")
	_, _, err := s.PutBlob(ctxOf(t), io.MultiReader(bytes.NewReader(pattern(2<<20)), failing{boom}))
	wantErr(t, "put", err, boom)
	same(t, "number of blobs", len(listBlobs(t, s)), 0)
	ctx, cancel := context.WithCancel(t.Context())
	_, _, err = s.PutBlob(ctx, io.MultiReader(bytes.NewReader(pattern(2<<20)), cancelling(cancel), &endless{n: 64 << 20}))
	wantErr(t, "put with an ended context", err, context.Canceled)
	same(t, "number of blobs", len(listBlobs(t, s)), 0)
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

type cancelling func()

func (c cancelling) Read([]byte) (int, error) {
	c()
	return 0, io.EOF
}

func blobDeleteWhileReading(t *testing.T, s store.Store) {
	b := pattern(5 << 20)
	digest, _, err := s.PutBlob(ctxOf(t), bytes.NewReader(b))
	must(t, err)
	r, err := s.OpenBlob(ctxOf(t), digest)
	must(t, err)
	defer r.Close()
	head := make([]byte, 1000)
	_, err = io.ReadFull(r, head)
	must(t, err)
	must(t, s.DeleteBlob(ctxOf(t), digest))
	_, err = s.OpenBlob(ctxOf(t), digest)
	wantErr(t, "open what was deleted", err, store.ErrNotFound)
	rest, err := io.ReadAll(r)
	if err == nil && !bytes.Equal(append(head, rest...), b) {
		t.Fatal("the reader got other bytes")
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		t.Fatalf("the reader got error %v", err)
	}
}
