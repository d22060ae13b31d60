package blobdir

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
)

// Memory keeps blobs in memory, for a store without a folder.
type Memory struct {
	mu    sync.RWMutex
	blobs map[string][]byte
}

// Put stores what r holds.
func (m *Memory) Put(ctx context.Context, r io.Reader) (digest string, size int64, err error) {
	b, err := io.ReadAll(Reader(ctx, r))
	if err != nil {
		return "", 0, fmt.Errorf("store blob: %w", err)
	}
	sum := sha256.Sum256(b)
	digest = hex.EncodeToString(sum[:])
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.blobs == nil {
		m.blobs = map[string][]byte{}
	}
	if m.blobs[digest] == nil {
		m.blobs[digest] = append([]byte{}, b...) // ReadAll leaves spare room
	}
	return digest, int64(len(b)), nil
}

// Open reads a blob, or returns store.ErrNotFound.
func (m *Memory) Open(digest string) (io.ReadCloser, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	b := m.blobs[digest]
	if b == nil {
		return nil, notFound(digest)
	}
	return io.NopCloser(bytes.NewReader(b)), nil
}

// Delete removes a blob if it is there.
func (m *Memory) Delete(digest string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.blobs, digest)
	return nil
}

// List returns the digests of all blobs, sorted.
func (m *Memory) List() ([]string, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return slices.Sorted(maps.Keys(m.blobs)), nil
}

// Copy writes all blobs as files into the blob folder to.
func (m *Memory) Copy(ctx context.Context, to string) error {
	d, err := Open(to, false)
	if err != nil {
		return err
	}
	digests, _ := m.List()
	for _, digest := range digests {
		r, err := m.Open(digest)
		if err != nil {
			continue // deleted meanwhile
		}
		if _, _, err := d.Put(ctx, r); err != nil {
			return err
		}
	}
	return nil
}
