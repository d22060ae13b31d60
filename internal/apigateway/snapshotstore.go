package apigateway

import (
	"bytes"
	"compress/gzip"
	"container/list"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"sync"
)

// maxInline is the largest compressed snapshot that is stored inside its
// document, in bytes; a larger one becomes a blob.
const maxInline = 1 << 20

// frozen is the document of a snapshot: gzipped JSON, or the digest of a blob
// that holds it.
type frozen struct {
	Gzip []byte `json:"gzip,omitempty"`
	Blob string `json:"blob,omitempty"`
}

func snapshotKey(sc scope, apiID, deploymentID string) string {
	return snapshotPrefix + sc.path(apiID) + "/" + deploymentID
}

// freeze makes the document of a snapshot, and puts a large snapshot away as a
// blob.
func (s *Service) freeze(ctx context.Context, snap *Snapshot) (frozen, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err == nil {
		err = json.NewEncoder(z).Encode(snap)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		return frozen{}, fmt.Errorf("freeze deployment %s: %w", snap.DeploymentID, err)
	}
	if b.Len() <= maxInline {
		return frozen{Gzip: b.Bytes()}, nil
	}
	digest, _, err := s.st.PutBlob(ctx, &b)
	if err != nil {
		return frozen{}, fmt.Errorf("freeze deployment %s: %w", snap.DeploymentID, err)
	}
	return frozen{Blob: digest}, nil
}

// thaw reads a snapshot back.
func (s *Service) thaw(ctx context.Context, sc scope, apiID, deploymentID string) (*Snapshot, error) {
	d, err := s.st.Get(ctx, snapshotKey(sc, apiID, deploymentID))
	if err != nil {
		return nil, fmt.Errorf("read deployment %s of %s: %w", deploymentID, apiID, err)
	}
	f, err := decodeDocument[frozen](d.Value)
	if err != nil {
		return nil, fmt.Errorf("read deployment %s of %s: %w", deploymentID, apiID, err)
	}
	r := io.NopCloser(bytes.NewReader(f.Gzip))
	if f.Blob != "" {
		if r, err = s.st.OpenBlob(ctx, f.Blob); err != nil {
			return nil, fmt.Errorf("read deployment %s of %s: %w", deploymentID, apiID, err)
		}
	}
	defer r.Close()
	snap := new(Snapshot)
	z, err := gzip.NewReader(r)
	if err == nil {
		err = json.NewDecoder(z).Decode(snap)
	}
	if err != nil {
		return nil, fmt.Errorf("decode deployment %s of %s: %w", deploymentID, apiID, err)
	}
	return snap, nil
}

// dropBlob removes a snapshot's blob, if it has one. A blob that stays behind
// wastes room and does no other harm.
func (s *Service) dropBlob(ctx context.Context, digest string) {
	if digest == "" {
		return
	}
	if err := s.st.DeleteBlob(ctx, digest); err != nil {
		s.log.WarnContext(ctx, "deployment's blob stays behind", "digest", digest, "error", err)
	}
}

// snapshot returns a deployment's snapshot from memory or from the store.
func (s *Service) snapshot(ctx context.Context, sc scope, apiID, deploymentID string) (*Snapshot, error) {
	key := snapshotKey(sc, apiID, deploymentID)
	if snap := s.snapshots.get(key); snap != nil {
		return snap, nil
	}
	snap, err := s.thaw(ctx, sc, apiID, deploymentID)
	if err == nil {
		s.snapshots.put(key, snap)
	}
	return snap, err
}

// maxCachedSnapshots bounds the resources in cached snapshots. The data plane
// holds what it serves; the cache is for what is being deployed and looked at.
const maxCachedSnapshots = 5_000

// snapshotCache keeps the snapshots that were used last.
type snapshotCache struct {
	mu        sync.Mutex
	byKey     map[string]*list.Element // of snapshotEntry
	recent    *list.List
	resources int
}

type snapshotEntry struct {
	key  string
	snap *Snapshot
}

func newSnapshotCache() *snapshotCache {
	return &snapshotCache{byKey: map[string]*list.Element{}, recent: list.New()}
}

func (c *snapshotCache) get(key string) *Snapshot {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.byKey[key]
	if e == nil {
		return nil
	}
	c.recent.MoveToFront(e)
	return e.Value.(snapshotEntry).snap
}

func (c *snapshotCache) put(key string, snap *Snapshot) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byKey[key] != nil {
		return
	}
	c.byKey[key] = c.recent.PushFront(snapshotEntry{key, snap})
	c.resources += len(snap.Resources)
	for c.resources > maxCachedSnapshots && c.recent.Len() > 1 {
		e := c.recent.Remove(c.recent.Back()).(snapshotEntry)
		delete(c.byKey, e.key)
		c.resources -= len(e.snap.Resources)
	}
}
