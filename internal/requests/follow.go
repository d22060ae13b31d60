package requests

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/gateway"
)

// Times of a connection that follows.
const (
	heartbeat    = 15 * time.Second // a comment, so that those in between keep the connection
	writeTimeout = 10 * time.Second // one who does not read for so long is let go
)

// serveFollow answers with server-sent events: "request" with a Request for each
// that ends, "lost" with the number of those that were missed because the
// follower did not keep up.
func (s *Service) serveFollow(w http.ResponseWriter, r *http.Request, call *awsapi.Call) {
	q, err := input[Query](r)
	if err != nil {
		answerError(w, err)
		return
	}
	select {
	case s.followers <- struct{}{}:
		defer func() { <-s.followers }()
	default:
		answerError(w, awsapi.Errorf(http.StatusTooManyRequests, "TooManyRequestsException", "%d connections follow requests already.", maxFollowers))
		return
	}
	if err := s.follow(r.Context(), call, q, &events{w: w, control: http.NewResponseController(w)}); err != nil {
		answerError(w, err)
	}
}

// follow writes until the client goes away or the server stops. It fails only
// before anything was written.
func (s *Service) follow(ctx context.Context, call *awsapi.Call, q *Query, out *events) error {
	limit, err := q.limit(0)
	if err != nil {
		return err
	}
	match, err := q.match()
	if err != nil {
		return err
	}
	follower := s.gateway.Follow(q.filter(call))
	defer follower.Stop()
	before, err := s.List(ctx, call, &Query{API: q.API, Stage: q.Stage, Region: q.Region, Failed: q.Failed, Path: q.Path, Method: q.Method, Status: q.Status, Limit: &limit})
	if err != nil {
		return err
	}
	out.begin()
	last := int64(0)
	for _, r := range slices.Backward(before.Requests) {
		out.send("request", r)
		last = r.Sequence
	}
	return s.forward(ctx, call, follower, out, func(r *gateway.Summary) bool { return r.Sequence > last && match(r) })
}

// renewEvery is how long a decision about a permission holds while one follows.
const renewEvery = 10 * time.Second

func (s *Service) forward(ctx context.Context, call *awsapi.Call, follower *gateway.Follower, out *events, wanted func(*gateway.Summary) bool) error {
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	may, since := s.permissions(call), time.Now()
	for out.err == nil {
		out.flush(len(follower.C) == 0)
		select {
		case <-ctx.Done():
			return nil
		case <-s.stopped:
			return nil
		case <-tick.C:
			out.comment()
		case e := <-follower.C:
			if time.Since(since) > renewEvery {
				may, since = s.permissions(call), time.Now()
			}
			if wanted(&e.Summary) && may.of(ctx, &e.Summary) == nil {
				out.send("request", request(&e.Summary))
			}
		}
		if n := follower.Lost(); n > 0 {
			out.send("lost", map[string]int64{"count": n})
		}
	}
	return nil
}

// events writes server-sent events, each within writeTimeout.
type events struct {
	w       http.ResponseWriter
	control *http.ResponseController
	err     error
	pending bool
}

func (e *events) begin() {
	h := e.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	e.w.WriteHeader(http.StatusOK)
	e.comment()
}

func (e *events) comment() {
	e.write([]byte(":\n\n"))
	e.flush(true)
}

func (e *events) send(name string, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		e.err = err
		return
	}
	e.write([]byte("event: " + name + "\ndata: " + string(b) + "\n\n"))
}

func (e *events) write(b []byte) {
	if e.err != nil {
		return
	}
	if err := e.control.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		e.err = err
		return
	}
	_, e.err = e.w.Write(b)
	e.pending = true
}

// flush sends what was written, when nothing more waits.
func (e *events) flush(idle bool) {
	if e.pending && idle && e.err == nil {
		e.err = e.control.Flush()
		e.pending = false
	}
}
