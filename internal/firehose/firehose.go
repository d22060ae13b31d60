// Package firehose sends access logs to delivery streams of Amazon Data
// Firehose, at the endpoint that the settings name: this program has no
// delivery streams of its own.
//
// A request never waits for it: records go into a bounded queue, and what does
// not fit, or cannot be sent, is dropped, counted and warned of.
package firehose

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/sigv4"
)

// Config is where records go, and who signs for them.
type Config struct {
	// Endpoint is the service's URL, "" for none.
	Endpoint             string
	AccessKey, SecretKey string
	Log                  *slog.Logger
	// Client sends; nil is one that follows no redirects.
	Client *http.Client
	// Delay is how long a batch waits for more; 0 is a second.
	Delay time.Duration
}

// Bounds. AWS: a batch has at most 500 records and 4 MiB, a record 1,000 KiB.
const (
	maxQueue      = 8192
	maxRecord     = 1000 << 10
	maxBatch      = 500
	maxBatchBytes = 3 << 20 // before it is base64
	maxAnswer     = 1 << 20
	sendTimeout   = 10 * time.Second
	attempts      = 3
	pause         = 300 * time.Millisecond
	warnEvery     = time.Minute
)

type record struct {
	stream string // ARN
	data   []byte
}

// Sender sends records.
type Sender struct {
	config  Config
	queue   chan record
	dropped atomic.Int64
	warned  atomic.Int64 // when, in seconds
	closing chan struct{}
	done    chan struct{}
	cancel  context.CancelFunc
}

// Open starts a sender; Close ends it.
func Open(c Config) *Sender {
	if c.Client == nil {
		c.Client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	if c.AccessKey == "" {
		c.AccessKey, c.SecretKey = "test", "test"
	}
	if c.Delay == 0 {
		c.Delay = time.Second
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &Sender{config: c, queue: make(chan record, maxQueue), closing: make(chan struct{}), done: make(chan struct{}), cancel: cancel}
	go s.run(ctx)
	return s
}

// errNoEndpoint says what to do.
var errNoEndpoint = errors.New("no endpoint is configured for firehose: --endpoint firehose=URL, or firehose under [endpoints] of the configuration file")

// Put takes a record for a delivery stream, by its ARN. It never waits.
func (s *Sender) Put(stream string, data []byte) {
	if s.config.Endpoint == "" {
		s.drop(1, stream, errNoEndpoint)
		return
	}
	if len(data) > maxRecord {
		s.drop(1, stream, fmt.Errorf("a record has %d bytes; Firehose takes %d", len(data), maxRecord))
		return
	}
	select {
	case s.queue <- record{stream, data}:
	default:
		s.drop(1, stream, errors.New("the queue is full"))
	}
}

// Dropped counts the records that were not sent.
func (s *Sender) Dropped() int64 { return s.dropped.Load() }

// drop counts records, and warns now and then.
func (s *Sender) drop(n int, stream string, err error) {
	total := s.dropped.Add(int64(n))
	now, last := time.Now().Unix(), s.warned.Load()
	if now-last >= int64(warnEvery/time.Second) && s.warned.CompareAndSwap(last, now) {
		s.config.Log.Warn("access logs are not sent to the delivery stream", "stream", stream, "dropped", total, "error", err)
	}
}

// Close sends what waits, until ctx ends.
func (s *Sender) Close(ctx context.Context) error {
	close(s.closing)
	defer s.cancel()
	select {
	case <-s.done:
	case <-ctx.Done():
		s.cancel()
		<-s.done
	}
	return nil
}

// run sends batches until it is told to stop, and then what is left.
func (s *Sender) run(ctx context.Context) {
	defer close(s.done)
	var next *record // did not fit into the batch before
	for {
		first := next
		if first == nil {
			select {
			case r := <-s.queue:
				first = &r
			case <-s.closing:
				select {
				case r := <-s.queue:
					first = &r
				default:
					return
				}
			}
		}
		var batch [][]byte
		batch, next = s.collect(*first)
		s.deliver(ctx, first.stream, batch)
	}
}

// collect waits a little for more records of the same stream; one that does not
// belong to the batch begins the next.
func (s *Sender) collect(first record) (batch [][]byte, next *record) {
	batch = [][]byte{first.data}
	wait := time.NewTimer(s.config.Delay)
	defer wait.Stop()
	for size := len(first.data); len(batch) < maxBatch; {
		var r record
		select {
		case r = <-s.queue:
		case <-wait.C:
			return batch, nil
		case <-s.closing:
			select {
			case r = <-s.queue:
			default:
				return batch, nil
			}
		}
		if size += len(r.data); r.stream != first.stream || size > maxBatchBytes {
			return batch, &r
		}
		batch = append(batch, r.data)
	}
	return batch, nil
}

// deliver sends a batch, and again what was not taken.
func (s *Sender) deliver(ctx context.Context, stream string, batch [][]byte) {
	var err error
	for n := range attempts {
		if n > 0 {
			select {
			case <-time.After(pause << n):
			case <-ctx.Done():
			}
		}
		if batch, err = s.send(ctx, stream, batch); len(batch) == 0 {
			return
		}
	}
	s.drop(len(batch), stream, err)
}

// send makes one attempt and returns what was not taken, with the reason.
func (s *Sender) send(ctx context.Context, stream string, batch [][]byte) (left [][]byte, err error) {
	a, err := arn.Parse(stream)
	if err != nil {
		return batch, err
	}
	type entry struct{ Data []byte }
	in := struct {
		DeliveryStreamName string
		Records            []entry
	}{DeliveryStreamName: strings.TrimPrefix(a.Resource, "deliverystream/")}
	for _, data := range batch {
		in.Records = append(in.Records, entry{data})
	}
	body, err := json.Marshal(in)
	if err != nil {
		return batch, err
	}
	var out struct {
		RequestResponses []struct{ ErrorCode, ErrorMessage string }
	}
	if err := s.call(ctx, a.Region, body, &out); err != nil {
		return batch, err
	}
	for i, r := range out.RequestResponses {
		if r.ErrorCode != "" && i < len(batch) {
			left = append(left, batch[i])
			err = fmt.Errorf("%s: %s", r.ErrorCode, r.ErrorMessage)
		}
	}
	return left, err
}

func (s *Sender) call(ctx context.Context, region string, body []byte, out any) error {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(s.config.Endpoint, "/")+"/", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "Firehose_20150804.PutRecordBatch")
	sigv4.SignHTTP(req, sigv4.HashBody(body), sigv4.Key{AccessKeyID: s.config.AccessKey, SecretAccessKey: s.config.SecretKey},
		sigv4.Scope{Service: "firehose", Region: region}, time.Now())
	resp, err := s.config.Client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return err
	}
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("firehose answered %s: %.300s", resp.Status, text)
	}
	if err := json.Unmarshal(text, out); err != nil {
		return fmt.Errorf("read the answer of firehose: %w", err)
	}
	return nil
}
