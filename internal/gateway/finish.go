package gateway

import "time"

// finish tells those who want to know how the request went.
func (x *exchange) finish() {
	if x.plan == nil {
		return
	}
	now := x.g.now()
	x.latency = now.Sub(x.start)
	x.measure(now)
	x.finishRecord()
	x.writeAccess()
}

// measure counts the request, for its method where that has detailed metrics,
// else for the stage.
func (x *exchange) measure(now time.Time) {
	meter := x.plan.meter
	if x.method != nil && x.method.index < len(x.plan.meters) {
		meter = x.plan.meters[x.method.index]
	}
	if meter == nil || x.test {
		return
	}
	meter.Count(Measurement{
		End: now, Status: x.status, Latency: x.latency, IntegrationLatency: x.answer.latency,
		Integrated: x.answer.called, CacheHit: x.cache.hit, CacheMiss: x.cache.miss,
	})
}

// finishRecord completes the record, writes the execution log of it, and keeps
// it.
func (x *exchange) finishRecord() {
	if x.record == nil {
		return
	}
	x.summarize(&x.record.about)
	x.tick()
	x.noteStatus(StepCompleted, "", x.status, 0)
	if x.answer.requestID != "" && !x.test {
		x.note(StepEndpointRequestID, x.answer.requestID)
	}
	if x.plan.tracing {
		x.note(StepTrace, x.ids.trace.root())
	}
	if x.test {
		return
	}
	if s := x.settings(); s.logLevel != logOff && x.g.logs != nil && x.logged() {
		e := &x.record.about
		if lines := x.record.execution(forLogs).logLines(s.logLevel, s.dataTrace); len(lines) > 0 {
			x.g.logs.AppendLogs("API-Gateway-Execution-Logs_"+e.APIID+"/"+e.Stage+x.plan.logSuffix(), x.g.stream, x.plan.account, e.Region, lines)
		}
	}
	if x.g.recent != nil || x.g.traces != nil {
		x.completeRecord()
	}
	if x.g.traces != nil && !x.record.about.Unsampled {
		x.g.traces.Trace(x.record.execution(forPeople))
	}
	if x.g.recent != nil {
		x.g.recent.keep(x.record)
	}
	x.record = nil
}

// summarize fills in what is known at the end.
func (x *exchange) summarize(e *Summary) {
	e.Status, e.Latency, e.IntegrationLatency = x.status, x.latency, x.answer.latency
	e.TargetRequestID = x.answer.requestID
	if x.method != nil {
		e.ResourceID, e.ResourcePath, e.ConfiguredMethod = x.method.resource.Id, x.method.resource.Path, x.method.verb
		if i := x.method.MethodIntegration; i != nil {
			e.Integration = value(i.Type)
		}
	}
	if f := x.failed; f != nil {
		e.ResponseType, e.Error = types[f.kind].name, f.message
		if n := len(f.lines); n > 0 {
			e.Error = f.lines[n-1]
		}
	} else if x.answer.failed {
		e.Error = "Lambda function error: " + x.answer.selection
	}
	e.BodyUnread = !x.bodyRead && x.r != nil && x.r.ContentLength != 0
	e.BodyDecoded = len(x.wireBody) > 0 && len(x.body) > 0 && &x.wireBody[0] != &x.body[0]
}

// completeRecord adds what people want to see and AWS's log does not tell: the
// request of an execution that was refused, the response of one that failed.
func (x *exchange) completeRecord() {
	if !x.record.has(StepHeaders) {
		x.record.at = 0
		x.noteMethodRequest()
	}
	x.record.at = x.latency
	switch {
	case x.failed != nil:
		x.noteBody(StepErrorBody, x.reply, false)
		x.noteFields(StepErrorHeaders, x.head)
	case x.cached:
		x.noteBody(StepReplyBody, x.reply, false)
		x.noteFields(StepReplyHeaders, x.head)
	}
}

// logged reports whether the execution log tells of the request. AWS: not of
// those without a route, those that are too large, and those whose identity
// sources are missing.
func (x *exchange) logged() bool {
	if x.method == nil {
		return false
	}
	if f := x.failed; f != nil && f.early {
		switch f.kind {
		case requestTooLarge:
			return false
		case unauthorized:
			return x.record.has(StepUnauthorized)
		}
	}
	return true
}

// logSuffix is what the names of a canary's log groups end in. AWS.
func (p *plan) logSuffix() string {
	if p.isCanary {
		return "/Canary"
	}
	return ""
}
