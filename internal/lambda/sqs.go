package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/store"
)

const sqsJSON = "application/x-amz-json-1.0"

// queueURL is the URL of a queue at the endpoint.
func (r *remote) queueURL(queue arn.ARN) string {
	return strings.TrimSuffix(r.URL("sqs"), "/") + "/" + queue.Account + "/" + queue.Resource
}

// sendMessage sends to a queue.
func (r *remote) sendMessage(ctx context.Context, queue arn.ARN, d *Delivery) error {
	attributes := map[string]any{}
	for name, a := range d.Attributes {
		attributes[name] = map[string]string{"DataType": a.Type, "StringValue": a.Value}
	}
	in := map[string]any{"QueueUrl": r.queueURL(queue), "MessageBody": string(d.Body)}
	if len(attributes) > 0 {
		in["MessageAttributes"] = attributes
	}
	return r.callJSON(ctx, "sqs", queue.Region, sqsJSON, "AmazonSQS.SendMessage", in, nil)
}

// sqsMessage is a message as SQS gives it.
type sqsMessage struct {
	MessageID         string                  `json:"MessageId"`
	ReceiptHandle     string                  `json:"ReceiptHandle"`
	Body              string                  `json:"Body"`
	MD5OfBody         string                  `json:"MD5OfBody"`
	Attributes        map[string]string       `json:"Attributes"`
	MessageAttributes map[string]sqsAttribute `json:"MessageAttributes"`
}

type sqsAttribute struct {
	StringValue *string `json:"StringValue"`
	BinaryValue *string `json:"BinaryValue"`
	DataType    string  `json:"DataType"`
}

// record is a message as functions get it. AWS: SQS event.
func (m *sqsMessage) record(queue arn.ARN) map[string]any {
	attributes := map[string]any{}
	for name, a := range m.MessageAttributes {
		v := map[string]any{"dataType": a.DataType, "stringListValues": []string{}, "binaryListValues": []string{}}
		if a.StringValue != nil {
			v["stringValue"] = *a.StringValue
		}
		if a.BinaryValue != nil {
			v["binaryValue"] = *a.BinaryValue
		}
		attributes[name] = v
	}
	return map[string]any{
		"messageId": m.MessageID, "receiptHandle": m.ReceiptHandle, "body": m.Body, "attributes": m.Attributes, "messageAttributes": attributes,
		"md5OfBody": m.MD5OfBody, "eventSource": "aws:sqs", "eventSourceARN": queue.String(), "awsRegion": queue.Region,
	}
}

// pollers are the goroutines that read queues, one per mapping.
type pollers struct {
	s   *Service
	ctx context.Context

	mu   sync.Mutex
	stop map[string]context.CancelFunc // by key of the mapping
}

// mappingsChanged starts and stops pollers.
func (p *pollers) mappingsChanged(changes []store.TableChange[eventSourceMapping]) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range changes {
		if stop := p.stop[c.Key]; stop != nil {
			stop()
			delete(p.stop, c.Key)
		}
		if queue, ok := p.s.polled(c.New); ok {
			ctx, stop := context.WithCancel(p.ctx)
			p.stop[c.Key] = stop
			filters, err := parseFilters(c.New.Config.FilterCriteria)
			if err != nil { // stored by a version with other rules: nothing may be lost
				p.s.log.WarnContext(p.ctx, "a mapping's filters cannot be used", "mapping", c.Key, "error", err)
				continue
			}
			p.s.running.Go(func() {
				(&poller{s: p.s, key: c.Key, queue: queue, config: &c.New.Config, filters: filters}).run(ctx, p.ctx)
			})
		}
	}
}

// polled tells which queue to read for a mapping.
func (s *Service) polled(m *eventSourceMapping) (arn.ARN, bool) {
	if m == nil || deref(m.Config.State) != "Enabled" || s.unpolled(m) != "" {
		return arn.ARN{}, false
	}
	a, err := arn.Parse(deref(m.Config.EventSourceArn))
	return a, err == nil
}

