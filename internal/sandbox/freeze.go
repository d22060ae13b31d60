package sandbox

// freeze stops an environment that waits for its next event, if the
// configuration says so.
func (e *environment) freeze() {
	if !e.m.config.Freeze || e.f.Inspect != "" {
		return
	}
	if e.ext != nil {
		e.ext.telemetry.Pause(true)
	}
	e.frozen.Store(true)
	e.proc.Freeze()
}

// thaw lets it go on.
func (e *environment) thaw() {
	if !e.frozen.CompareAndSwap(true, false) {
		return
	}
	e.proc.Thaw()
	if e.ext != nil {
		e.ext.telemetry.Pause(false)
	}
}
