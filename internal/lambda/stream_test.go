package lambda

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// readEvent reads one message of an event stream: its type and payload.
func readEvent(r io.Reader) (string, error) {
	var prelude [12]byte
	if _, err := io.ReadFull(r, prelude[:]); err != nil {
		return "", err
	}
	total, heads := binary.BigEndian.Uint32(prelude[:]), binary.BigEndian.Uint32(prelude[4:])
	rest := make([]byte, total-12)
	if _, err := io.ReadFull(r, rest); err != nil {
		return "", err
	}
	h, payload := rest[:heads], rest[heads:len(rest)-4]
	for len(h) > 0 {
		name := string(h[1 : 1+h[0]])
		h = h[1+int(h[0])+1:]
		n := int(binary.BigEndian.Uint16(h))
		value := string(h[2 : 2+n])
		h = h[2+n:]
		if name == ":event-type" || name == ":exception-type" {
			return value + " " + string(payload), nil
		}
	}
	return "", io.ErrUnexpectedEOF
}

func TestInvokeWithResponseStream(t *testing.T) {
	t.Parallel()
	next := make(chan struct{})
	s := newServer(t, func(c *Config) {
		c.Environments = &fakeEnvironments{invoke: func(ctx context.Context, r *Runnable, task *Task) (*Outcome, error) {
			switch string(task.Payload) {
			case `"fail"`:
				return nil, ErrNoCapacity
			case `"plain"`:
				return &Outcome{Payload: []byte(`{"a":1}`)}, nil
			case `"break"`:
				task.Stream.Start("")             //nolint:errcheck // cannot fail
				task.Stream.Write([]byte("half")) //nolint:errcheck // the client reads
				return &Outcome{Streamed: true, FunctionError: "Unhandled", Payload: []byte(`{"errorMessage":"x"}`)}, nil
			}
			if err := task.Stream.Start("text/plain"); err != nil {
				return nil, err
			}
			for i := range 3 {
				if _, err := fmt.Fprintf(task.Stream.(io.Writer), "piece %d", i); err != nil {
					return nil, err
				}
				<-next // the client has read it
			}
			return &Outcome{Streamed: true, LogTail: []byte("log")}, nil
		}}
	})
	s.create("f")
	srv := httptest.NewServer(s.wire())
	t.Cleanup(srv.Close)
	post := func(payload string) *http.Response {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), "POST", srv.URL+"/2021-11-15/functions/f/response-streaming-invocations", strings.NewReader(payload))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Amz-Log-Type", "Tail")
		res, err := srv.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { res.Body.Close() })
		return res
	}
	res := post(`1`)
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != "application/vnd.amazon.eventstream" || res.Header.Get("X-Amz-Executed-Version") != latest {
		t.Fatalf("answer is %d %v", res.StatusCode, res.Header)
	}
	r := bufio.NewReader(res.Body)
	for i := range 3 {
		// Each piece is here before the function goes on: it really streams.
		if e, err := readEvent(r); err != nil || e != fmt.Sprintf("PayloadChunk piece %d", i) {
			t.Fatalf("event is %q, %v", e, err)
		}
		next <- struct{}{}
	}
	if e, err := readEvent(r); err != nil || e != `InvokeComplete {"LogResult":"bG9n"}` {
		t.Errorf("last event is %q, %v", e, err)
	}
	for payload, want := range map[string][]string{
		`"plain"`: {`PayloadChunk {"a":1}`, `InvokeComplete {}`},
		`"break"`: {`PayloadChunk half`, `InvokeComplete {"ErrorCode":"Unhandled","ErrorDetails":"{\"errorMessage\":\"x\"}"}`},
	} {
		r := post(payload).Body
		for _, w := range want {
			if e, err := readEvent(r); err != nil || e != w {
				t.Errorf("%s: event is %q, %v, want %q", payload, e, err, w)
			}
		}
	}
	if res := post(`"fail"`); res.StatusCode != 429 {
		t.Errorf("throttled: %d", res.StatusCode)
	}
}