// unpolled says why a mapping's source is not read here, "" if it is.
func (s *Service) unpolled(m *eventSourceMapping) string {
	a, err := arn.Parse(deref(m.Config.EventSourceArn))
	switch {
	case err != nil || a.Service != "sqs":
		return "sources other than SQS queues are stored and not read by lambdagate"
	case !s.remote.serves("sqs"):
		return "no endpoint is configured for sqs (--endpoint sqs=URL), so that the queue cannot be read"
	}
	return ""
}

// poller reads one queue and invokes its function with batches.
type poller struct {
	s       *Service
	key     string
	queue   arn.ARN
	config  *EventSourceMappingConfiguration
	filters filters
	running sync.WaitGroup
}

const (
	pollWait     = 20 // seconds that a request waits for messages
	pollBackoff  = 5 * time.Second
	pollRest     = 100 * time.Millisecond
	pollParallel = 5  // batches at a time. AWS begins with five
	maxReceive   = 10 // messages of one request
)

// run reads until ctx ends. Batches under way are finished unless the service
// stops, which ends working.
func (p *poller) run(ctx, working context.Context) {
	defer p.running.Wait()
	slots := make(chan struct{}, p.maximum())
	for ctx.Err() == nil {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			return
		}
		batch, err := p.receive(ctx)
		if len(batch) == 0 {
			<-slots
			p.rest(ctx, err)
			continue
		}
		p.running.Go(func() {
			defer func() { <-slots }()
			err := p.process(working, batch)
			p.s.results.set(p.key, err)
			if err != nil {
				p.s.log.WarnContext(ctx, "a batch failed", "queue", p.queue.String(), "function", deref(p.config.FunctionArn), "error", err)
				wait(ctx, pollBackoff)
			}
		})
	}
}

// rest waits before the next request after an empty or failed one. Some queues
// answer at once that they are empty, however long they were asked to wait.
func (p *poller) rest(ctx context.Context, err error) {
	d := pollRest
	if err != nil && ctx.Err() == nil {
		p.s.results.set(p.key, err)
		p.s.log.WarnContext(ctx, "a queue cannot be read", "queue", p.queue.String(), "error", err)
		d = pollBackoff
	}
	wait(ctx, d)
}

func (p *poller) maximum() int {
	if c := p.config.ScalingConfig; c != nil && c.MaximumConcurrency != nil {
		return int(*c.MaximumConcurrency)
	}
	return pollParallel
}

// receive collects a batch, for as long as the mapping's window is open.
func (p *poller) receive(ctx context.Context) ([]sqsMessage, error) {
	size := int(deref(p.config.BatchSize))
	deadline := time.Now().Add(time.Duration(deref(p.config.MaximumBatchingWindowInSeconds)) * time.Second)
	var batch []sqsMessage
	for len(batch) < size {
		seconds := pollWait
		if len(batch) > 0 {
			if seconds = int(time.Until(deadline) / time.Second); seconds <= 0 {
				break
			}
		}
		got, err := p.receiveOnce(ctx, min(size-len(batch), maxReceive), min(seconds, pollWait))
		if err != nil {
			return batch, p.keep(batch, err)
		}
		if batch = append(batch, got...); len(got) == 0 && len(batch) == 0 {
			break
		}
	}
	return batch, nil
}

// keep forgets an error where there are messages to work on.
func (p *poller) keep(batch []sqsMessage, err error) error {
	if len(batch) > 0 {
		return nil
	}
	return err
}

