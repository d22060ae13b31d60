package lambda

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// otherServices plays S3, SQS, SNS and EventBridge at one address.
type otherServices struct {
	t testing.TB

	mu      sync.Mutex
	seen    []string     // what was sent, as "service operation: body"
	queue   []sqsMessage // messages that can be received
	flying  map[string]sqsMessage
	deleted []string
}

func (o *otherServices) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		o.t.Error(err)
	}
	if auth := r.Header.Get("Authorization"); !strings.HasPrefix(auth, "AWS4-HMAC-SHA256 Credential=key/") {
		http.Error(w, "not signed: "+auth, http.StatusForbidden)
		return
	}
	target := r.Header.Get("X-Amz-Target")
	switch {
	case target == "AmazonSQS.ReceiveMessage":
		o.receive(w)
	case target == "AmazonSQS.DeleteMessageBatch":
		o.delete(w, body)
	case r.Method == "GET" && r.URL.EscapedPath() == "/bucket/path/to%20code.zip" && r.URL.RawQuery == "versionId=v1":
		w.Write(zipOf("index.js", "from s3")) //nolint:errcheck // a test
	case r.Method == "GET":
		w.WriteHeader(404)
		io.WriteString(w, `<?xml version="1.0"?><Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>`) //nolint:errcheck // a test
	default:
		o.mu.Lock()
		defer o.mu.Unlock()
		o.seen = append(o.seen, r.Method+" "+r.URL.Path+" "+target+": "+string(body))
		io.WriteString(w, `{}`) //nolint:errcheck // a test
	}
}

func (o *otherServices) receive(w io.Writer) {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := min(len(o.queue), 10)
	json.NewEncoder(w).Encode(map[string]any{"Messages": o.queue[:n]}) //nolint:errcheck // a test
	for _, m := range o.queue[:n] {
		o.flying[m.ReceiptHandle] = m
	}
	o.queue = o.queue[n:]
}

