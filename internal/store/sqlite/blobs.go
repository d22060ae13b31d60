package sqlite

import (
	"context"
	"io"

	"github.com/lambdagate/lambdagate/internal/store"
)

// PutBlob implements store.Blobs.
func (s *Store) PutBlob(ctx context.Context, r io.Reader) (digest string, size int64, err error) {
	if err := s.isClosed(); err != nil {
		return "", 0, err
	}
	return s.blobs.Put(ctx, r)
}

// OpenBlob implements store.Blobs.
func (s *Store) OpenBlob(ctx context.Context, digest string) (io.ReadCloser, error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	return s.blobs.Open(digest)
}

// DeleteBlob implements store.Blobs. It waits for a backup that is running,
// which would miss the blob.
func (s *Store) DeleteBlob(ctx context.Context, digest string) error {
	if err := s.lockDeletes(ctx); err != nil {
		return err
	}
	defer s.unlockDeletes()
	return s.blobs.Delete(digest)
}

// ListBlobs implements store.Blobs.
func (s *Store) ListBlobs(ctx context.Context) ([]string, error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	return s.blobs.List()
}

func (s *Store) ready(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.isClosed()
}

func (s *Store) lockDeletes(ctx context.Context) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	select {
	case s.deletes <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-s.closing:
		return store.ErrClosed
	}
}

func (s *Store) unlockDeletes() { <-s.deletes }