func (p *poller) receiveOnce(ctx context.Context, n, seconds int) ([]sqsMessage, error) {
	var out struct{ Messages []sqsMessage }
	err := p.s.remote.callJSON(ctx, "sqs", p.queue.Region, sqsJSON, "AmazonSQS.ReceiveMessage", map[string]any{
		"QueueUrl": p.s.remote.queueURL(p.queue), "MaxNumberOfMessages": n, "WaitTimeSeconds": seconds,
		"AttributeNames": []string{"All"}, "MessageAttributeNames": []string{"All"},
	}, &out)
	return out.Messages, err
}

// process invokes the function and deletes what it dealt with. What it did not,
// comes again when the queue shows it.
func (p *poller) process(ctx context.Context, batch []sqsMessage) error {
	batch, records, dropped := p.filter(batch)
	if len(dropped) > 0 {
		// AWS: what a filter does not let through is deleted from the queue.
		if err := p.delete(context.WithoutCancel(ctx), dropped); err != nil {
			return err
		}
	}
	if len(batch) == 0 {
		return nil
	}
	payload, err := json.Marshal(map[string]any{"Records": records})
	if err != nil {
		return fmt.Errorf("encode messages: %w", err)
	}
	function := deref(p.config.FunctionArn)
	res, err := p.s.InvokeFunction(ctx, &Invocation{Function: function, Payload: payload, Trusted: true, Caller: awsapi.Caller{Kind: awsapi.ServicePrincipal, Name: "sqs.amazonaws.com"}})
	if err != nil {
		return err
	}
	if res.FunctionError != "" {
		return fmt.Errorf("function error: %.200s", res.Payload)
	}
	done, err := p.succeeded(batch, res.Payload)
	if err != nil {
		return err
	}
	return p.delete(context.WithoutCancel(ctx), done)
}

// filter tells the messages that the mapping lets through from the others.
func (p *poller) filter(batch []sqsMessage) (passed []sqsMessage, records []any, dropped []sqsMessage) {
	for _, m := range batch {
		record := m.record(p.queue)
		if !p.filters.passes(record, "body") {
			dropped = append(dropped, m)
			continue
		}
		passed, records = append(passed, m), append(records, record)
	}
	return passed, records, dropped
}

var errNotObject = errors.New("not a JSON object")

var errFailures = errors.New("the function's batchItemFailures are not valid: the whole batch failed")

// succeeded are the messages that the function does not report as failed, where
// the mapping lets it report. AWS: a report that names an unknown message or
// none fails the batch.
func (p *poller) succeeded(batch []sqsMessage, payload []byte) ([]sqsMessage, error) {
	if len(p.config.FunctionResponseTypes) == 0 || len(payload) == 0 || string(payload) == "null" {
		return batch, nil
	}
	var report struct {
		BatchItemFailures []struct {
			ItemIdentifier string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	if err := json.Unmarshal(payload, &report); err != nil {
		return nil, errFailures
	}
	failed := map[string]bool{}
	for _, f := range report.BatchItemFailures {
		failed[f.ItemIdentifier] = true
	}
	var done []sqsMessage
	for _, m := range batch {
		if !failed[m.MessageID] {
			done = append(done, m)
		}
		delete(failed, m.MessageID)
	}
	if len(failed) > 0 {
		return nil, errFailures
	}
	return done, nil
}

// delete removes messages from the queue, ten at a time.
func (p *poller) delete(ctx context.Context, done []sqsMessage) error {
	ctx, cancel := context.WithTimeout(ctx, deliveryTime)
	defer cancel()
	for len(done) > 0 {
		n := min(len(done), maxReceive)
		entries := make([]any, n)
		for i, m := range done[:n] {
			entries[i] = map[string]string{"Id": fmt.Sprint(i), "ReceiptHandle": m.ReceiptHandle}
		}
		err := p.s.remote.callJSON(ctx, "sqs", p.queue.Region, sqsJSON, "AmazonSQS.DeleteMessageBatch", map[string]any{"QueueUrl": p.s.remote.queueURL(p.queue), "Entries": entries}, nil)
		if err != nil {
			return err
		}
		done = done[n:]
	}
	return nil
}
