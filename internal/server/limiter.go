package server

import (
	"hash/maphash"
	"sync"
	"time"
)

// limiter allows each name a burst of attempts, and then one in every interval.
// Its memory is fixed: names that fall into the same slot share it, so that
// trying many names at once only makes it stricter.
type limiter struct {
	burst int
	every time.Duration
	now   func() time.Time
	seed  maphash.Seed

	mu    sync.Mutex
	slots [1 << 14]bucket
}

// bucket is how many attempts were made lately: as of at.
type bucket struct {
	used float64
	at   time.Time
}

func newLimiter(burst int, every time.Duration, now func() time.Time) *limiter {
	return &limiter{burst: burst, every: every, now: now, seed: maphash.MakeSeed()}
}

// take counts an attempt; it returns how long to wait if there were too many.
func (l *limiter) take(name string) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.currentLocked(name)
	if over := b.used + 1 - float64(l.burst); over > 0 {
		return time.Duration(over * float64(l.every))
	}
	b.used++
	return 0
}

// giveBack uncounts an attempt that was right.
func (l *limiter) giveBack(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.currentLocked(name)
	b.used = max(0, b.used-1)
}

func (l *limiter) currentLocked(name string) *bucket {
	b := &l.slots[maphash.String(l.seed, name)%uint64(len(l.slots))]
	now := l.now()
	b.used = max(0, b.used-float64(now.Sub(b.at))/float64(l.every))
	b.at = now
	return b
}
