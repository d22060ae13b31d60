package logsegment

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/lambdagate/lambdagate/internal/store/blobdir"
)

// Copy writes all segments into the new folder to, while lines are appended.
// Sealed segments never change and are linked where the file system can.
func (l *Log) Copy(ctx context.Context, to string) error {
	if err := l.sync(); err != nil {
		return err
	}
	if err := os.MkdirAll(to, 0o700); err != nil {
		return fmt.Errorf("copy logs: %w", err)
	}
	// Nothing is removed meanwhile, but the cap may drop the oldest.
	if err := l.lockRemoving(ctx); err != nil {
		return err
	}
	defer func() { <-l.removing }()
	l.mu.Lock()
	list := append([]*segment(nil), l.segments...)
	l.mu.Unlock()
	for _, s := range list {
		err := l.copySegment(ctx, s, segmentPath(to, s.seq))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("copy logs: %w", err)
		}
	}
	return blobdir.SyncDir(to)
}

func (l *Log) copySegment(ctx context.Context, s *segment, to string) error {
	l.mu.Lock()
	whole := s.sealed && s.synced == s.size && s.path != ""
	size, synced := s.size, s.synced
	unflushed := s.unflushed(0, size)
	index := s.encodeIndex()
	l.mu.Unlock()
	copied := &segment{path: to}
	if whole {
		if err := blobdir.LinkOrCopy(ctx, s.path, to); err != nil {
			return err
		}
		return writeIndex(copied.indexPath(), index)
	}
	var r io.Reader = bytes.NewReader(unflushed)
	if synced > 0 {
		f, err := os.Open(s.path)
		if err != nil {
			return err
		}
		defer f.Close()
		r = io.MultiReader(io.LimitReader(f, synced), r)
	}
	if err := blobdir.WriteFile(to, blobdir.Reader(ctx, r)); err != nil {
		return err
	}
	return writeIndex(copied.indexPath(), index)
}
