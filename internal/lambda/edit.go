package lambda

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"sync"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/store"
)

// edit is a change of one function under way: its document and the documents
// of versions that are written or removed in the same transaction.
type edit struct {
	f         *function // may be changed
	published *version  // the version that publishing gave; written if fresh
	fresh     bool
	remove    []string // keys of versions
	deleted   bool     // the function goes
	dry       bool     // nothing is written
}

// maxConflicts bounds how often an edit starts again because another node
// changed the function meanwhile.
const maxConflicts = 32

// editLocks keeps edits of one function in this process from meeting.
type editLocks struct {
	seed  maphash.Seed
	locks [64]sync.Mutex
}

func (l *editLocks) of(key string) *sync.Mutex {
	return &l.locks[maphash.String(l.seed, key)%uint64(len(l.locks))]
}

// edit changes the function named by ref: change gets a copy and is called
// again if another node was quicker. It returns once the change is stored and
// visible to later calls.
func (s *Service) edit(ctx context.Context, ref arn.Function, change func(*edit) error) error {
	k := key(ref)
	lock := s.locks.of(k)
	lock.Lock()
	defer lock.Unlock()
	for range maxConflicts {
		old, rev, ok := s.functions.table.Get(k)
		if !ok {
			return functionNotFound(ref.String())
		}
		e := &edit{f: old.clone()}
		if err := change(e); err != nil || e.dry {
			return err
		}
		err := s.save(ctx, e, rev)
		if !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
	return conflict("The operation cannot be performed at this time. An update is in progress for resource: %s", ref.Unqualified())
}

// insert stores a new function.
func (s *Service) insert(ctx context.Context, e *edit) error {
	err := s.save(ctx, e, 0)
	if errors.Is(err, store.ErrConflict) {
		return conflict("Function already exist: %s", e.f.Name)
	}
	return err
}

// save writes all that e changed in one transaction.
func (s *Service) save(ctx context.Context, e *edit, rev store.Revision) error {
	k := key(e.f.ref())
	var b batch
	for _, gone := range e.remove {
		remove(&b, s.versions, gone, store.Any)
	}
	if e.fresh && !e.deleted {
		put(&b, s.versions, versionKey(e.f, e.published.Config.Version), 0, e.published)
	}
	if e.deleted {
		remove(&b, s.functions, k, rev)
	} else {
		put(&b, s.functions, k, rev, e.f)
	}
	if err := b.commit(ctx, s.cfg.Store); err != nil {
		return fmt.Errorf("save function %s: %w", e.f.Name, err)
	}
	return nil
}
