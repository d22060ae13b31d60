package lambda

import (
	"context"
	"math"
	"sync"
	"time"

	"github.com/lambdagate/lambdagate/internal/arn"
)

// keepAgain is the wait before code that could not be got is tried again.
const keepAgain = 10 * time.Second

// keeper makes the environments that are kept ready follow what is stored: it
// notes which functions changed, and one goroutine deals with them.
type keeper struct {
	wake chan struct{}

	mu      sync.Mutex
	pending map[address]bool
	failed  map[address]string            // why environments could not be asked for
	kept    map[address]map[string]*share // by ID of the runnable
}

// share is how many environments of one version are kept.
type share struct {
	run *Runnable
	n   int
}

func (k *keeper) init() {
	k.wake = make(chan struct{}, 1)
	k.pending = map[address]bool{}
	k.failed = map[address]string{}
	k.kept = map[address]map[string]*share{}
}

// changed notes that a function changed that keeps environments, or did; f is
// nil if it is gone.
func (k *keeper) changed(a address, f *function) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if (f == nil || len(f.Provisioned) == 0) && len(k.kept[a]) == 0 && k.failed[a] == "" {
		return
	}
	k.noteLocked(a)
}

func (k *keeper) noteLocked(a address) {
	k.pending[a] = true
	select {
	case k.wake <- struct{}{}:
	default: // it will see this one too
	}
}

// keep is the keeper's goroutine.
func (s *Service) keep(ctx context.Context) {
	if s.cfg.Provisioner == nil {
		return
	}
	for key, f := range s.functions.under("") {
		s.keeper.changed(addressOfKey(key), f)
	}
	again := time.NewTimer(keepAgain)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.keeper.wake:
		case <-again.C:
			s.keeper.retry()
		}
		for _, a := range s.keeper.take() {
			s.keepFunction(ctx, a)
		}
		again.Reset(keepAgain)
	}
}

// retry notes what failed.
func (k *keeper) retry() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for a := range k.failed {
		k.noteLocked(a)
	}
}

func (k *keeper) take() []address {
	k.mu.Lock()
	defer k.mu.Unlock()
	var list []address
	for a := range k.pending {
		list = append(list, a)
	}
	clear(k.pending)
	return list
}

// keepFunction asks for the environments that a function wants now, and lets
// go of those that it no longer wants.
func (s *Service) keepFunction(ctx context.Context, a address) {
	next, err := s.shares(ctx, a)
	k := &s.keeper
	k.mu.Lock()
	old := k.kept[a]
	delete(k.failed, a)
	if err != nil {
		k.failed[a] = err.Error()
		s.log.WarnContext(ctx, "provisioned concurrency cannot be kept", "function", a.name, "error", err)
	}
	if k.kept[a] = next; len(next) == 0 {
		delete(k.kept, a)
	}
	k.mu.Unlock()
	for id, sh := range old {
		if next[id] == nil {
			s.cfg.Provisioner.Provision(sh.run, 0)
		}
	}
	for _, sh := range next {
		s.cfg.Provisioner.Provision(sh.run, sh.n)
	}
}

// shares are what a function keeps, over all its qualifiers.
func (s *Service) shares(ctx context.Context, a address) (map[string]*share, error) {
	all := map[string]*share{}
	ref := arn.Function{Account: a.account, Region: a.region, Name: a.name}
	f, ok := s.functions.get(key(ref))
	if !ok {
		return all, nil
	}
	for q, wish := range f.Provisioned {
		ref.Qualifier = q
		_, r, err := s.resolve(ref)
		if err != nil {
			return all, err
		}
		for t, n := range r.split(int(wish.Requested)) {
			run, err := s.runnable(ctx, t)
			if err != nil {
				return all, err
			}
			if all[run.ID] == nil {
				all[run.ID] = &share{run: run}
			}
			all[run.ID].n += n
		}
	}
	return all, nil
}

// split deals n environments out to the versions of a route, by weight.
func (r *route) split(n int) map[*target]int {
	if r.other == nil {
		return map[*target]int{r.main: n}
	}
	other := int(math.Round(float64(n) * r.weight))
	return map[*target]int{r.main: n - other, r.other: other}
}

// provisionState is what an answer tells of a wish.
type provisionState struct {
	allocated, available int64
	status, reason       string
}

// provision tells how far a qualifier's wish is fulfilled.
func (s *Service) provision(f *function, qualifier string, wish *provisioned) provisionState {
	out := provisionState{status: "IN_PROGRESS"}
	failure := ""
	ref := f.ref()
	ref.Qualifier = qualifier
	if _, r, err := s.resolve(ref); err == nil && s.cfg.Provisioner != nil {
		for t := range r.split(int(wish.Requested)) {
			id := t.run.ID
			if ready := t.ready.Load(); ready != nil {
				id = ready.ID
			}
			allocated, available, why := s.cfg.Provisioner.Provisioned(id)
			out.allocated += int64(allocated)
			out.available += int64(available)
			if why != "" {
				failure = why
			}
		}
	}
	out.allocated, out.available = min(out.allocated, wish.Requested), min(out.available, wish.Requested)
	s.keeper.mu.Lock()
	defer s.keeper.mu.Unlock()
	if why := s.keeper.failed[addressOf(ref)]; why != "" {
		failure = why
	}
	switch {
	case out.available >= wish.Requested:
		out.status = "READY"
	case failure != "":
		out.status, out.reason = "FAILED", "FUNCTION_ERROR_INIT_FAILURE"
	}
	return out
}
