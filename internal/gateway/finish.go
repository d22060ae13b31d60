package gateway

// finish tells those who want to know how the request went.
func (x *exchange) finish() {
	if x.plan == nil {
		return
	}
	x.latency = x.g.now().Sub(x.start)
	x.measure()
	x.finishRecord()
	if x.plan.access != nil && x.g.logs != nil && !x.test {
		p := x.plan
		x.g.logs.AppendLogs(p.access.group+p.logSuffix(), x.g.stream, p.account, p.region, []LogLine{p.access.line(x)})
	}
}

func (x *exchange) measure() {
	if x.g.metrics == nil || x.test {
		return
	}
	p := x.plan
	m := &Measurement{
		Account: p.account, Region: p.region, APIID: p.apiID, APIName: value(p.source.RestApi.Name), Stage: p.stageName,
		Detailed: x.settings().metrics, Status: x.status, Latency: x.latency, IntegrationLatency: x.answer.latency,
		Integrated: x.answer.called, CacheHit: x.cache.hit, CacheMiss: x.cache.miss,
	}
	if x.method != nil {
		m.Method, m.Resource = x.method.verb, x.method.resource.Path
	}
	x.g.metrics.Observe(m)
}

// finishRecord completes the record, writes the execution log of it, and keeps
// it.
func (x *exchange) finishRecord() {
	if x.record == nil {
		return
	}
	e := &x.record.about
	e.Status, e.Latency, e.IntegrationLatency = x.status, x.latency, x.answer.latency
	if x.method != nil {
		e.ResourceID, e.ResourcePath, e.ConfiguredMethod = x.method.resource.Id, x.method.resource.Path, x.method.verb
	}
	if x.failed != nil {
		e.ResponseType = types[x.failed.kind].name
	}
	x.tick()
	x.noteStatus(StepCompleted, "", x.status, 0)
	if x.answer.requestID != "" && !x.test {
		x.note(StepEndpointRequestID, x.answer.requestID)
	}
	if value(x.plan.stage.TracingEnabled) {
		x.note(StepTrace, x.ids.trace.root())
	}
	if x.test {
		return
	}
	if s := x.settings(); s.logLevel != logOff && x.g.logs != nil && x.logged() {
		if lines := x.record.execution().logLines(s.logLevel, s.dataTrace); len(lines) > 0 {
			x.g.logs.AppendLogs("API-Gateway-Execution-Logs_"+e.APIID+"/"+e.Stage+x.plan.logSuffix(), x.g.stream, x.plan.account, e.Region, lines)
		}
	}
	if x.g.recent != nil {
		x.g.recent.keep(x.record)
	}
	x.record = nil
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
