package iam

import (
	"context"
	"crypto/cipher"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/lambdagate/lambdagate/internal/policy"
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
	// Issuers are the keys of identity providers, by https URL: each a JSON web
	// key set, or the path of a file with one. Roles can trust their tokens.
	Issuers map[string]string
}

// Service implements the operations.
type Service struct {
	unimplemented

	store   store.Store
	closers []func()
	seal    cipher.AEAD
	now     func() time.Time

	accounts     *store.Table[accountDocument]     // account
	aliases      *store.Table[aliasDocument]       // alias
	roles        *store.Table[roleDocument]        // account/name
	users        *store.Table[userDocument]        // account/name
	groups       *store.Table[groupDocument]       // account/name
	policies     *store.Table[policyDocument]      // account/name
	profiles     *store.Table[profileDocument]     // account/name
	providers    *store.Table[providerDocument]    // account/host and path
	certificates *store.Table[certificateDocument] // account/name
	keys         *store.Table[keyDocument]         // access key id
	used         *store.Table[usedDocument]        // see lastused.go

	// edits counts changes of what users and roles refer to: what was compiled
	// of those is stale when it has moved on.
	edits atomic.Uint64

	second atomic.Pointer[secondKeys]

	tokens   *cache[string, cachedCredential]     // session token →
	sessions *cache[sessionKey, cachedCredential] // of services' roles
	limits   *cache[string, *policy.Policy]       // session policy's text →

	issuers map[string]*jose.JSONWebKeySet // by URL without https://

	use       *lastUse
	cost      hashCost      // of passwords
	passwords chan struct{} // bounds how many are hashed at a time
	stop      context.CancelFunc
	running   sync.WaitGroup
}

// cached is how many sessions and session policies are kept at hand.
const cached = 10_000

// Open reads what is stored.
func Open(ctx context.Context, c Config) (*Service, error) {
	s := &Service{
		store: c.Store, now: c.Now, use: newLastUse(), cost: defaultCost, passwords: make(chan struct{}, 2),
		tokens: newCache[string, cachedCredential](cached), sessions: newCache[sessionKey, cachedCredential](cached),
		limits: newCache[string, *policy.Policy](cached),
	}
	if s.now == nil {
		s.now = time.Now
	}
	var err error
	if s.seal, err = newSeal(c.SealKey); err != nil {
		return nil, err
	}
	if s.issuers, err = readIssuers(c.Issuers); err != nil {
		return nil, fmt.Errorf("open iam: %w", err)
	}
	err = errors.Join(
		open(ctx, s, &s.accounts, "iam/account/"),
		open(ctx, s, &s.aliases, "iam/alias/"),
		open(ctx, s, &s.roles, "iam/role/"),
		open(ctx, s, &s.users, "iam/user/"),
		open(ctx, s, &s.groups, "iam/group/"),
		open(ctx, s, &s.policies, "iam/policy/"),
		open(ctx, s, &s.profiles, "iam/instanceprofile/"),
		open(ctx, s, &s.providers, "iam/openidconnect/"),
		open(ctx, s, &s.certificates, "iam/servercertificate/"),
		open(ctx, s, &s.keys, "iam/key/"),
		open(ctx, s, &s.used, "iam/lastused/"),
	)
	if err != nil {
		s.Close() //nolint:errcheck // the first error counts
		return nil, fmt.Errorf("open iam: %w", err)
	}
	s.policies.Subscribe(func([]store.TableChange[policyDocument]) { s.edits.Add(1) })
	s.groups.Subscribe(func([]store.TableChange[groupDocument]) { s.edits.Add(1) })
	s.users.Subscribe(cameOrWent[userDocument](s))
	s.roles.Subscribe(cameOrWent[roleDocument](s))
	s.keepUse(ctx)
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

// cameOrWent counts an edit when a principal is new or gone: trust policies that
// name it compile to something else then.
func cameOrWent[T any](s *Service) func([]store.TableChange[T]) {
	return func(changes []store.TableChange[T]) {
		for _, c := range changes {
			if c.Old == nil || c.New == nil {
				s.edits.Add(1)
				return
			}
		}
	}
}

// Close writes what is only in memory (when keys and roles were last used) and
// stops following the store.
func (s *Service) Close() error {
	if s.stop != nil {
		s.stop()
		s.running.Wait()
	}
	for _, c := range s.closers {
		c()
	}
	s.closers = nil
	return nil
}

var errSealKey = errors.New("the seal key has to be 32 bytes")
