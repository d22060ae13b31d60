package sandbox

import (
	"encoding/binary"
	"slices"
	"time"

	"github.com/lambdagate/lambdagate/internal/runtimeapi"
)

// Where events are short, most of what one costs is that processes fall asleep
// and wake up for it. So when as many run side by side as there are processors,
// the next ones are sent to environments that still have another: a runtime that
// ends one event finds the next already there. It runs one at a time, as ever.
//
// Nothing is run twice, and nothing waits for long behind an event that is not
// short after all: an event in line may be begun until a certain moment only. The
// runtime looks at the clock before it begins it, and answers KindUntaken when it
// is too late; the server, when that moment is over and there is no sign that
// the event before it has ended, gives it to another environment at once. A
// runtime that exits says which event it was at (KindGone); those that it has not
// begun go elsewhere too.
const (
	// defaultLineTime is how long an event may stand in line.
	defaultLineTime = 50 * time.Millisecond
	// lineMargin is added before the server acts on that.
	lineMargin = 5 * time.Millisecond
	// maxLine and maxLineEvent bound a line, in events, and the events in it, in
	// bytes: a pipe must take one whole. Long lines are for very short events: one
	// must be over in patience.
	maxLine      = 32
	maxLineEvent = 2 << 10
	// absorbTime is what a runtime has to hand back what came too late.
	absorbTime = 10 * time.Second
)

// line is who waits for a certain environment. Manager.mu guards it.
type line struct {
	places []*place
	used   bool        // somebody stood in it since the environment was idle
	held   bool        // the event under way waits for the server
	watch  *time.Timer // sees to those who stand in it for too long
}

// place is an event's place in a line.
type place struct {
	turn  chan *environment // gets the environment, or nil if it comes to nothing
	until time.Duration     // on the monotonic clock: it may be begun
	left  bool              // it was given away; the runtime will hand it back
}

// openLine lets others line up behind ev, which was sent.
func (e *environment) openLine(ev *Event) {
	m := e.m
	if !e.launch.takesAhead() || e.ext != nil || m.config.Freeze || ev.Stream != nil || len(ev.Payload) > maxLineEvent ||
		e.f.Inspect != "" || m.events.Load() < 2 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if p := e.pool; e.state == invoking && !slices.Contains(p.lines, e) {
		p.lines = append(p.lines, e)
	}
}

// lined says that somebody stood in line during the event under way.
func (e *environment) lined() bool {
	e.m.mu.Lock()
	defer e.m.mu.Unlock()
	return e.line.used
}

// lineUpLocked sends ev to the environment with the shortest line, or returns nil.
func (m *Manager) lineUpLocked(p *pool, ev *Event) *place {
	now, ok := monotonic()
	if !ok || len(ev.Payload)+len(ev.ClientContext)+len(ev.Identity) > maxLineEvent || ev.Stream != nil {
		return nil
	}
	var best *environment
	for _, e := range p.lines {
		if e.state == invoking && (best == nil || len(e.line.places) < len(best.line.places)) && !m.expiresLocked(e) {
			best = e
		}
	}
	if best == nil {
		return nil
	}
	ahead := len(best.line.places)
	if ahead >= maxLine || time.Duration(p.queue.usual.Load())*time.Duration(ahead+1) > patience {
		return nil
	}
	w := &place{turn: make(chan *environment, 1), until: now + m.config.lineTime}
	if !best.conn.WriteAhead(ev.frame(p.f, time.Time{}), w.until, p.f.Timeout) {
		return nil
	}
	p.lined++
	best.line.used = true
	best.line.places = append(best.line.places, w)
	best.watchLineLocked()
	return w
}

// watchLineLocked sees to it that somebody looks at the line when its first
// could be too late. The environment's reader does that: only it knows whether
// the event under way has ended.
func (e *environment) watchLineLocked() {
	l := &e.line
	if l.watch != nil {
		return
	}
	var watch *time.Timer
	watch = time.AfterFunc(e.m.config.lineTime+lineMargin, func() {
		e.m.mu.Lock()
		defer e.m.mu.Unlock()
		if l.watch != watch {
			return // the line was closed meanwhile
		}
		l.watch = nil
		if l.held {
			e.sendAwayLocked()
		}
		if slices.ContainsFunc(l.places, func(w *place) bool { return !w.left }) {
			e.conn.Interrupt()
			e.watchLineLocked()
		}
	})
	l.watch = watch
}

