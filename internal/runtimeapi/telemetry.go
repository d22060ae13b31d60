package runtimeapi

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Kinds of telemetry.
const (
	PlatformTelemetry  = "platform"
	FunctionTelemetry  = "function"
	ExtensionTelemetry = "extension"
)

// Bounds of a subscription's buffer. AWS: Telemetry API.
const (
	minItems, defaultItems, maxItems = 1000, 10000, 10000
	minBytes, defaultBytes, maxBytes = 256 << 10, 256 << 10, 1 << 20
	minWait, defaultWait, maxWait    = 25, 1000, 30000 // milliseconds
)

const (
	// maxEarlyTelemetry bounds what is kept for subscribers that come while the
	// environment initialises, in bytes.
	maxEarlyTelemetry = 256 << 10
	// telemetryTimeout bounds one delivery.
	telemetryTimeout = 2 * time.Second
	// telemetryKept is how many bytes wait at most for a subscriber that does not
	// take them; what is more is dropped and counted.
	telemetryKept = 4 << 20
)

// Telemetry sends the records of one environment to those who subscribed.
type Telemetry struct {
	// Subscribed, if set, is told of each subscription.
	Subscribed func(name, api string, types []string)

	paused atomic.Bool
	ctx    context.Context
	cancel context.CancelFunc
	work   sync.WaitGroup

	mu     sync.Mutex
	early  []record // nil once the environment is ready
	bytes  int
	closed bool
	subs   []*subscription
}

// record is one piece of telemetry.
type record struct {
	kind string // platform, function, extension
	name string // "platform.start"; the kind for the others
	at   time.Time
	body json.RawMessage
}

// NewTelemetry makes a Telemetry; Close ends it.
func NewTelemetry() *Telemetry {
	t := &Telemetry{early: []record{}}
	t.ctx, t.cancel = context.WithCancel(context.Background())
	return t
}

// Publish gives a record to whom it may concern. body is JSON.
func (t *Telemetry) Publish(kind, name string, at time.Time, body json.RawMessage) {
	r := record{kind, name, at, body}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.early != nil && t.bytes < maxEarlyTelemetry {
		t.early = append(t.early, r)
		t.bytes += len(body)
	}
	for _, s := range t.subs {
		s.add(r)
	}
}

// Ready says that nobody will subscribe any more.
func (t *Telemetry) Ready() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.early = nil
}

// Pause holds deliveries back: nobody could take them.
func (t *Telemetry) Pause(on bool) { t.paused.Store(on) }

func (t *Telemetry) ready() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.early == nil
}

// Flush delivers what waits now, or gives up when ctx ends.
func (t *Telemetry) Flush(ctx context.Context) {
	t.mu.Lock()
	subs := slices.Clone(t.subs)
	t.mu.Unlock()
	for _, s := range subs {
		s.flush(ctx)
	}
}

// Close ends all deliveries and waits for them.
func (t *Telemetry) Close() {
	t.mu.Lock()
	t.closed = true
	t.mu.Unlock()
	t.cancel()
	t.work.Wait()
}

// subscription is what one extension asked for.
type subscription struct {
	name      string
	types     []string
	legacy    bool // the Logs API
	proto     string
	target    string // URL, or host:port
	path      string
	items     int
	bytes     int
	wait      time.Duration
	telemetry *Telemetry
	full      chan struct{} // told when there is enough to deliver
	delivery  sync.Mutex    // one at a time

	mu      sync.Mutex
	queue   [][]byte
	size    int
	dropped int
	lost    int // bytes
	conn    net.Conn
}

// subscribe is PUT /2022-07-01/telemetry and PUT /2020-08-15/logs.
func (x *Extensions) subscribe(w http.ResponseWriter, r *http.Request) {
	e := x.caller(w, r)
	if e == nil {
		return
	}
	api := "Telemetry"
	if strings.HasSuffix(r.URL.Path, "/logs") {
		api = "Logs"
	}
	if x.host.Telemetry == nil || x.host.Telemetry.ready() {
		refuse(w, http.StatusForbidden, api+".SubscriptionClosed", api+" API subscription is closed already")
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 64<<10))
	if err != nil {
		return
	}
	s, err := parseSubscription(body)
	if err != nil {
		refuse(w, http.StatusBadRequest, "ValidationError", err.Error())
		return
	}
	s.name, s.legacy = e.name, api == "Logs"
	x.host.Telemetry.add(s)
	if x.host.Telemetry.Subscribed != nil {
		x.host.Telemetry.Subscribed(e.name, api, s.types)
	}
	w.Header().Set("Content-Type", "application/json")
	io.WriteString(w, `"OK"`)
}

