package iam

import (
	"context"
	"crypto/cipher"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lambdagate/lambdagate/internal/store"
)

// Config is what the service needs.
type Config struct {
	Store store.Store
	// SealKey seals secret access keys at rest and session tokens; 32 bytes,
	// the same on all nodes.
	SealKey []byte
	// Now is the clock; time.Now if nil.
	Now func() time.Time
}

// Service implements the operations.
type Service struct {
	unimplemented

	store   store.Store
	closers []func()
	seal    cipher.AEAD
	now     func() time.Time

	roles    *store.Table[roleDocument]   // account/name
	users    *store.Table[userDocument]   // account/name
	groups   *store.Table[groupDocument]  // account/name
	policies *store.Table[policyDocument] // account/path and name
	keys     *store.Table[keyDocument]    // access key id

	// policyEdits counts changes of managed policies, so that what was compiled
	// of them is known to be stale.
	policyEdits atomic.Uint64
	compiled    sync.Map // entity ARN → *compiledEntity
	sessions    sync.Map // sessionKey → Credential, of services' roles
}

// Open reads what is stored.
func Open(ctx context.Context, c Config) (*Service, error) {
	s := &Service{store: c.Store, now: c.Now}
	if s.now == nil {
		s.now = time.Now
	}
	var err error
	if s.seal, err = newSeal(c.SealKey); err != nil {
		return nil, err
	}
	err = errors.Join(
		open(ctx, s, &s.roles, "iam/role/"),
		open(ctx, s, &s.users, "iam/user/"),
		open(ctx, s, &s.groups, "iam/group/"),
		open(ctx, s, &s.policies, "iam/policy/"),
		open(ctx, s, &s.keys, "iam/key/"),
	)
	if err != nil {
		s.Close() //nolint:errcheck // the first error counts
		return nil, fmt.Errorf("open iam: %w", err)
	}
	s.policies.Subscribe(func([]store.TableChange[policyDocument]) { s.policyEdits.Add(1) })
	s.groups.Subscribe(func([]store.TableChange[groupDocument]) { s.policyEdits.Add(1) })
	return s, nil
}

// open opens a table, and remembers to close it.
func open[T any](ctx context.Context, s *Service, table **store.Table[T], prefix string) error {
	t, err := store.OpenTable[T](ctx, s.store, prefix, 1)
	if err == nil {
		*table = t
		s.closers = append(s.closers, t.Close)
	}
	return err
}

// Close stops following the store.
func (s *Service) Close() error {
	for _, c := range s.closers {
		c()
	}
	s.closers = nil
	return nil
}

var errSealKey = errors.New("the seal key has to be 32 bytes")