// hold says that the runtime waits for the server, or that it does no longer.
func (e *environment) hold(held bool) {
	e.m.mu.Lock()
	defer e.m.mu.Unlock()
	e.line.held = held
}

// sendAway gives those away whose time is over. The caller reads the runtime's
// frames, and the event under way has not ended.
func (e *environment) sendAway() {
	if e.conn.Pending() {
		return // it may just have ended
	}
	e.m.mu.Lock()
	defer e.m.mu.Unlock()
	e.sendAwayLocked()
}

func (e *environment) sendAwayLocked() {
	now, _ := monotonic()
	for _, w := range e.line.places {
		if !w.left && now > w.until+lineMargin {
			e.giveAwayLocked(w)
		}
	}
}

func (e *environment) giveAwayLocked(w *place) {
	w.left = true
	e.pool.lined--
	w.turn <- nil
}

// nextInLineLocked gives an environment that has ended an event to the next in
// its line. Without one it closes the line and returns false.
func (m *Manager) nextInLineLocked(e *environment) bool {
	l, p := &e.line, e.pool
	if len(l.places) == 0 {
		m.closeLineLocked(e)
		return false
	}
	w := l.places[0]
	if w.left {
		m.running.Go(e.absorb)
		return true
	}
	l.places = slices.Delete(l.places, 0, 1)
	p.lined--
	w.turn <- e
	return true
}

// absorb takes back events that were given away, and lets the environment go on.
func (e *environment) absorb() {
	end := time.Now().Add(absorbTime)
	usable := e.conn.SetDeadline(end) == nil
	for usable && e.handedBack() {
		kind, body, err := e.conn.Read()
		switch {
		case isTimeout(err) && time.Now().Before(end): // for those behind
			e.sendAway()
			usable = e.conn.SetDeadline(end) == nil
		case err != nil:
			usable = false
		case kind == runtimeapi.KindUntaken:
			e.m.mu.Lock()
			e.line.places = slices.Delete(e.line.places, 0, 1)
			e.m.mu.Unlock()
		case kind == runtimeapi.KindLog:
			e.journal.function(body)
		case kind == runtimeapi.KindOutput:
			e.output.write(body)
		default: // it cannot be trusted any more
			usable = false
		}
	}
	e.m.give(e, usable)
}

// handedBack says that the first in line was given away.
func (e *environment) handedBack() bool {
	e.m.mu.Lock()
	defer e.m.mu.Unlock()
	return len(e.line.places) > 0 && e.line.places[0].left
}

// dismissLocked gives away all who wait for an environment that ends.
func (m *Manager) dismissLocked(e *environment) {
	for _, w := range e.line.places {
		if !w.left {
			e.giveAwayLocked(w)
		}
	}
	m.closeLineLocked(e)
}

func (m *Manager) closeLineLocked(e *environment) {
	if e.line.watch != nil {
		e.line.watch.Stop()
		e.line.watch = nil
	}
	e.line.places, e.line.used = nil, false
	if p := e.pool; p != nil {
		p.lines = slices.DeleteFunc(p.lines, func(o *environment) bool { return o == e })
	}
}

// crowded says that many short events come. A runtime that woke up for each of
// them, taking the processor from those who send more, would have its processor
// spend its time on changing between them; it goes on when they wait.
func (e *environment) crowded(now time.Time) {
	e.crowd = now
	if !e.batched {
		e.batched = true
		e.proc.Batch(true)
	}
}

// calmTime is how long there has to be no line before that ends.
const calmTime = 10 * time.Millisecond

// calm says that there is one event only.
func (e *environment) calm(now time.Time) {
	if e.batched && now.Sub(e.crowd) > calmTime {
		e.batched = false
		e.proc.Batch(false)
	}
}

// tookOf reads a KindTook.
func tookOf(body []byte) time.Duration {
	if len(body) != 4 {
		return 0
	}
	return max(time.Duration(binary.LittleEndian.Uint32(body))*time.Microsecond, time.Microsecond)
}