// parseSubscription reads and checks a request.
func parseSubscription(body []byte) (*subscription, error) {
	var in struct {
		SchemaVersion string   `json:"schemaVersion"`
		Types         []string `json:"types"`
		Buffering     struct {
			MaxItems  *int `json:"maxItems"`
			MaxBytes  *int `json:"maxBytes"`
			TimeoutMs *int `json:"timeoutMs"`
		} `json:"buffering"`
		Destination struct {
			Protocol string      `json:"protocol"`
			URI      string      `json:"URI"`
			Port     json.Number `json:"port"`
		} `json:"destination"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, fmt.Errorf("the request is not valid JSON: %w", err)
	}
	if len(in.Types) == 0 {
		return nil, fmt.Errorf("types must have at least one entry")
	}
	for _, kind := range in.Types {
		if kind != PlatformTelemetry && kind != FunctionTelemetry && kind != ExtensionTelemetry {
			return nil, fmt.Errorf("unknown type %q: use platform, function or extension", kind)
		}
	}
	s := &subscription{types: in.Types, full: make(chan struct{}, 1), items: defaultItems, bytes: defaultBytes, wait: defaultWait * time.Millisecond}
	for _, b := range []struct {
		name     string
		given    *int
		min, max int
		set      func(int)
	}{
		{"maxItems", in.Buffering.MaxItems, minItems, maxItems, func(n int) { s.items = n }},
		{"maxBytes", in.Buffering.MaxBytes, minBytes, maxBytes, func(n int) { s.bytes = n }},
		{"timeoutMs", in.Buffering.TimeoutMs, minWait, maxWait, func(n int) { s.wait = time.Duration(n) * time.Millisecond }},
	} {
		if b.given == nil {
			continue
		}
		if *b.given < b.min || *b.given > b.max {
			return nil, fmt.Errorf("buffering.%s must be between %d and %d", b.name, b.min, b.max)
		}
		b.set(*b.given)
	}
	s.proto = strings.ToUpper(in.Destination.Protocol)
	switch s.proto {
	case "HTTP":
		u, err := url.Parse(in.Destination.URI)
		if err != nil || u.Scheme != "http" || u.Hostname() != "sandbox" && u.Hostname() != "sandbox.localdomain" {
			return nil, fmt.Errorf("destination.URI must be http://sandbox.localdomain:PORT/PATH, not %q", in.Destination.URI)
		}
		port := u.Port()
		if port == "" {
			port = "80"
		}
		s.target, u.Host = net.JoinHostPort("127.0.0.1", port), net.JoinHostPort("127.0.0.1", port)
		s.path = u.String()
	case "TCP":
		port, err := in.Destination.Port.Int64()
		if err != nil || port < 1 || port > 65535 {
			return nil, fmt.Errorf("destination.port must be a port, not %q", in.Destination.Port)
		}
		s.target = net.JoinHostPort("127.0.0.1", in.Destination.Port.String())
	default:
		return nil, fmt.Errorf("destination.protocol must be HTTP or TCP, not %q", in.Destination.Protocol)
	}
	return s, nil
}

// add makes s a subscriber; it gets what happened before, too. A further
// subscription of an extension replaces the one it had.
func (t *Telemetry) add(s *subscription) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return
	}
	s.telemetry = t
	t.subs = append(slices.DeleteFunc(t.subs, func(old *subscription) bool { return old.name == s.name && old.legacy == s.legacy }), s)
	for _, r := range t.early {
		s.add(r)
	}
	t.work.Go(s.run)
}

// logsNames are the records that the Logs API has, with their names there.
var logsNames = map[string]string{
	"platform.start": "platform.start", "platform.report": "platform.report", "platform.runtimeDone": "platform.runtimeDone",
	"platform.extension": "platform.extension", "platform.logsSubscription": "platform.logsSubscription", "platform.end": "platform.end",
	"platform.logsDropped": "platform.logsDropped",
}

// add queues a record if s asked for its kind.
func (s *subscription) add(r record) {
	if !slices.Contains(s.types, r.kind) {
		return
	}
	if r.kind == PlatformTelemetry {
		if _, ok := logsNames[r.name]; s.legacy && !ok {
			return
		}
		if !s.legacy && (r.name == "platform.end" || r.name == "platform.logsSubscription") {
			return
		}
	}
	text, err := json.Marshal(struct {
		Time   string          `json:"time"`
		Type   string          `json:"type"`
		Record json.RawMessage `json:"record"`
	}{r.at.UTC().Format("2006-01-02T15:04:05.000Z"), r.name, r.body})
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.size+len(text) > telemetryKept {
		s.dropped++
		s.lost += len(text)
		return
	}
	s.queue = append(s.queue, text)
	s.size += len(text)
	if len(s.queue) >= s.items || s.size >= s.bytes {
		select {
		case s.full <- struct{}{}:
		default:
		}
	}
}

// run delivers when there is enough, or after the subscription's time.
func (s *subscription) run() {
	tick := time.NewTicker(s.wait)
	defer tick.Stop()
	for {
		select {
		case <-s.telemetry.ctx.Done():
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.conn != nil {
				s.conn.Close()
			}
			return
		case <-tick.C:
		case <-s.full:
		}
		if !s.telemetry.paused.Load() {
			s.flush(s.telemetry.ctx)
		}
	}
}

// flush delivers what waits. What cannot be delivered waits on.
func (s *subscription) flush(ctx context.Context) {
	s.delivery.Lock()
	defer s.delivery.Unlock()
	for ctx.Err() == nil {
		batch := s.take()
		if len(batch) == 0 {
			return
		}
		if err := s.deliver(ctx, batch); err != nil {
			s.giveBack(batch)
			return
		}
	}
}

// take removes a batch from the queue; what was dropped is reported first.
func (s *subscription) take() [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dropped > 0 {
		text := fmt.Appendf(nil, `{"time":%q,"type":"platform.logsDropped","record":{"reason":"Consumer seems to have fallen behind as it has not acknowledged receipt of logs.","droppedRecords":%d,"droppedBytes":%d}}`,
			time.Now().UTC().Format("2006-01-02T15:04:05.000Z"), s.dropped, s.lost)
		s.queue = append([][]byte{text}, s.queue...)
		s.size += len(text)
		s.dropped, s.lost = 0, 0
	}
	n, size := 0, 0
	for n < len(s.queue) && n < s.items && (n == 0 || size+len(s.queue[n]) <= s.bytes) {
		size += len(s.queue[n])
		n++
	}
	batch := slices.Clone(s.queue[:n])
	s.queue = slices.Delete(s.queue, 0, n)
	s.size -= size
	return batch
}

func (s *subscription) giveBack(batch [][]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, text := range batch {
		s.size += len(text)
	}
	s.queue = append(batch, s.queue...)
}

func (s *subscription) deliver(ctx context.Context, batch [][]byte) error {
	ctx, cancel := context.WithTimeout(ctx, telemetryTimeout)
	defer cancel()
	if s.proto == "TCP" {
		return s.deliverTCP(ctx, batch)
	}
	body := slices.Concat([]byte{'['}, bytes.Join(batch, []byte{','}), []byte{']'})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Host = "sandbox.localdomain" + s.target[strings.LastIndexByte(s.target, ':'):]
	req.Header.Set("Content-Type", "application/json")
	res, err := telemetryClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10))
	if res.StatusCode >= 500 {
		return fmt.Errorf("the subscriber answered %d", res.StatusCode)
	}
	return nil
}

var telemetryClient = &http.Client{
	Transport:     &http.Transport{Proxy: nil, DisableKeepAlives: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// deliverTCP writes one record a line.
func (s *subscription) deliverTCP(ctx context.Context, batch [][]byte) error {
	s.mu.Lock()
	conn := s.conn
	s.mu.Unlock()
	if conn == nil {
		var d net.Dialer
		var err error
		if conn, err = d.DialContext(ctx, "tcp", s.target); err != nil {
			return err
		}
	}
	deadline, _ := ctx.Deadline()
	conn.SetWriteDeadline(deadline)
	_, err := conn.Write(append(bytes.Join(batch, []byte{'\n'}), '\n'))
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn = conn; err != nil {
		conn.Close()
		s.conn = nil
	}
	return err
}
