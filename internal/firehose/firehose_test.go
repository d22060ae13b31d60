package firehose

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

const stream = "arn:aws:firehose:eu-west-1:123456789012:deliverystream/amazon-apigateway-"

// service is a fake Firehose.
type service struct {
	mu     sync.Mutex
	taken  []string // stream: data
	asked  int
	answer func(n int, names []string) (status int, codes []string)
	head   http.Header
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	s.head = r.Header
	var in struct {
		DeliveryStreamName string
		Records            []struct{ Data []byte }
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		w.WriteHeader(400)
		return
	}
	var all []string
	for _, rec := range in.Records {
		all = append(all, in.DeliveryStreamName+": "+string(rec.Data))
	}
	codes := make([]string, len(all))
	if s.answer != nil {
		status, c := s.answer(s.asked, all)
		if status != 200 {
			w.WriteHeader(status)
			return
		}
		codes = c
	}
	var out struct{ RequestResponses []map[string]string }
	for i, code := range codes {
		if code == "" {
			s.taken = append(s.taken, all[i])
			out.RequestResponses = append(out.RequestResponses, map[string]string{"RecordId": "x"})
		} else {
			out.RequestResponses = append(out.RequestResponses, map[string]string{"ErrorCode": code})
		}
	}
	json.NewEncoder(w).Encode(out)
}

func open(t *testing.T, s *service, log io.Writer) *Sender {
	t.Helper()
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	return Open(Config{Endpoint: srv.URL, Delay: 5 * time.Millisecond, Log: slog.New(slog.NewTextHandler(log, nil))})
}

func closed(t *testing.T, x *Sender) {
	t.Helper()
	if err := x.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestPut(t *testing.T) {
	t.Parallel()
	s := &service{}
	x := open(t, s, io.Discard)
	var want []string
	for i := range 1200 {
		name := []string{"a", "b"}[i/700]
		x.Put(stream+name, fmt.Appendf(nil, "line %d\n", i))
		want = append(want, fmt.Sprintf("amazon-apigateway-%s: line %d\n", name, i))
	}
	closed(t, x)
	if !slices.Equal(s.taken, want) || x.Dropped() != 0 {
		t.Errorf("%d of %d, %d dropped", len(s.taken), len(want), x.Dropped())
	}
	if auth := s.head.Get("Authorization"); !strings.Contains(auth, "/eu-west-1/firehose/aws4_request") || s.head.Get("X-Amz-Target") != "Firehose_20150804.PutRecordBatch" {
		t.Error(s.head)
	}
}

// TestRetry: what was not taken is sent again, and only that.
func TestRetry(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name           string
		answer         func(n int, all []string) (int, []string)
		taken, dropped int
		asked          int
	}{
		{"one of two at first", func(n int, all []string) (int, []string) {
			codes := make([]string, len(all))
			if n == 1 {
				codes[1] = "ServiceUnavailableException"
			}
			return 200, codes
		}, 2, 0, 2},
		{"away once", func(n int, all []string) (int, []string) {
			return map[bool]int{true: 503, false: 200}[n == 1], make([]string, len(all))
		}, 2, 0, 2},
		{"away", func(int, []string) (int, []string) { return 500, nil }, 0, 2, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, log := &service{answer: c.answer}, &bytes.Buffer{}
			x := open(t, s, log)
			s.mu.Lock() // both in one batch
			x.Put(stream+"a", []byte("1"))
			x.Put(stream+"a", []byte("2"))
			s.mu.Unlock()
			closed(t, x)
			if len(s.taken) != c.taken || x.Dropped() != int64(c.dropped) || s.asked != c.asked {
				t.Errorf("taken %q, dropped %d, asked %d", s.taken, x.Dropped(), s.asked)
			}
			if warned := strings.Contains(log.String(), "access logs are not sent"); warned != (c.dropped > 0) {
				t.Errorf("the log says %q", log)
			}
		})
	}
}

// TestNoEndpoint: a warning that says what to do, once.
func TestNoEndpoint(t *testing.T) {
	t.Parallel()
	log := &bytes.Buffer{}
	x := Open(Config{Log: slog.New(slog.NewTextHandler(log, nil))})
	for range 10 {
		x.Put(stream+"a", []byte("1"))
	}
	closed(t, x)
	if x.Dropped() != 10 || strings.Count(log.String(), "--endpoint firehose=URL") != 1 {
		t.Error(x.Dropped(), log)
	}
}

// TestAway: a service that never answers keeps neither requests nor the server.
func TestAway(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	s := &service{answer: func(int, []string) (int, []string) { <-release; return 500, nil }}
	x := open(t, s, io.Discard)
	t.Cleanup(func() { close(release) })
	for range maxQueue + 2*maxBatch + 2 {
		x.Put(stream+"a", []byte("1"))
	}
	if x.Dropped() == 0 {
		t.Error("nothing was dropped")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	began := time.Now()
	if err := x.Close(ctx); err != nil || time.Since(began) > 30*time.Second {
		t.Error(err, time.Since(began))
	}
	if x.Dropped() != maxQueue+2*maxBatch+2 {
		t.Error(x.Dropped())
	}
}
