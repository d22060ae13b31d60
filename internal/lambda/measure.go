package lambda

import "time"

// metrics makes the meters of a function when it is compiled; nil counts
// nothing.
type metrics interface{ Meter(of Metered) Meter }

// Metered names what a meter counts: a qualifier ("" for none) of a function and
// a version that it leads to.
type Metered struct {
	Account, Region, Function, Qualifier, Version string
	// Weighted says that the qualifier is an alias that leads to two versions.
	Weighted bool
	// Provisioned is the concurrency that is kept ready for the qualifier.
	Provisioned int64
}

// Meter is told of every event once it is over. It must not wait.
type Meter interface{ Count(m Measurement) }

// Measurement says what one invocation was, in CloudWatch's names.
type Measurement struct {
	End                            time.Time
	Invocations, Errors, Throttles int
	Duration                       time.Duration
	Running                        Running
	// Asynchronous invocations.
	AsyncEventsReceived, AsyncEventsDropped       int
	DeadLetterErrors, DestinationDeliveryFailures int
	AsyncEvent                                    bool          // the function gets one,
	AsyncEventAge                                 time.Duration // of that age
}

// Running is how many invocations were under way when one began, itself
// included.
type Running struct {
	Function, Account int64
	Unreserved        int64 // of the account; 0 for a function with a share of its own
	Provisioned       int64 // of a qualifier with provisioned concurrency; else 0
}

// meters are those of a route: of its main version and of a weighted alias's
// other.
type meters struct{ main, other Meter }

func (s *Service) meters(p *plan, r *route) (m meters) {
	if s.cfg.Metrics == nil {
		return m
	}
	of := Metered{Account: p.f.Account, Region: p.f.Region, Function: p.f.Name, Qualifier: r.qualifier, Weighted: r.other != nil, Provisioned: r.provisioned}
	if r.main != nil {
		of.Version = r.main.run.Version
		m.main = s.cfg.Metrics.Meter(of)
	}
	if r.other != nil {
		of.Version = r.other.run.Version
		m.other = s.cfg.Metrics.Meter(of)
	}
	return m
}

// began counts an invocation in, and tells how many are under way.
func (p *plan) began(r *route) Running {
	n := Running{Function: p.entry.running.Add(1), Account: p.entry.account.all.Add(1)}
	if p.reserved < 0 {
		n.Unreserved = p.entry.account.running.Load()
	}
	if r.busy != nil {
		n.Provisioned = r.busy.Add(1)
	}
	return n
}

func (p *plan) ended(r *route) {
	p.entry.running.Add(-1)
	p.entry.account.all.Add(-1)
	if r.busy != nil {
		r.busy.Add(-1)
	}
}

func (s *Service) measureOutcome(r *route, t *target, n Running, out *Outcome) {
	m := Measurement{Invocations: 1, Duration: out.Duration, Running: n}
	if out.FunctionError != "" {
		m.Errors = 1
	}
	s.measure(r, t, m)
}

// measure reports m; t is nil where no version was chosen.
func (s *Service) measure(r *route, t *target, m Measurement) {
	if r == nil {
		return
	}
	meter := r.meters.main
	if t != nil && t == r.other {
		meter = r.meters.other
	}
	if meter != nil {
		m.End = s.now()
		meter.Count(m)
	}
}
