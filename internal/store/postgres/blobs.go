package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5"

	"github.com/lambdagate/lambdagate/internal/store"
	"github.com/lambdagate/lambdagate/internal/store/blobdir"
)

// chunkSize is how much of a blob is one row.
const chunkSize = 1 << 20

// PutBlob implements store.Blobs. The bytes go to the cache first, which tells
// the digest; each chunk then has the timeout for itself.
func (s *Store) PutBlob(ctx context.Context, r io.Reader) (digest string, size int64, err error) {
	if err := s.ready(ctx); err != nil {
		return "", 0, err
	}
	digest, size, err = s.cache.put(ctx, r)
	if err != nil {
		return "", 0, err
	}
	if err := s.upload(ctx, digest, size); err != nil {
		return "", 0, fmt.Errorf("store blob %s: %w", digest, err)
	}
	return digest, size, nil
}

// upload inserts a cached blob in one transaction, unless it is there.
func (s *Store) upload(ctx context.Context, digest string, size int64) error {
	f, err := s.cache.open(digest)
	if err != nil {
		return err
	}
	defer f.Close()
	return s.pool.with(ctx, func(ctx context.Context, c *pgx.Conn) error {
		return pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error {
			tag, err := s.exec(ctx, tx, `INSERT INTO blobs VALUES ($1, $2) ON CONFLICT DO NOTHING`, digest, size)
			if err != nil || tag == 0 {
				return err
			}
			return s.uploadChunks(ctx, tx, digest, f)
		})
	})
}

func (s *Store) uploadChunks(ctx context.Context, tx pgx.Tx, digest string, r io.Reader) error {
	b := make([]byte, chunkSize)
	for n := 0; ; n++ {
		k, err := io.ReadFull(r, b)
		if k > 0 {
			if _, err := s.exec(ctx, tx, `INSERT INTO chunks VALUES ($1, $2, $3)`, digest, n, b[:k]); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// exec runs one statement within the timeout.
func (s *Store) exec(ctx context.Context, tx pgx.Tx, sql string, args ...any) (changed int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.config.Timeout)
	defer cancel()
	tag, err := tx.Exec(ctx, sql, args...)
	return tag.RowsAffected(), err
}

// OpenBlob implements store.Blobs. A blob that is cached is served without the
// database.
func (s *Store) OpenBlob(ctx context.Context, digest string) (io.ReadCloser, error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	f, err := s.cache.open(digest)
	if !errors.Is(err, store.ErrNotFound) || !blobdir.ValidDigest(digest) {
		return f, err
	}
	got, _, err := s.cache.put(ctx, &download{ctx: ctx, s: s, digest: digest})
	if err != nil {
		return nil, fmt.Errorf("open blob %s: %w", digest, err)
	}
	if got != digest {
		s.cache.delete(got)
		return nil, fmt.Errorf("open blob %s: the database has other bytes, of digest %s", digest, got)
	}
	return s.cache.open(digest)
}

// download reads a blob's chunks, one query each.
type download struct {
	ctx    context.Context
	s      *Store
	digest string
	n      int
	rest   []byte
	ended  bool
}

// Read implements io.Reader.
func (d *download) Read(p []byte) (int, error) {
	for len(d.rest) == 0 {
		if d.ended {
			return 0, io.EOF
		}
		if err := d.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, d.rest)
	d.rest = d.rest[n:]
	return n, nil
}

func (d *download) next() error {
	var size int64
	var data []byte
	err := d.s.read(d.ctx, func(ctx context.Context, c *pgx.Conn) error {
		return c.QueryRow(ctx, `SELECT size, data FROM blobs LEFT JOIN chunks ON chunks.digest = blobs.digest AND n = $2
			WHERE blobs.digest = $1`, d.digest, d.n).Scan(&size, &data)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return store.ErrNotFound
	}
	d.n++
	d.rest, d.ended = data, int64(d.n)*chunkSize >= size
	return err
}

// DeleteBlob implements store.Blobs. Copies that other nodes have go in time.
func (s *Store) DeleteBlob(ctx context.Context, digest string) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	if !blobdir.ValidDigest(digest) {
		return nil
	}
	err := s.write(ctx, func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.Exec(ctx, `DELETE FROM blobs WHERE digest = $1`, digest)
		return err
	})
	if err != nil {
		return fmt.Errorf("delete blob %s: %w", digest, err)
	}
	return s.cache.delete(digest)
}

// ListBlobs implements store.Blobs.
func (s *Store) ListBlobs(ctx context.Context) (digests []string, err error) {
	err = s.read(ctx, func(ctx context.Context, c *pgx.Conn) error {
		digests, err = listBlobs(ctx, c)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list blobs: %w", err)
	}
	return digests, nil
}

func listBlobs(ctx context.Context, q querier) ([]string, error) {
	rows, err := q.Query(ctx, `SELECT digest FROM blobs ORDER BY digest`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}