// TestStreamClientLeaves checks that the function ends when nobody reads.
func TestStreamClientLeaves(t *testing.T) {
	t.Parallel()
	ended := make(chan error, 1)
	s := newServer(t, func(c *Config) {
		c.Environments = &fakeEnvironments{invoke: func(ctx context.Context, _ *Runnable, task *Task) (*Outcome, error) {
			task.Stream.Start("") //nolint:errcheck // cannot fail
			for {
				if _, err := task.Stream.Write(make([]byte, 1<<16)); err != nil {
					ended <- err
					return nil, err
				}
			}
		}}
	})
	s.create("f")
	srv := httptest.NewServer(s.wire())
	t.Cleanup(srv.Close)
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, "POST", srv.URL+"/2021-11-15/functions/f/response-streaming-invocations", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := srv.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	cancel()
	select {
	case <-ended:
	case <-time.After(time.Minute):
		t.Fatal("the function still writes")
	}
}

// TestInvokeDuringUpdates invokes while the function is updated: every
// invocation succeeds and sees one revision whole, and what an update
// acknowledged is what later invocations run.
func TestInvokeDuringUpdates(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(c *Config) {
		c.Environments = &fakeEnvironments{invoke: func(_ context.Context, r *Runnable, _ *Task) (*Outcome, error) {
			n := int(r.Timeout / time.Second)
			if r.MemoryMB != 127+n || r.Env["NUM"] != strconv.Itoa(n) {
				return nil, fmt.Errorf("a mix of revisions: timeout %d, memory %d, N %s", n, r.MemoryMB, r.Env["NUM"])
			}
			return &Outcome{Payload: []byte(strconv.Itoa(n))}, nil
		}}
	})
	in := createRequest("f")
	in.Timeout, in.MemorySize, in.Environment = new(int64(1)), new(int64(128)), &Environment{Variables: map[string]string{"NUM": "1"}}
	must[FunctionConfiguration](s, "CreateFunction", in)
	var acknowledged atomic.Int64
	acknowledged.Store(1)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				least := acknowledged.Load()
				res, err := s.InvokeFunction(t.Context(), &Invocation{Function: "f", Account: testAccount, Region: testRegion})
				if err != nil {
					t.Error(err)
					return
				}
				var n int64
				if json.Unmarshal(res.Payload, &n); n < least {
					t.Errorf("revision %d ran after %d was acknowledged", n, least)
				}
			}
		})
	}
	for n := int64(2); n <= 150; n++ {
		must[FunctionConfiguration](s, "UpdateFunctionConfiguration", &UpdateFunctionConfigurationRequest{
			FunctionName: "f", Timeout: &n, MemorySize: new(127 + n), Environment: &Environment{Variables: map[string]string{"NUM": strconv.FormatInt(n, 10)}},
		})
		acknowledged.Store(n)
	}
	close(stop)
	wg.Wait()
}

// TestConcurrentEdits checks that edits of one function do not lose each other.
func TestConcurrentEdits(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	s.create("f")
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			if _, err := s.call("TagResource", &TagResourceRequest{Resource: testARN + "f", Tags: map[string]string{"t" + strconv.Itoa(i): "v"}}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if tags := must[ListTagsResponse](s, "ListTags", &ListTagsRequest{Resource: testARN + "f"}).Tags; len(tags) != 40 {
		t.Errorf("%d tags are left of 40", len(tags))
	}
	var created atomic.Int64
	for range 10 {
		wg.Go(func() {
			_, err := s.call("CreateFunction", createRequest("same"))
			switch {
			case err == nil:
				created.Add(1)
			case errorText(err) != "409 ResourceConflictException: Function already exist: same":
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if created.Load() != 1 {
		t.Errorf("%d of 10 calls created the function", created.Load())
	}
}
