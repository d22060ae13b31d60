package sandbox

import "time"

// A first event finds a process that was started ahead asleep, its memory in no
// cache. What can be told to it early is: that it gets a function, before it is
// known what else the function needs (wake), and the event, before the function
// is loaded (sendEarly). The runtime begins the event when it has said that it is
// ready, as it would otherwise.

// wakeTime is how long a process that was woken may wait awake for what it is to
// load.
const wakeTime = 2 * time.Millisecond

// wake tells a process that was started ahead that its function comes. It comes
// to itself while the server finds out the rest.
func (e *environment) wake() error {
	awake := wakeTime
	if processors == 1 || e.m.load.high(e.began) {
		awake = 0
	}
	return e.conn.WriteWake(awake)
}

// defaultEarlyMargin is how long before the time for loading is over an event that
// was sent early may be begun last: by then the server knows that the function is
// loaded, and does not start another environment for the event.
const defaultEarlyMargin = 50 * time.Millisecond

// sendEarly sends the first event along with the order to load, which may take
// until the deadline.
func (e *environment) sendEarly(ev *Event, deadline time.Time) {
	now, ok := monotonic()
	left := time.Until(deadline) - e.m.config.earlyMargin
	if !ok || ev == nil || ev.Stream != nil || !e.launch.takesAhead() || e.f.Inspect != "" || left <= 0 {
		return
	}
	e.sent = e.conn.WriteAhead(ev.frame(e.f, time.Time{}), now+left, e.f.Timeout)
}
