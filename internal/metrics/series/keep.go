package series

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/lambdagate/lambdagate/internal/store"
)

// prefix is where documents are: prefix + level + "/" + time + "/" + who wrote
// it. Level 0 has one a minute and process, level 1 one an hour, level 2 one a
// day (more where they are large). All documents add up.
const prefix = "metrics/series/"

// levels say of which times documents are joined to one of the next level, and
// after how long.
var levels = [...]struct{ chunk, after int64 }{
	{3600, 3*3600 + 3600},
	{86400, 3*86400 + 86400},
	{0, 63*86400 + 86400}, // removed
}

// storeTimeout bounds one write to the store.
const storeTimeout = 30 * time.Second

// keeper writes what is new to the store.
type keeper struct {
	process string // its documents are known here already
	stop    context.CancelFunc
	running sync.WaitGroup

	mu    sync.Mutex // held while the store is written
	count int
}

// Open reads what is stored and keeps what comes.
func Open(ctx context.Context, c Config) (*Set, error) {
	s := New(c)
	s.keeper.process = rand.Text()[:12]
	for level := 1; level < len(levels); level++ {
		docs, err := s.cfg.Store.List(ctx, fmt.Sprintf("%s%d/", prefix, level))
		if err != nil {
			return nil, fmt.Errorf("read metrics: %w", err)
		}
		for _, d := range docs {
			s.load(d)
		}
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	events, err := s.cfg.Store.Watch(running, prefix+"0/")
	if err == nil {
		err = s.loadEvents(ctx, events)
	}
	if err != nil {
		stop()
		return nil, fmt.Errorf("read metrics: %w", err)
	}
	s.keeper.stop = stop
	s.keeper.running.Go(func() { s.follow(events) })
	s.keeper.running.Go(func() { s.run(running) })
	return s, nil
}

// loadEvents takes what is stored by now.
func (s *Set) loadEvents(ctx context.Context, events <-chan store.Event) error {
	for {
		select {
		case e, ok := <-events:
			if !ok {
				return store.ErrClosed
			}
			if e.Synced {
				return nil
			}
			s.load(e.Document)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// follow takes what other nodes write.
func (s *Set) follow(events <-chan store.Event) {
	for e := range events {
		if !e.Deleted && !e.Synced && !strings.Contains(e.Key, "/"+s.keeper.process+"-") {
			s.load(e.Document)
		}
	}
}

// load adds a document's points to those in memory. One that cannot be read is
// left out: nothing else depends on it.
func (s *Set) load(d store.Document) {
	now := seconds(s.cfg.Now())
	err := decode(d.Value, func(id ID, p point) {
		if one := s.find(id); one != nil {
			one.mu.Lock()
			one.keep(p.at, now, &p.Summary)
			one.mu.Unlock()
		}
	})
	if err != nil {
		s.cfg.Log.Warn("stored metrics are left out", "key", d.Key, "error", err)
	}
}

// run writes each minute.
func (s *Set) run(ctx context.Context) {
	joined := int64(0)
	for {
		now := time.Now()
		t := time.NewTimer(now.Truncate(time.Minute).Add(time.Minute + time.Second).Sub(now))
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-t.C:
		}
		if err := s.Flush(ctx); err != nil && ctx.Err() == nil {
			s.cfg.Log.Warn("metrics are not stored yet", "error", err)
		}
		s.roll()
		if hour := seconds(s.cfg.Now()) / 3600; hour != joined {
			joined = hour
			s.joinAll(ctx)
		}
	}
}

// Flush writes what is new.
func (s *Set) Flush(ctx context.Context) error {
	s.keeper.mu.Lock()
	defer s.keeper.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	s.Drain()
	s.mu.RLock()
	all := maps.Clone(s.series)
	s.mu.RUnlock()
	fresh := map[ID][]point{}
	for id, one := range all {
		if points := one.takeFresh(); len(points) > 0 {
			fresh[id] = points
		}
	}
	if s.cfg.Store == nil {
		return nil
	}
	err := s.writeFresh(ctx, fresh)
	if err != nil {
		for id, points := range fresh {
			all[id].giveBack(points)
		}
	}
	return err
}

func (s *Set) writeFresh(ctx context.Context, fresh map[ID][]point) error {
	docs, err := encode(fresh)
	if err != nil || len(docs) == 0 {
		return err
	}
	now := seconds(s.cfg.Now())
	var changes []store.Change
	for _, d := range docs {
		s.keeper.count++
		changes = append(changes, store.Put(fmt.Sprintf("%s0/%010d/%s-%d", prefix, now, s.keeper.process, s.keeper.count), 0, d))
	}
	_, err = s.cfg.Store.Commit(ctx, changes...)
	return err
}

// joinAll joins documents that are old enough. Any node does; the one that is
// slower finds them gone.
func (s *Set) joinAll(ctx context.Context) {
	for level := range levels {
		if err := s.join(ctx, level); err != nil && ctx.Err() == nil && !errors.Is(err, store.ErrConflict) {
			s.cfg.Log.Warn("join stored metrics", "level", level, "error", err)
		}
	}
}

func (s *Set) join(ctx context.Context, level int) error {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	docs, err := s.cfg.Store.List(ctx, fmt.Sprintf("%s%d/", prefix, level))
	if err != nil {
		return err
	}
	now, l := seconds(s.cfg.Now()), levels[level]
	chunks := map[int64][]store.Document{}
	for _, d := range docs {
		var at int64
		if _, err := fmt.Sscanf(d.Key[len(prefix)+2:], "%d", &at); err != nil || now-at < l.after {
			continue
		}
		if l.chunk > 0 {
			at -= at % l.chunk
		}
		chunks[at] = append(chunks[at], d)
	}
	for at, docs := range chunks {
		if err := s.joinChunk(ctx, level, at, docs); err != nil {
			return err
		}
	}
	return nil
}

// joinChunk replaces the documents of a chunk by those of the next level, whose
// points are as coarse as their age wants.
func (s *Set) joinChunk(ctx context.Context, level int, at int64, docs []store.Document) error {
	var changes []store.Change
	if level+1 < len(levels) {
		next := fmt.Sprintf("%s%d/%010d/", prefix, level+1, at)
		there, err := s.cfg.Store.List(ctx, next)
		if err != nil {
			return err
		}
		joined, err := encode(s.joined(append(docs, there...)))
		if err != nil {
			return err
		}
		for i, b := range joined {
			rev := store.Revision(0)
			if i < len(there) {
				rev = there[i].Rev
			}
			changes = append(changes, store.Put(fmt.Sprintf("%s%03d", next, i), rev, b))
		}
		for _, d := range there[min(len(joined), len(there)):] {
			changes = append(changes, store.Delete(d.Key, d.Rev))
		}
	}
	for _, d := range docs {
		changes = append(changes, store.Delete(d.Key, d.Rev))
	}
	_, err := s.cfg.Store.Commit(ctx, changes...)
	return err
}

func (s *Set) joined(docs []store.Document) map[ID][]point {
	now := seconds(s.cfg.Now())
	all := map[ID]*oneSeries{}
	for _, d := range docs {
		err := decode(d.Value, func(id ID, p point) {
			if all[id] == nil {
				all[id] = &oneSeries{}
			}
			all[id].keep(p.at, now, &p.Summary)
		})
		if err != nil {
			s.cfg.Log.Warn("stored metrics are left out", "key", d.Key, "error", err)
		}
	}
	out := map[ID][]point{}
	for id, one := range all {
		for i := range one.points {
			for n := range one.points[i] {
				one.points[i][n].thin(tiers[i].buckets)
			}
			out[id] = append(out[id], one.points[i]...)
		}
	}
	return out
}

// Clear forgets everything, in the store too.
func (s *Set) Clear(ctx context.Context) error {
	s.keeper.mu.Lock()
	defer s.keeper.mu.Unlock()
	s.Drain()
	s.mu.Lock()
	clear(s.series)
	s.mu.Unlock()
	if s.cfg.Store == nil {
		return nil
	}
	docs, err := s.cfg.Store.List(ctx, prefix)
	if err != nil || len(docs) == 0 {
		return err
	}
	changes := make([]store.Change, len(docs))
	for i, d := range docs {
		changes[i] = store.Delete(d.Key, store.Any)
	}
	_, err = s.cfg.Store.Commit(ctx, changes...)
	return err
}

// Close writes what is new and ends what runs.
func (s *Set) Close() error {
	if s.keeper.stop == nil {
		return nil
	}
	err := s.Flush(context.Background())
	s.keeper.stop()
	s.keeper.running.Wait()
	return err
}
