package lambda

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/store"
)

// keepUnused is how long code stays that nothing refers to any more: longer
// than a function that was replaced can go on running.
const keepUnused = 30 * time.Minute

// codeRecord notes that a blob of the store is a code package. Blobs are shared
// with other services, so that only what is noted may be removed.
type codeRecord struct {
	Used awsapi.Time `json:"used"` // last upload of these bytes
}

// keepBlob notes a package and stores it. A package that was uploaded is safe
// from the collector for keepUnused, long enough to be referred to.
func (s *Service) keepBlob(ctx context.Context, digest string, r io.Reader) error {
	s.collecting.RLock()
	defer s.collecting.RUnlock()
	now := s.now()
	_, err := s.records.update(ctx, digest, func(old *codeRecord) (*codeRecord, error) {
		if old != nil && now.Sub(old.Used.Time) < keepUnused/10 {
			return old, nil
		}
		return &codeRecord{Used: awsapi.Seconds(now)}, nil
	})
	if err != nil {
		return fmt.Errorf("note code package: %w", err)
	}
	if _, _, err := s.cfg.Store.PutBlob(ctx, r); err != nil {
		return fmt.Errorf("keep code package: %w", err)
	}
	return nil
}

// collector removes code that nothing refers to any more.
type collector struct {
	s      *Service
	unused map[string]time.Time // when a package was first seen without use
}

// collectGarbage runs the collector until ctx ends.
func (s *Service) collectGarbage(ctx context.Context) {
	c := &collector{s: s, unused: map[string]time.Time{}}
	for wait(ctx, keepUnused/3) {
		if err := c.collect(ctx); err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "unused code cannot be removed", "error", err)
		}
	}
}

// collect makes one round.
func (c *collector) collect(ctx context.Context) error {
	digests, folders := c.s.codeInUse()
	var errs []error
	known := map[string]bool{}
	for digest, record := range c.s.records.under("") {
		known[digest] = true
		if c.due(digest, record, digests[digest]) {
			errs = append(errs, c.remove(ctx, digest))
		}
	}
	for digest := range c.unused {
		if !known[digest] {
			delete(c.unused, digest)
		}
	}
	return errors.Join(append(errs, c.removeFolders(known, folders))...)
}

// due reports whether a package has been without use for long enough.
func (c *collector) due(digest string, record *codeRecord, used bool) bool {
	now := c.s.now()
	if used {
		delete(c.unused, digest)
		return false
	}
	since, seen := c.unused[digest]
	if !seen {
		c.unused[digest], since = now, now
	}
	return now.Sub(since) >= keepUnused && now.Sub(record.Used.Time) >= keepUnused
}

// remove removes a package unless it was uploaded again meanwhile.
func (c *collector) remove(ctx context.Context, digest string) error {
	c.s.collecting.Lock()
	defer c.s.collecting.Unlock()
	record, rev, ok := c.s.records.table.Get(digest)
	if !ok || c.s.now().Sub(record.Used.Time) < keepUnused {
		return nil
	}
	var b batch
	remove(&b, c.s.records, digest, rev)
	if err := b.commit(ctx, c.s.cfg.Store); err != nil {
		if errors.Is(err, store.ErrConflict) {
			return nil
		}
		return err
	}
	delete(c.unused, digest)
	return errors.Join(c.s.cfg.Store.DeleteBlob(ctx, digest), os.RemoveAll(filepath.Join(c.s.code.dir, digest)))
}

// removeFolders removes unpacked code that is neither of a known package nor
// the layers of a version.
func (c *collector) removeFolders(known, merged map[string]bool) error {
	entries, err := os.ReadDir(c.s.code.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		info, err := e.Info()
		fresh := err != nil || c.s.now().Sub(info.ModTime()) < keepUnused
		if known[e.Name()] || merged[e.Name()] || fresh || strings.HasPrefix(e.Name(), tempPrefix) {
			continue
		}
		if err := os.RemoveAll(filepath.Join(c.s.code.dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// codeInUse returns the digests that functions, versions and layers refer to,
// and the names of the folders where layers lie over each other.
func (s *Service) codeInUse() (digests, folders map[string]bool) {
	digests, folders = map[string]bool{}, map[string]bool{}
	use := func(v *version) {
		digests[v.Code.Digest] = true
		for _, l := range v.Layers {
			digests[l.Digest] = true
		}
		if len(v.Layers) > 0 {
			folders[folderName(v.layerDigests())] = true
		}
	}
	for _, f := range s.functions.under("") {
		use(&f.Latest)
	}
	for _, v := range s.versions.under("") {
		use(v)
	}
	for _, l := range s.layerVersions.under("") {
		digests[l.Code.Digest] = true
	}
	return digests, folders
}
