package iam

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/policy"
	"github.com/lambdagate/lambdagate/internal/store"
)

// usedDocument says when an access key or a role was used last. Its key is
// "key/AKIA…" or "role/account/name".
type usedDocument struct {
	ID      string      `json:"id"` // of the key or the role
	Time    awsapi.Time `json:"time"`
	Service string      `json:"service"`
	Region  string      `json:"region"`
}

// Uses are noted in memory, at most one a minute for each key and role, and
// stored every minute. AWS: "within hours".
const useInterval = time.Minute

// lastUse holds what is not stored yet.
type lastUse struct {
	mu    sync.RWMutex
	fresh map[string]usedDocument
}

func newLastUse() *lastUse { return &lastUse{fresh: map[string]usedDocument{}} }

// noteUse remembers who asks.
func (s *Service) noteUse(c awsapi.Caller, r *policy.Request) {
	var key, id string
	switch {
	case c.Unchecked: // its key may be anything
		return
	case c.Kind == awsapi.Session:
		id, _, _ = strings.Cut(c.UserID, ":")
		key = "role/" + entityKey(c.Account, nameOfARN(c.RoleARN))
	case c.AccessKey != "" && c.Keys == nil && (c.Kind == awsapi.User || c.Kind == awsapi.Root):
		id, key = c.AccessKey, "key/"+c.AccessKey
	default:
		return
	}
	now := awsapi.Seconds(s.now())
	s.use.mu.RLock()
	last, ok := s.use.fresh[key]
	s.use.mu.RUnlock()
	if ok && last.ID == id && now.Sub(last.Time.Time) < useInterval {
		return
	}
	service, _, _ := strings.Cut(r.Action, ":")
	region := arnRegion(r.Resource)
	if v := r.Keys.Get("aws:RequestedRegion"); len(v) == 1 {
		region = v[0]
	}
	s.use.mu.Lock()
	s.use.fresh[key] = usedDocument{ID: id, Time: now, Service: service, Region: region}
	s.use.mu.Unlock()
}

func arnRegion(name string) string {
	a, err := arn.Parse(name)
	if err != nil || a.Region == "" {
		return awsapi.DefaultRegion
	}
	return a.Region
}

// keepUse stores last uses until Close, and then once more.
func (s *Service) keepUse(ctx context.Context) {
	ctx, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	s.running.Go(func() {
		tick := time.NewTicker(useInterval)
		defer tick.Stop()
		for ctx.Err() == nil {
			select {
			case <-tick.C:
			case <-ctx.Done():
			}
			if err := s.storeUse(context.WithoutCancel(ctx)); err != nil && !errors.Is(err, store.ErrClosed) {
				slog.Warn("last use of keys and roles was not stored", "err", err)
			}
		}
	})
}

// storeUse writes what is fresh and still exists.
func (s *Service) storeUse(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	s.use.mu.Lock()
	fresh := s.use.fresh
	s.use.fresh = map[string]usedDocument{}
	s.use.mu.Unlock()
	for key, u := range fresh {
		if !s.exists(key, u.ID) {
			continue
		}
		_, err := s.used.Update(ctx, key, func(old *usedDocument) (*usedDocument, error) {
			if old != nil && old.ID == u.ID && !old.Time.Before(u.Time.Time) {
				return old, nil // another node knows better
			}
			return &u, nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// exists says whether the owner of a last use is still there.
func (s *Service) exists(key, id string) bool {
	if role, ok := strings.CutPrefix(key, "role/"); ok {
		d, _, ok := s.roles.Get(role)
		return ok && d.Role.RoleId == id
	}
	_, _, ok := s.keys.Get(id)
	return ok
}

// forgetUse removes the last use of what is deleted.
func (s *Service) forgetUse(x *transaction, key string) {
	if _, rev, ok := s.used.Get(key); ok {
		remove(x, s.used, key, rev)
	}
}

// lastUsed returns the newest use that is known.
func (s *Service) lastUsed(key, id string) (usedDocument, bool) {
	s.use.mu.RLock()
	u, ok := s.use.fresh[key]
	s.use.mu.RUnlock()
	if !ok {
		if d, _, stored := s.used.Get(key); stored {
			u, ok = *d, true
		}
	}
	return u, ok && u.ID == id
}

// roleLastUsed is empty for a role that never was used.
func (s *Service) roleLastUsed(d *roleDocument) *RoleLastUsed {
	u, ok := s.lastUsed("role/"+entityKey(accountOf(d.Role.Arn), d.Role.RoleName), d.Role.RoleId)
	if !ok {
		return &RoleLastUsed{}
	}
	return &RoleLastUsed{LastUsedDate: &u.Time, Region: &u.Region}
}

// keyLastUsed says N/A for a key that never was used, as AWS does.
func (s *Service) keyLastUsed(id string) *AccessKeyLastUsed {
	u, ok := s.lastUsed("key/"+id, id)
	if !ok {
		return &AccessKeyLastUsed{ServiceName: "N/A", Region: "N/A"}
	}
	return &AccessKeyLastUsed{LastUsedDate: &u.Time, ServiceName: u.Service, Region: u.Region}
}
