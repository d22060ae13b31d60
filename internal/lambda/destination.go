package lambda

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// deliveryTime bounds the delivery of one record.
const deliveryTime = 30 * time.Second

// finish reports how an event ended, to its destination and, where it failed,
// to its dead-letter target.
func (s *Service) finish(ctx context.Context, p *plan, r *route, e *asyncEvent, condition string, res *Result) step {
	m := Measurement{}
	if condition != "Success" {
		m.AsyncEventsDropped = 1
		if s.deadLetter(ctx, r, e, res) != nil {
			m.DeadLetterErrors = 1
		}
	}
	if err := s.report(ctx, p, r, e, condition, res); err != nil {
		m.DestinationDeliveryFailures = 1
		s.log.WarnContext(ctx, "an event's record cannot be delivered", "function", e.Function, "request", e.RequestID, "error", err)
	}
	s.measure(r, r.main, m)
	return step{}
}

// report sends the record to the destination of that condition, if there is
// one.
func (s *Service) report(ctx context.Context, p *plan, r *route, e *asyncEvent, condition string, res *Result) error {
	if r.invoke == nil {
		return nil
	}
	target, detail := r.invoke.DestinationConfig.OnFailure.Destination, "Lambda Function Invocation Result - Failure"
	if condition == "Success" {
		target, detail = r.invoke.DestinationConfig.OnSuccess.Destination, "Lambda Function Invocation Result - Success"
	}
	if target == nil {
		return nil
	}
	record := s.record(e, condition, res)
	if a, _ := arn.Parse(*target); a.Service == "lambda" {
		return s.forward(ctx, p, r, e, *target, record)
	}
	return s.deliver(ctx, &Delivery{Target: *target, FunctionARN: r.arn, Role: r.main.run.Role, Body: record, Detail: detail})
}

func (s *Service) deliver(ctx context.Context, d *Delivery) error {
	ctx, cancel := context.WithTimeout(ctx, deliveryTime)
	defer cancel()
	return s.cfg.Deliverer.Deliver(ctx, d)
}

// forward makes the record an event of another function, which the role of this
// one must be allowed to invoke.
func (s *Service) forward(ctx context.Context, p *plan, r *route, e *asyncEvent, target string, record []byte) error {
	if e.Hops >= maxHops && p.f.RecursiveLoop != "Allow" {
		return invalidParameter("The event passed %d functions: a recursive loop.", maxHops)
	}
	to, err := arn.ParseFunction(target, arn.Function{})
	if err != nil {
		return err
	}
	_, err = s.InvokeFunction(ctx, &Invocation{
		Function: target, Account: to.Account, Region: to.Region, Type: eventType, Payload: record,
		TraceID: e.TraceID, Caller: roleCaller(r.main.run), hops: e.Hops + 1,
	})
	return err
}

// roleCaller is a function's role as the caller of others.
func roleCaller(run *Runnable) awsapi.Caller {
	name := run.Role[strings.LastIndexByte(run.Role, '/')+1:]
	account := arn.AccountOf(run.Role)
	return awsapi.Caller{
		Kind: awsapi.Session, Account: account, RoleARN: run.Role, Name: name,
		ARN: "arn:" + arn.Partition(run.Region) + ":sts::" + account + ":assumed-role/" + name + "/" + run.Name,
	}
}

// deadLetter sends the event itself to the function's dead-letter target.
func (s *Service) deadLetter(ctx context.Context, r *route, e *asyncEvent, res *Result) error {
	c := r.main.version.Config.DeadLetterConfig
	if c == nil {
		return nil
	}
	d := &Delivery{Target: deref(c.TargetArn), FunctionARN: r.arn, Role: r.main.run.Role, Body: e.payload, Attributes: map[string]Attribute{
		"RequestID": {"String", e.RequestID},
		"ErrorCode": {"Number", "200"},
	}}
	if res != nil {
		d.Attributes["ErrorMessage"] = Attribute{"String", errorMessage(res.Payload)}
	}
	err := s.deliver(ctx, d)
	if err != nil {
		s.log.WarnContext(ctx, "an event cannot be sent to its dead-letter target", "function", e.Function, "request", e.RequestID, "error", err)
	}
	return err
}

// errorMessage is what a function's error says, cut to 1 KB as AWS does.
func errorMessage(payload []byte) string {
	var e struct {
		ErrorMessage string `json:"errorMessage"`
	}
	if json.Unmarshal(payload, &e) != nil || e.ErrorMessage == "" {
		e.ErrorMessage = string(payload)
	}
	return e.ErrorMessage[:min(len(e.ErrorMessage), 1024)]
}

// record is the JSON that destinations get. AWS: recorded, version 1.0.
func (s *Service) record(e *asyncEvent, condition string, res *Result) []byte {
	b := []byte(`{"version":"1.0","timestamp":"` + s.now().UTC().Format("2006-01-02T15:04:05.000Z") + `","requestContext":{"requestId":` + quote(e.RequestID) +
		`,"functionArn":` + quote(e.qualified()) + `,"condition":"` + condition + `","approximateInvokeCount":` + strconv.Itoa(e.Attempts) + `},"requestPayload":`)
	b = append(b, e.payload...)
	if res != nil {
		b = append(b, `,"responseContext":{"statusCode":`+strconv.Itoa(res.Status)+`,"executedVersion":`+quote(res.ExecutedVersion)...)
		if res.FunctionError != "" {
			b = append(b, `,"functionError":`+quote(res.FunctionError)...)
		}
		b = append(append(b, `},"responsePayload":`...), asJSON(res.Payload)...)
	}
	return append(b, '}')
}

// qualified is the event's function with $LATEST where no qualifier was named.
func (e *asyncEvent) qualified() string {
	if f, err := arn.ParseFunction(e.Function, arn.Function{}); err == nil && f.Qualifier == "" {
		return e.Function + ":" + latest
	}
	return e.Function
}

// asJSON returns a payload that is JSON, or the text as a JSON string.
func asJSON(payload []byte) []byte {
	switch {
	case len(payload) == 0:
		return []byte("null")
	case json.Valid(payload):
		return payload
	}
	return []byte(quote(string(payload)))
}
