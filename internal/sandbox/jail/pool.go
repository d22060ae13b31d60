package jail

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// startTimeout bounds a start whose Spec names no deadline.
const startTimeout = 30 * time.Second

// refillDelay is how long a pool waits before it replaces spare jails: the program
// that took the last has the processors first. refillPause is between two.
const (
	refillDelay = 50 * time.Millisecond
	refillPause = 10 * time.Millisecond
)

// fewSpare is below how many spare jails a pool does not wait, if more are taken.
const fewSpare = 2

// Pool starts programs in jails. It keeps some jails without a program ready,
// because making one takes longer than starting a program in it. It is safe
// for concurrent use.
type Pool struct {
	base Base
	ctx  context.Context // ends with the pool
	stop context.CancelFunc
	wg   sync.WaitGroup

	mu        sync.Mutex
	spare     int
	closed    bool
	vacant    []*Process
	taken     time.Time // when the last was
	refilling bool
	low       bool          // few are left, and more are taken
	hurry     chan struct{} // tells of that
	users     map[int]bool  // in use
}

// NewPool makes a pool that keeps spare jails ready. It starts none before the
// first program.
func NewPool(base Base, spare int) *Pool {
	ctx, stop := context.WithCancel(context.Background())
	base.entrance = openEntrance()
	return &Pool{base: base, spare: spare, hurry: make(chan struct{}, 1), ctx: ctx, stop: stop, users: map[int]bool{}}
}

// Start runs the program of spec and returns when it was started. It returns
// an error that wraps ErrUnsupported if the walls cannot be put up here, and a
// *ProgramError if the program cannot be run. Nothing is left behind by a start
// that failed.
func (p *Pool) Start(ctx context.Context, spec *Spec) (*Process, error) {
	if spec.Plain {
		return startPlain(spec)
	}
	return p.begin(ctx, spec, func(ctx context.Context, jail *Process) error {
		_, err := occupy(ctx, jail, spec, false)
		return err
	})
}

// begin has a vacant jail occupied, within the time that spec gives. Whoever fails
// to occupy it has ended it.
func (p *Pool) begin(ctx context.Context, spec *Spec, occupy func(context.Context, *Process) error) (*Process, error) {
	limit := spec.Deadline
	if limit == 0 {
		limit = startTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	jail, err := p.take(ctx)
	if err != nil {
		return nil, err
	}
	if err := occupy(ctx, jail); err != nil {
		return nil, err
	}
	return jail, nil
}

// KeepSpare changes how many jails are kept ready.
func (p *Pool) KeepSpare(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.spare = n
}

// take returns a vacant jail, and sees to it that another one comes.
func (p *Pool) take(ctx context.Context) (*Process, error) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, fmt.Errorf("%w: the pool is closed", ErrEnded)
	}
	var jail *Process
	for jail == nil && len(p.vacant) > 0 {
		jail, p.vacant = p.vacant[0], p.vacant[1:]
		select {
		case <-jail.ended: // someone else has ended it
			jail = nil
		default:
		}
	}
	p.refillLocked()
	p.mu.Unlock()
	if jail != nil {
		return jail, nil
	}
	return p.make(ctx)
}

// make makes a jail with a user of its own.
func (p *Pool) make(ctx context.Context) (*Process, error) {
	p.mu.Lock()
	user := p.base.FirstUser
	for p.users[user] {
		user++
	}
	p.users[user] = true
	p.mu.Unlock()
	return newVacant(ctx, &p.base, user, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.users, user)
	})
}

// refillLocked sees to it that what was taken is replaced.
func (p *Pool) refillLocked() {
	now := time.Now()
	p.low = len(p.vacant) < fewSpare && now.Sub(p.taken) < refillDelay
	p.taken = now
	if p.low {
		select {
		case p.hurry <- struct{}{}:
		default:
		}
	}
	if !p.refilling && p.spare > 0 {
		p.refilling = true
		p.wg.Go(p.refill)
	}
}

// refill makes spare jails one after the other, when none was taken for a while or
// few are left. There is one of it at a time.
func (p *Pool) refill() {
	for {
		p.mu.Lock()
		if p.closed || len(p.vacant) >= p.spare {
			p.refilling = false
			p.mu.Unlock()
			return
		}
		wait := max(refillPause, time.Until(p.taken.Add(refillDelay)))
		if p.low {
			wait = 0
		}
		p.mu.Unlock()
		select {
		case <-time.After(wait):
		case <-p.hurry:
		case <-p.ctx.Done():
			continue
		}
		if p.calm() && !p.refillOne() {
			p.mu.Lock()
			p.refilling = false
			p.mu.Unlock()
			return
		}
	}
}

// calm says that no jail was taken for a while, or that it cannot be waited for.
func (p *Pool) calm() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.low || time.Since(p.taken) >= refillDelay
}

// refillOne says whether it made one.
func (p *Pool) refillOne() bool {
	ctx, cancel := context.WithTimeout(p.ctx, startTimeout)
	defer cancel()
	jail, err := p.make(ctx)
	if err != nil {
		return false // the next start will say why
	}
	p.mu.Lock()
	keep := !p.closed && len(p.vacant) < p.spare
	if keep {
		p.vacant = append(p.vacant, jail)
	}
	p.mu.Unlock()
	if !keep {
		jail.Kill()
		<-jail.done
	}
	return true
}

// Close ends the spare jails and waits until nothing of them is left. Jails
// with programs are their owners'.
func (p *Pool) Close() {
	p.mu.Lock()
	p.closed = true
	vacant := p.vacant
	p.vacant = nil
	p.mu.Unlock()
	p.stop()
	for _, jail := range vacant {
		jail.Kill()
		<-jail.done
	}
	p.wg.Wait()
	p.base.entrance.close()
}