func (o *otherServices) delete(w io.Writer, body []byte) {
	var in struct {
		QueueURL string `json:"QueueUrl"`
		Entries  []struct{ ReceiptHandle string }
	}
	if err := json.Unmarshal(body, &in); err != nil || !strings.HasSuffix(in.QueueURL, "/123456789012/q") {
		o.t.Errorf("delete %s: %v", body, err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, e := range in.Entries {
		o.deleted = append(o.deleted, o.flying[e.ReceiptHandle].MessageID)
	}
	io.WriteString(w, `{"Successful":[]}`) //nolint:errcheck // a test
}

func (o *otherServices) put(ids ...string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, id := range ids {
		o.queue = append(o.queue, sqsMessage{MessageID: id, ReceiptHandle: "r-" + id, Body: "body of " + id, MD5OfBody: "md5", Attributes: map[string]string{"ApproximateReceiveCount": "1"}})
	}
}

func (o *otherServices) gone() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return strings.Join(o.deleted, " ")
}

// newRemoteServer is a service that reaches o.
func newRemoteServer(t *testing.T, run func(*Task) (*Outcome, error)) (*server, *otherServices) {
	t.Helper()
	o := &otherServices{t: t, flying: map[string]sqsMessage{}}
	srv := httptest.NewServer(o)
	t.Cleanup(srv.Close)
	s := newServer(t, func(c *Config) {
		c.Async, c.NewID = quick, awsapi.NewRequestID
		c.Remote = Remote{URL: func(string) string { return srv.URL + "/" }, AccessKey: "key", SecretKey: "secret"}
		c.Environments = &fakeEnvironments{invoke: func(_ context.Context, _ *Runnable, t *Task) (*Outcome, error) { return run(t) }}
	})
	return s, o
}

func TestCodeFromS3(t *testing.T) {
	t.Parallel()
	s, _ := newRemoteServer(t, nil)
	in := createRequest("f")
	in.Code = &FunctionCode{S3Bucket: new("bucket"), S3Key: new("path/to code.zip"), S3ObjectVersion: new("v1")}
	f := must[FunctionConfiguration](s, "CreateFunction", in)
	if *f.CodeSize != int64(len(zipOf("index.js", "from s3"))) {
		t.Errorf("code has %d bytes", *f.CodeSize)
	}
	_, err := s.call("UpdateFunctionCode", &UpdateFunctionCodeRequest{FunctionName: "f", S3Bucket: new("bucket"), S3Key: new("none")})
	wantError(t, err, 400, "InvalidParameterValueException", "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.")
}

func TestDeliveries(t *testing.T) {
	t.Parallel()
	s, o := newRemoteServer(t, nil)
	d := &Delivery{FunctionARN: testARN + "f:live", Body: []byte(`{"r":1}`), Detail: "Lambda Function Invocation Result - Success", Attributes: map[string]Attribute{"RequestID": {"String", "rid"}}}
	for _, tt := range []struct{ target, want string }{
		{"arn:aws:sqs:us-east-1:123456789012:q", `POST / AmazonSQS.SendMessage: {"MessageAttributes":{"RequestID":{"DataType":"String","StringValue":"rid"}},"MessageBody":"{\"r\":1}","QueueUrl":"URL/123456789012/q"}`},
		{"arn:aws:sns:us-east-1:123456789012:t", `POST / : Action=Publish&Message=%7B%22r%22%3A1%7D&MessageAttributes.entry.1.Name=RequestID&MessageAttributes.entry.1.Value.DataType=String&MessageAttributes.entry.1.Value.StringValue=rid&TopicArn=arn%3Aaws%3Asns%3Aus-east-1%3A123456789012%3At&Version=2010-03-31`},
		{"arn:aws:events:us-east-1:123456789012:event-bus/b", `POST / AWSEvents.PutEvents: {"Entries":[{"Detail":"{\"r\":1}","DetailType":"Lambda Function Invocation Result - Success","EventBusName":"arn:aws:events:us-east-1:123456789012:event-bus/b","Resources":["arn:aws:events:us-east-1:123456789012:event-bus/b","` + testARN + `f:live"],"Source":"lambda"}]}`},
		{"arn:aws:s3:::results", `PUT /results/aws/lambda/async/f/2026/03/04/2026-03-04T05.06.07-`},
	} {
		d.Target = tt.target
		if err := s.deliver(t.Context(), d); err != nil {
			t.Errorf("%s: %v", tt.target, err)
		}
		o.mu.Lock()
		got := strings.ReplaceAll(o.seen[len(o.seen)-1], strings.TrimSuffix(s.remote.URL("sqs"), "/"), "URL")
		o.mu.Unlock()
		if got != tt.want && !(strings.HasPrefix(tt.want, "PUT") && strings.HasPrefix(got, tt.want)) {
			t.Errorf("sent\n\t%s, want\n\t%s", got, tt.want)
		}
	}
	alone := newServer(t, nil)
	if err := alone.deliver(t.Context(), &Delivery{Target: "arn:aws:sqs:us-east-1:123456789012:q"}); err == nil || !strings.Contains(err.Error(), "no endpoint is configured for sqs") {
		t.Errorf("without an endpoint: %v", err)
	}
}

func TestQueuePolling(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var events []string
	s, o := newRemoteServer(t, func(task *Task) (*Outcome, error) {
		mu.Lock()
		defer mu.Unlock()
		events = append(events, string(task.Payload))
		if strings.Contains(string(task.Payload), "half") {
			return &Outcome{Payload: []byte(`{"batchItemFailures":[{"itemIdentifier":"half"}]}`)}, nil
		}
		return &Outcome{Payload: []byte(`null`)}, nil
	})
	s.create("f")
	o.put("a")
	m := must[EventSourceMappingConfiguration](s, "CreateEventSourceMapping", &CreateEventSourceMappingRequest{FunctionName: "f", EventSourceArn: new("arn:aws:sqs:us-east-1:123456789012:q"), FunctionResponseTypes: []string{"ReportBatchItemFailures"}})
	eventually(t, "a was deleted", func() bool { return o.gone() == "a" })
	want := `{"Records":[{"attributes":{"ApproximateReceiveCount":"1"},"awsRegion":"us-east-1","body":"body of a","eventSource":"aws:sqs","eventSourceARN":"arn:aws:sqs:us-east-1:123456789012:q","md5OfBody":"md5","messageAttributes":{},"messageId":"a","receiptHandle":"r-a"}]}`
	mu.Lock()
	if events[0] != want {
		t.Errorf("event is\n\t%s, want\n\t%s", events[0], want)
	}
	mu.Unlock()
	o.put("b", "half", "c")
	eventually(t, "what did not fail was deleted", func() bool { return o.gone() == "a b c" })
	must[EventSourceMappingConfiguration](s, "DeleteEventSourceMapping", &DeleteEventSourceMappingRequest{UUID: *m.UUID})
	if _, err := s.call("GetEventSourceMapping", &GetEventSourceMappingRequest{UUID: *m.UUID}); awsapi.AsError(err) == nil {
		t.Errorf("the deleted mapping is there")
	}
}

func TestBatchItemFailures(t *testing.T) {
	t.Parallel()
	batch := []sqsMessage{{MessageID: "a"}, {MessageID: "b"}}
	for _, tt := range []struct{ payload, want string }{
		{`null`, "a b"}, {``, "a b"}, {`{"batchItemFailures":[]}`, "a b"}, {`{}`, "a b"},
		{`{"batchItemFailures":[{"itemIdentifier":"a"}]}`, "b"},
		{`{"batchItemFailures":[{"itemIdentifier":""}]}`, "error"},
		{`{"batchItemFailures":[{"itemIdentifier":"x"}]}`, "error"},
		{`"x"`, "error"},
	} {
		p := &poller{config: &EventSourceMappingConfiguration{FunctionResponseTypes: []string{"ReportBatchItemFailures"}}}
		done, err := p.succeeded(batch, []byte(tt.payload))
		var ids []string
		for _, m := range done {
			ids = append(ids, m.MessageID)
		}
		got := strings.Join(ids, " ")
		if err != nil {
			got = "error"
		}
		if got != tt.want {
			t.Errorf("%s: done %q, want %q", tt.payload, got, tt.want)
		}
	}
}

func TestFilters(t *testing.T) {
	t.Parallel()
	record := func(body string) map[string]any {
		return (&sqsMessage{MessageID: "m", Body: body, Attributes: map[string]string{"SenderId": "me"}}).record(arn.ARN{Region: testRegion})
	}
	for _, tt := range []struct {
		name, body string
		patterns   []string
		want       bool
	}{
		{"none", "x", nil, true},
		{"field", `{"n":5}`, []string{`{"body":{"n":[{"numeric":[">",4]}]}}`}, true},
		{"other field", `{"n":3}`, []string{`{"body":{"n":[{"numeric":[">",4]}]}}`}, false},
		{"one of two", `{"n":3}`, []string{`{"body":{"n":[5]}}`, `{"body":{"n":[3]}}`}, true},
		{"fields of a text", `n`, []string{`{"body":{"n":[{"exists":false}]}}`}, false},
		{"text", `hello`, []string{`{"body":[{"prefix":"he"}]}`}, true},
		{"text that is JSON", `{"n":3}`, []string{`{"body":[{"prefix":"{"}]}`}, false},
		{"besides the body", `x`, []string{`{"attributes":{"SenderId":["me"]}}`}, true},
		{"both", `{"n":3}`, []string{`{"attributes":{"SenderId":["me"]},"body":{"n":[3]}}`}, true},
		{"not both", `{"n":3}`, []string{`{"attributes":{"SenderId":["you"]},"body":{"n":[3]}}`}, false},
	} {
		c := &FilterCriteria{}
		for _, p := range tt.patterns {
			c.Filters = append(c.Filters, &Filter{Pattern: &p})
		}
		f, err := parseFilters(c)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.passes(record(tt.body), "body"); got != tt.want {
			t.Errorf("%s: passes %v", tt.name, got)
		}
	}
}

// TestFilteredQueue: what does not pass is deleted without an invocation.
func TestFilteredQueue(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var events []string
	s, o := newRemoteServer(t, func(task *Task) (*Outcome, error) {
		mu.Lock()
		defer mu.Unlock()
		events = append(events, string(task.Payload))
		return &Outcome{Payload: []byte(`null`)}, nil
	})
	s.create("f")
	queue := "arn:aws:sqs:us-east-1:123456789012:q"
	in := &CreateEventSourceMappingRequest{FunctionName: "f", EventSourceArn: &queue, FilterCriteria: &FilterCriteria{Filters: []*Filter{{Pattern: new(`{"messageId":["a","c"]}`)}}}}
	bad := *in
	bad.FilterCriteria = &FilterCriteria{Filters: []*Filter{{Pattern: new(`{"a":1}`)}}}
	_, err := s.call("CreateEventSourceMapping", &bad)
	wantError(t, err, 400, "InvalidParameterValueException", "Invalid filter pattern definition. (pattern.a is not an object)")
	bad = *in
	bad.BatchSize = new(int64(11))
	_, err = s.call("CreateEventSourceMapping", &bad)
	wantError(t, err, 400, "InvalidParameterValueException", "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10")
	o.put("a", "b", "c")
	m := must[EventSourceMappingConfiguration](s, "CreateEventSourceMapping", in)
	eventually(t, "all were deleted", func() bool { return o.gone() == "b a c" })
	mu.Lock()
	if len(events) != 1 || strings.Contains(events[0], "body of b") || !strings.Contains(events[0], "body of c") {
		t.Errorf("events are %s", events)
	}
	mu.Unlock()
	get := func() *EventSourceMappingConfiguration {
		return must[EventSourceMappingConfiguration](s, "GetEventSourceMapping", &GetEventSourceMappingRequest{UUID: *m.UUID})
	}
	eventually(t, "the result is known", func() bool { return deref(get().LastProcessingResult) == "OK" })
	for _, step := range []struct {
		enabled     bool
		moving, now string
	}{{false, "Disabling", "Disabled"}, {true, "Enabling", "Enabled"}, {true, "Updating", "Enabled"}} {
		out := must[EventSourceMappingConfiguration](s, "UpdateEventSourceMapping", &UpdateEventSourceMappingRequest{UUID: *m.UUID, Enabled: &step.enabled})
		if *out.State != step.moving || *get().State != step.now {
			t.Errorf("state is %s, then %s; want %+v", *out.State, *get().State, step)
		}
	}
	// A stream is stored, and says that nothing reads it.
	stream := must[EventSourceMappingConfiguration](s, "CreateEventSourceMapping", &CreateEventSourceMappingRequest{FunctionName: "f", EventSourceArn: new("arn:aws:kinesis:us-east-1:123456789012:stream/s"), StartingPosition: new("LATEST")})
	m = stream
	if got := deref(get().LastProcessingResult); got != "PROBLEM: sources other than SQS queues are stored and not read by lambdagate" {
		t.Errorf("result is %q", got)
	}
}
