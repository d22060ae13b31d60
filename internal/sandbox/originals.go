package sandbox

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/lambdagate/lambdagate/internal/runtimeapi"
	"github.com/lambdagate/lambdagate/internal/sandbox/jail"
)

// Starting a runtime takes its processor tens of milliseconds, each time for the
// same. So it is done once for each runtime and memory size in use: that process,
// the original, has rehearsed and then stands still, and those for functions are
// copies of it (package replica). Where that is not possible each is started.

// original is the one of a key.
type original struct {
	known chan struct{}  // closed when it is known whether there is one
	held  *jail.Original // nil if there is none; set before known is closed
}

// originalTime bounds the making of an original.
const originalTime = 20 * time.Second

// Copies says whether processes can be copies of started ones here, and why not.
func (m *Manager) Copies() (bool, string) {
	switch err := m.jails.CanCopy(); {
	case m.plain:
		return false, "only what is isolated"
	case err != nil:
		return false, err.Error()
	}
	return true, "of Node.js, from nodejs10.x on: a tenth of a start each"
}

// copies says that processes of this runtime can be copied. Older Node.js has an
// OpenSSL that draws the same random numbers in all that have the same process id.
func (l *launch) copies() bool {
	return !l.plain && l.family == node && l.major >= 10
}

// originalOf returns the original for l, which it makes if nobody has tried to, or
// nil.
func (m *Manager) originalOf(ctx context.Context, l *launch, memoryMB int) *jail.Original {
	if m.config.NoCopies || !l.copies() {
		return nil
	}
	key := stockKey{l.id, memoryMB}
	m.mu.Lock()
	o := m.originals[key]
	mine := o == nil && !m.closed && m.roomLocked(2*expectedBytes)
	if mine {
		o = &original{known: make(chan struct{})}
		m.originals[key] = o
	}
	m.mu.Unlock()
	if mine {
		o.held, _ = m.newOriginal(ctx, l, memoryMB) // without one each process is started
		close(o.known)
		return o.held
	}
	if o == nil {
		return nil
	}
	select {
	case <-o.known:
		return o.held
	case <-ctx.Done():
		return nil
	}
}

// readyOriginal returns the original for l if there is one now.
func (m *Manager) readyOriginal(l *launch, memoryMB int) *jail.Original {
	m.mu.Lock()
	o := m.originals[stockKey{l.id, memoryMB}]
	m.mu.Unlock()
	if o == nil {
		return nil
	}
	return o.now()
}

// now returns what there is, if that is known.
func (o *original) now() *jail.Original {
	select {
	case <-o.known:
		return o.held
	default:
		return nil
	}
}

// lost says that there is none.
func (o *original) lost() bool {
	select {
	case <-o.known:
		return o.held == nil
	default:
		return false
	}
}

// newOriginal starts a process and stops it when it is ready to be copied.
func (m *Manager) newOriginal(ctx context.Context, l *launch, memoryMB int) (*jail.Original, error) {
	ctx, cancel := context.WithTimeout(ctx, originalTime)
	defer cancel()
	conn, theirs, err := runtimeapi.Pipes()
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	defer func() {
		for _, f := range theirs {
			f.Close()
		}
	}()
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	defer null.Close()
	e := &environment{m: m, launch: l, memory: memoryMB}
	spec := e.spec(nil)
	seed := newSeed()
	spec.Args = originalArgs(spec.Args, seed)
	spec.Output, spec.Channel = null, theirs
	o, err := m.jails.StartOriginal(ctx, spec)
	if err != nil {
		return nil, err
	}
	deadline, _ := ctx.Deadline()
	if err = conn.SetDeadline(deadline); err == nil {
		err = rehearsed(conn)
	}
	if err == nil {
		err = o.Hold(ctx, seed)
	}
	if err != nil {
		o.Close()
		return nil, err
	}
	return o, nil
}

// newSeed is a seed for V8, of 31 bits that are not all alike.
func newSeed() uint32 {
	var b [4]byte
	rand.Read(b[:]) // never fails
	return binary.LittleEndian.Uint32(b[:])>>1 | 1<<30
}

// originalArgs are the arguments of an original, given those of a process that is
// started ahead: with the seed for V8's random numbers, and the process id that its
// copies will have.
func originalArgs(args []string, seed uint32) []string {
	last := len(args) - 1
	args = slices.Insert(slices.Clone(args[:last]), 1, fmt.Sprintf("--random-seed=%d", seed))
	return append(args, "original", strconv.Itoa(jail.CopyPid))
}

// rehearsed waits until the runtime says that it can be copied.
func rehearsed(conn *runtimeapi.Conn) error {
	kind, _, err := conn.Read()
	if err == nil && kind != runtimeapi.KindRehearsed {
		err = fmt.Errorf("%w: %q from an original", runtimeapi.ErrFrame, kind)
	}
	return err
}

// copyEnvironment makes an environment without a function of a copy of o.
func (m *Manager) copyEnvironment(ctx context.Context, l *launch, memoryMB int, o *jail.Original) (*environment, error) {
	e := &environment{m: m, launch: l, memory: memoryMB, lastUsed: m.now(), original: o}
	err := m.begin(ctx, e, nil)
	if err == nil {
		return e, nil
	}
	if !errors.Is(err, ErrCapacity) && !errors.Is(err, ErrClosed) && ctx.Err() == nil {
		m.dropOriginal(stockKey{l.id, memoryMB}, o)
	}
	return nil, err
}

// dropOriginal ends an original that no copies can be made of. Its processes are
// started from now on.
func (m *Manager) dropOriginal(key stockKey, held *jail.Original) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if o := m.originals[key]; o != nil && o.now() == held {
		lost := &original{known: make(chan struct{})}
		close(lost.known)
		m.originals[key] = lost
		m.running.Go(held.Close)
	}
}

// startGeneric makes an environment without a function: a copy, or else one of its
// own.
func (m *Manager) startGeneric(ctx context.Context, l *launch, memoryMB int) (*environment, error) {
	if o := m.originalOf(ctx, l, memoryMB); o != nil {
		e, err := m.copyEnvironment(ctx, l, memoryMB, o)
		if err == nil || errors.Is(err, ErrCapacity) || errors.Is(err, ErrClosed) {
			return e, err
		}
	}
	return m.startEnvironment(ctx, l, memoryMB, nil)
}

// trimOriginalsLocked ends the originals that nobody wants any more.
func (m *Manager) trimOriginalsLocked(wanted func(stockKey) bool) {
	for key, o := range m.originals {
		if wanted(key) {
			continue
		}
		delete(m.originals, key)
		m.running.Go(func() {
			<-o.known
			if o.held != nil {
				o.held.Close()
			}
		})
	}
}
