package apigateway

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"
)

// How usage is counted: in memory at once, in the store's counters within a
// second. A counter has the name
//
//	apigateway/usage/{day}/{account}/{region}/{plan}/{key}
//
// What other nodes count shows here with the next reading of the day's
// counters, so that with several nodes a quota may be exceeded by what they
// admit within that time.
const (
	usagePrefix  = "apigateway/usage/"
	flushEvery   = time.Second
	flushWithin  = 10 * time.Second // bounds a flush
	rereadEvery  = 10               // flushes without anything to write
	keepDays     = 31               // in memory: the longest period of a quota
	keepHistory  = 100              // in the store: more than GetUsage shows
	forgetAtOnce = 30               // days that are deleted after an absence
)

// usageName is what is counted on one day: {account}/{region}/{plan}/{key}.
type usageName string

// prefix is what the names of a day's counters start with.
func (d usageDay) prefix() string { return usagePrefix + d.String() + "/" }

func nameUsage(sc scope, planID, keyID string) usageName {
	return usageName(sc.key(planID) + "/" + keyID)
}

// usageCounts are requests by day and name.
type usageCounts map[usageDay]map[usageName]int64

func (c usageCounts) add(day usageDay, name usageName, n int64) {
	if c[day] == nil {
		c[day] = map[usageName]int64{}
	}
	c[day][name] += n
}

type usageCounter struct {
	s    *Service
	now  func() time.Time
	stop context.CancelFunc
	done chan struct{}

	mu      sync.Mutex
	stored  usageCounts // as the store last said
	pending usageCounts // not yet in the store
	writing usageCounts // being written
}

func openUsage(ctx context.Context, s *Service) (*usageCounter, error) {
	u := &usageCounter{
		s: s, now: s.now, done: make(chan struct{}),
		stored: usageCounts{}, pending: usageCounts{},
	}
	today := dayOf(s.now())
	for day := today + 1 - keepDays; day <= today; day++ {
		if err := u.reread(ctx, day); err != nil {
			return nil, err
		}
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	u.stop = stop
	go u.run(running)
	return u, nil
}

// use counts a request unless the plan's quota is used up.
func (u *usageCounter) use(sc scope, plan *UsagePlan, keyID string, at time.Time) bool {
	name := nameUsage(sc, plan.Id, keyID)
	today := dayOf(at)
	u.mu.Lock()
	defer u.mu.Unlock()
	if plan.Quota != nil && plan.Quota.Limit != nil {
		start := plan.periodStart(today)
		left := *plan.Quota.Limit + u.s.extra(sc, plan.Id, keyID, start)
		for day := start; left > 0 && day <= today; day++ {
			left -= u.countLocked(day, name)
		}
		if left <= 0 {
			return false
		}
	}
	u.pending.add(today, name, 1)
	return true
}

// used is what was counted from one day to another.
func (u *usageCounter) used(name usageName, from, to usageDay) (sum int64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for day := from; day <= to; day++ {
		sum += u.countLocked(day, name)
	}
	return sum
}

func (u *usageCounter) countLocked(day usageDay, name usageName) int64 {
	return u.stored[day][name] + u.writing[day][name] + u.pending[day][name]
}

// run flushes until the service closes, and then once more.
func (u *usageCounter) run(ctx context.Context) {
	defer close(u.done)
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	pruned := usageDay(0)
	for idle := 0; ; idle++ {
		select {
		case <-tick.C:
		case <-ctx.Done():
			u.tryFlush(context.WithoutCancel(ctx))
			return
		}
		today := dayOf(u.now())
		if u.tryFlush(ctx) || idle >= rereadEvery {
			idle = 0
			u.try(ctx, "reread usage", func(ctx context.Context) error { return u.reread(ctx, today) })
		}
		if pruned != today {
			pruned = today
			u.try(ctx, "forget old usage", u.prune)
		}
	}
}

func (u *usageCounter) close() {
	u.stop()
	<-u.done
}

func (u *usageCounter) try(ctx context.Context, what string, f func(context.Context) error) bool {
	ctx, cancel := context.WithTimeout(ctx, flushWithin)
	defer cancel()
	if err := f(ctx); err != nil {
		u.s.log.WarnContext(ctx, "usage counters", "doing", what, "error", err)
		return false
	}
	return true
}

// tryFlush writes what is pending and reports whether there was anything.
func (u *usageCounter) tryFlush(ctx context.Context) (wrote bool) {
	u.try(ctx, "flush usage", func(ctx context.Context) (err error) {
		wrote, err = u.flush(ctx)
		return err
	})
	return wrote
}

func (u *usageCounter) flush(ctx context.Context) (bool, error) {
	u.mu.Lock()
	u.writing, u.pending = u.pending, usageCounts{}
	deltas := map[string]int64{}
	for day, counts := range u.writing {
		for name, n := range counts {
			deltas[day.prefix()+string(name)] = n
		}
	}
	u.mu.Unlock()
	if len(deltas) == 0 {
		return false, nil
	}
	err := u.s.st.AddCounters(ctx, deltas)
	u.mu.Lock()
	defer u.mu.Unlock()
	to := u.stored
	if err != nil {
		to = u.pending // again next time
	}
	for day, counts := range u.writing {
		for name, n := range counts {
			to.add(day, name, n)
		}
	}
	u.writing = nil
	return true, err
}

// reread takes one day's counters from the store. Only the goroutine that
// flushes calls it, so that nothing is counted twice.
func (u *usageCounter) reread(ctx context.Context, day usageDay) error {
	prefix := day.prefix()
	counts, err := u.s.st.Counters(ctx, prefix)
	if err != nil {
		return fmt.Errorf("read usage of %s: %w", day, err)
	}
	stored := make(map[usageName]int64, len(counts))
	for name, n := range counts {
		stored[usageName(strings.TrimPrefix(name, prefix))] = n
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.stored[day] = stored
	return nil
}

// prune forgets days that no quota and no GetUsage asks for any more.
func (u *usageCounter) prune(ctx context.Context) error {
	today := dayOf(u.now())
	u.mu.Lock()
	for day := range u.stored {
		if day <= today-keepDays {
			delete(u.stored, day)
		}
	}
	u.mu.Unlock()
	for day := today - keepHistory - forgetAtOnce; day <= today-keepHistory; day++ {
		if err := u.s.st.DeleteCounters(ctx, day.prefix()); err != nil {
			return err
		}
	}
	return nil
}

// history returns what the keys of a plan used, by key and day: what is stored
// and what waits to be. What is being written just then may be missing.
func (u *usageCounter) history(ctx context.Context, sc scope, planID string, from, to usageDay) (map[string]map[usageDay]int64, error) {
	out := map[string]map[usageDay]int64{}
	add := func(keyID string, day usageDay, n int64) {
		if out[keyID] == nil {
			out[keyID] = map[usageDay]int64{}
		}
		out[keyID][day] += n
	}
	mine := sc.key(planID) + "/"
	for day := from; day <= to; day++ {
		prefix := day.prefix() + mine
		counts, err := u.s.st.Counters(ctx, prefix)
		if err != nil {
			return nil, fmt.Errorf("read usage of plan %s: %w", planID, err)
		}
		for name, n := range counts {
			add(strings.TrimPrefix(name, prefix), day, n)
		}
		u.mu.Lock()
		for name, n := range u.pending[day] {
			if keyID, ok := strings.CutPrefix(string(name), mine); ok {
				add(keyID, day, n)
			}
		}
		u.mu.Unlock()
	}
	return out, nil
}
