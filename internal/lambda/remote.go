package lambda

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/sigv4"
)

// Remote says where other AWS services are: queues, topics, buses and buckets
// that this program does not serve itself.
type Remote struct {
	// URL returns the address of a service ("sqs", "sns", "events", "s3"), "" if
	// there is none; nil knows none.
	URL func(service string) string
	// AccessKey and SecretKey sign the requests. The keys that this program gives
	// to roles mean nothing to others.
	AccessKey, SecretKey string
	// Client sends; nil is one with sound limits.
	Client *http.Client
}

// maxRemoteAnswer bounds answers in bytes, except those of objects.
const maxRemoteAnswer = 4 << 20

// remote is a client of other services. It is both objects and deliverer.
type remote struct {
	Remote
	now func() time.Time
}

func newRemote(r Remote, now func() time.Time) *remote {
	if r.Client == nil {
		r.Client = &http.Client{Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	if r.URL == nil {
		r.URL = func(string) string { return "" }
	}
	if r.AccessKey == "" {
		r.AccessKey, r.SecretKey = "test", "test"
	}
	return &remote{r, now}
}

// serves reports whether a service has an address.
func (r *remote) serves(service string) bool { return r.URL(service) != "" }

// outgoing is one request to another service.
type outgoing struct {
	service, region string
	verb, path      string // path as sent, "" is "/"
	query           url.Values
	header          http.Header
	body            []byte
}

// send signs and sends a request; the caller closes the answer's body.
func (r *remote) send(ctx context.Context, o outgoing) (*http.Response, error) {
	base := strings.TrimSuffix(r.URL(o.service), "/")
	if base == "" {
		return nil, fmt.Errorf("no endpoint is configured for %s", o.service)
	}
	target := base + "/" + strings.TrimPrefix(o.path, "/")
	if len(o.query) > 0 {
		target += "?" + o.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, o.verb, target, bytes.NewReader(o.body))
	if err != nil {
		return nil, fmt.Errorf("call %s: %w", o.service, err)
	}
	for k, vs := range o.header {
		req.Header[k] = vs
	}
	sigv4.SignHTTP(req, sigv4.HashBody(o.body), sigv4.Key{AccessKeyID: r.AccessKey, SecretAccessKey: r.SecretKey}, sigv4.Scope{Service: o.service, Region: o.region}, r.now())
	res, err := r.Client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("call %s: %w", o.service, err)
	}
	return res, nil
}

// exchange sends a request and reads the whole answer, which has to be a success.
func (r *remote) exchange(ctx context.Context, o outgoing) ([]byte, error) {
	res, err := r.send(ctx, o)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxRemoteAnswer))
	if err != nil {
		return nil, fmt.Errorf("read the answer of %s: %w", o.service, err)
	}
	if res.StatusCode/100 != 2 {
		return nil, fmt.Errorf("%s answered %d: %.500s", o.service, res.StatusCode, body)
	}
	return body, nil
}

// callJSON calls an operation of a service that speaks JSON; out may be nil.
func (r *remote) callJSON(ctx context.Context, service, region, contentType, operation string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("encode %s: %w", operation, err)
	}
	answer, err := r.exchange(ctx, outgoing{
		service: service, region: region, verb: http.MethodPost, body: body,
		header: http.Header{"Content-Type": {contentType}, "X-Amz-Target": {operation}},
	})
	if err != nil || out == nil {
		return err
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("read the answer to %s: %w", operation, err)
	}
	return nil
}

// Deliver implements deliverer.
func (r *remote) Deliver(ctx context.Context, d *Delivery) error {
	a, err := arn.Parse(d.Target)
	if err != nil {
		return err
	}
	switch a.Service {
	case "sqs":
		return r.sendMessage(ctx, a, d)
	case "sns":
		return r.publish(ctx, a, d)
	case "events":
		return r.putEvent(ctx, a, d)
	case "s3":
		return r.putObject(ctx, a, d)
	}
	return fmt.Errorf("deliver to %s: not a queue, topic, bus or bucket", d.Target)
}

// publish sends to a topic.
func (r *remote) publish(ctx context.Context, a arn.ARN, d *Delivery) error {
	form := url.Values{"Action": {"Publish"}, "Version": {"2010-03-31"}, "TopicArn": {d.Target}, "Message": {string(d.Body)}}
	for i, name := range sortedKeys(d.Attributes) {
		entry := fmt.Sprintf("MessageAttributes.entry.%d.", i+1)
		form.Set(entry+"Name", name)
		form.Set(entry+"Value.DataType", d.Attributes[name].Type)
		form.Set(entry+"Value.StringValue", d.Attributes[name].Value)
	}
	_, err := r.exchange(ctx, outgoing{
		service: "sns", region: a.Region, verb: http.MethodPost, body: []byte(form.Encode()),
		header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
	})
	return err
}

// putEvent sends to an event bus.
func (r *remote) putEvent(ctx context.Context, a arn.ARN, d *Delivery) error {
	entry := map[string]any{
		"Source": "lambda", "DetailType": d.Detail, "Detail": string(d.Body), "EventBusName": d.Target,
		"Resources": []string{d.Target, d.FunctionARN},
	}
	var out struct{ FailedEntryCount int }
	err := r.callJSON(ctx, "events", a.Region, "application/x-amz-json-1.1", "AWSEvents.PutEvents", map[string]any{"Entries": []any{entry}}, &out)
	if err == nil && out.FailedEntryCount > 0 {
		err = fmt.Errorf("the event bus %s refused the event", d.Target)
	}
	return err
}

// putObject writes a record into a bucket. AWS: the key begins with
// aws/lambda/async/{function}/ and the date.
func (r *remote) putObject(ctx context.Context, a arn.ARN, d *Delivery) error {
	name := d.FunctionARN
	if f, err := arn.ParseFunction(d.FunctionARN, arn.Function{}); err == nil {
		name = f.Name
	}
	key := "aws/lambda/async/" + name + r.now().UTC().Format("/2006/01/02/2006-01-02T15.04.05-") + awsapi.NewRequestID()
	_, err := r.exchange(ctx, outgoing{service: "s3", region: awsapi.DefaultRegion, verb: http.MethodPut, path: objectPath(a.Resource, key), body: d.Body})
	return err
}

// objectPath is the path of an object, percent-encoded as S3 wants it.
func objectPath(bucket, key string) string {
	parts := strings.Split(key, "/")
	for i, p := range parts {
		parts[i] = strings.ReplaceAll(url.QueryEscape(p), "+", "%20")
	}
	return "/" + bucket + "/" + strings.Join(parts, "/")
}

// GetObject implements objects.
func (r *remote) GetObject(ctx context.Context, bucket, key, version string) (io.ReadCloser, error) {
	if !r.serves("s3") {
		return nil, &ObjectError{"NoSuchBucket", "The specified bucket does not exist"}
	}
	o := outgoing{service: "s3", region: awsapi.CallFrom(ctx).Region, verb: http.MethodGet, path: objectPath(bucket, key)}
	if version != "" {
		o.query = url.Values{"versionId": {version}}
	}
	res, err := r.send(ctx, o)
	if err != nil {
		return nil, err
	}
	if res.StatusCode == http.StatusOK {
		return res.Body, nil
	}
	defer res.Body.Close()
	var e struct{ Code, Message string }
	if err := xml.NewDecoder(io.LimitReader(res.Body, maxRemoteAnswer)).Decode(&e); err != nil || e.Code == "" {
		return nil, errors.Join(fmt.Errorf("s3 answered %d", res.StatusCode), err)
	}
	return nil, &ObjectError{e.Code, e.Message}
}
