package otlp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/lambdagate/lambdagate/internal/gateway"
)

// Config is where traces go.
type Config struct {
	// Endpoint is the collector's base URL; traces go to /v1/traces below it.
	Endpoint string
	// Headers are sent along, for collectors that want a key.
	Headers map[string]string
	// Service and Version name who has made the spans.
	Service, Version string
	Log              *slog.Logger
	// Client sends; nil is one that follows no redirects.
	Client *http.Client
	// Delay is how long a batch waits for more; 0 is a second.
	Delay time.Duration
}

// Bounds of the export.
const (
	maxQueue    = 4096 // executions that wait
	maxBatch    = 256  // executions in one request
	sendTimeout = 10 * time.Second
	attempts    = 3
	firstPause  = 500 * time.Millisecond
	longPause   = 5 * time.Second
	warnEvery   = time.Minute
)

// Exporter sends the traces of executions to a collector.
type Exporter struct {
	config  Config
	queue   chan *gateway.Execution
	dropped atomic.Int64
	sent    atomic.Int64
	closing chan struct{}
	done    chan struct{}
	cancel  context.CancelFunc
	warned  time.Time // when, of run alone
}

// Open starts an exporter; Close ends it.
func Open(c Config) *Exporter {
	if c.Client == nil {
		c.Client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	if c.Delay == 0 {
		c.Delay = time.Second
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	ctx, cancel := context.WithCancel(context.Background())
	x := &Exporter{config: c, queue: make(chan *gateway.Execution, maxQueue), closing: make(chan struct{}), done: make(chan struct{}), cancel: cancel}
	go x.run(ctx)
	return x
}

// Trace takes an execution. It never waits: where the queue is full, the
// execution is dropped and counted.
func (x *Exporter) Trace(e *gateway.Execution) {
	select {
	case x.queue <- e:
	default:
		x.dropped.Add(1)
	}
}

// Dropped and Sent count executions since the start.
func (x *Exporter) Dropped() int64 { return x.dropped.Load() }

// Sent counts the executions that the collector has taken.
func (x *Exporter) Sent() int64 { return x.sent.Load() }

// Close sends what waits, until ctx ends.
func (x *Exporter) Close(ctx context.Context) error {
	close(x.closing)
	defer x.cancel()
	select {
	case <-x.done:
	case <-ctx.Done():
		x.cancel()
		<-x.done
	}
	return nil
}

// run collects batches until it is told to stop, and then what is left.
func (x *Exporter) run(ctx context.Context) {
	defer close(x.done)
	for {
		select {
		case e := <-x.queue:
			x.export(ctx, x.batch(e))
		case <-x.closing:
			for len(x.queue) > 0 && ctx.Err() == nil {
				x.export(ctx, x.batch(<-x.queue))
			}
			return
		}
	}
}

// batch waits a little for more.
func (x *Exporter) batch(first *gateway.Execution) []*gateway.Execution {
	list := append(make([]*gateway.Execution, 0, maxBatch), first)
	wait := time.NewTimer(x.config.Delay)
	defer wait.Stop()
	for len(list) < maxBatch {
		select {
		case e := <-x.queue:
			list = append(list, e)
		case <-wait.C:
			return list
		case <-x.closing:
			select {
			case e := <-x.queue:
				list = append(list, e)
			default:
				return list
			}
		}
	}
	return list
}

// export sends a batch, again if the collector asks for that.
func (x *Exporter) export(ctx context.Context, list []*gateway.Execution) {
	body, err := x.encode(list)
	if body == nil && err == nil {
		return // none is sampled
	}
	pause := firstPause
	for n := 1; err == nil; n++ {
		var again time.Duration
		if again, err = x.send(ctx, body); err == nil {
			x.sent.Add(int64(len(list)))
			return
		}
		if again < 0 || n == attempts {
			break
		}
		select {
		case <-time.After(min(max(again, pause), longPause)):
			pause *= 2
			err = nil
		case <-x.closing: // no time for that
			n = attempts - 1
			err = ctx.Err()
		}
	}
	x.dropped.Add(int64(len(list)))
	if now := time.Now(); now.Sub(x.warned) > warnEvery {
		x.warned = now
		x.config.Log.Warn("traces cannot be exported", "endpoint", redacted(x.config.Endpoint), "dropped", x.dropped.Load(), "error", err)
	}
}

// encode returns the request for a batch, nil if there is nothing to send.
func (x *Exporter) encode(list []*gateway.Execution) ([]byte, error) {
	var spans []span
	for _, e := range list {
		spans = append(spans, spansOf(e)...)
	}
	if spans == nil {
		return nil, nil
	}
	var a attributes
	a.text("service.name", x.config.Service)
	a.text("service.version", x.config.Version)
	a.text("cloud.provider", "aws")
	return json.Marshal(request{[]resourceSpans{{resource{a}, []scopeSpans{{scope{"lambdagate", x.config.Version}, spans}}}}})
}

// errRefused is an answer other than success.
var errRefused = errors.New("the collector refuses")

// send makes one attempt. again is how long to wait at least before the next,
// negative if there should be none.
func (x *Exporter) send(ctx context.Context, body []byte) (again time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(x.config.Endpoint, "/")+"/v1/traces", bytes.NewReader(body))
	if err != nil {
		return -1, err
	}
	for name, v := range x.config.Headers {
		req.Header.Set(name, v)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := x.config.Client.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1000))
	if err != nil {
		return 0, err
	}
	if resp.StatusCode/100 == 2 {
		return 0, nil
	}
	err = fmt.Errorf("%w: %s: %.200s", errRefused, resp.Status, text)
	switch resp.StatusCode {
	case 429, 502, 503, 504:
		seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After")) // 0 where it is not a number
		return time.Duration(max(seconds, 0)) * time.Second, err
	}
	return -1, err
}

// redacted is an address without a password that may be in it.
func redacted(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "" // it was checked before
	}
	return u.Redacted()
}
