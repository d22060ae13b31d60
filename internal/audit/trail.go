package audit

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/store"
)

// Config is what a trail needs.
type Config struct {
	Store store.Logs
	Log   *slog.Logger
	// Synced makes the records of changes durable before the call is answered.
	Synced bool
	// Data records operations on data too (Invoke, PutLogEvents …).
	Data bool
	// Days is how long records are kept; 0 is as long as the store has room.
	Days int
	// Now is the clock; time.Now if nil.
	Now func() time.Time
}

// Trail writes and reads records.
type Trail struct {
	config Config
	// strangers bounds the records that nobody who is known causes, so that they
	// cannot push out the others.
	strangers *rate.Limiter

	stop    context.CancelFunc
	running sync.WaitGroup
}

// group is where the records are; each account's are a stream.
const group = store.AuditPrefix + "records"

// nobody is the stream of records that belong to no account.
const nobody = "-"

// Bounds of the trail.
const (
	writeTimeout   = 10 * time.Second
	expireEvery    = time.Hour
	strangersRate  = 20 // a second
	strangersBurst = 200
)

// Open starts the trail; it ends with Close.
func Open(ctx context.Context, c Config) *Trail {
	if c.Now == nil {
		c.Now = time.Now
	}
	t := &Trail{config: c, strangers: rate.NewLimiter(strangersRate, strangersBurst)}
	ctx, t.stop = context.WithCancel(context.WithoutCancel(ctx))
	if c.Days > 0 {
		t.running.Go(func() { t.expire(ctx) })
	}
	return t
}

// Close ends the trail; the records that were written stay.
func (t *Trail) Close() {
	t.stop()
	t.running.Wait()
}

// expire drops what is older than the retention, now and then.
func (t *Trail) expire(ctx context.Context) {
	tick := time.NewTicker(expireEvery)
	defer tick.Stop()
	for {
		before := t.config.Now().AddDate(0, 0, -t.config.Days)
		if err := t.config.Store.ExpireLogs(ctx, group, before); err != nil && ctx.Err() == nil {
			t.config.Log.Warn("expire audit records", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Call records a call. It is an awsapi.Audit.
func (t *Trail) Call(ctx context.Context, call *awsapi.Call, op *awsapi.BoundOperation, in any, err *awsapi.Error) {
	denied := call.Decision == "denied"
	if isData(call.Operation) && !t.config.Data && !denied {
		return
	}
	r := recordOf(call, op, in, err)
	mayHaveChanged := err == nil || err.Status >= 500
	t.write(ctx, r, !r.ReadOnly && r.ManagementEvent && mayHaveChanged)
}

// Event records what is no call of an operation: a sign-in, or something of the
// server's own. It is durable when Event returns, unless it is a stranger's.
func (t *Trail) Event(ctx context.Context, r Record) {
	t.write(ctx, r, r.UserIdentity.ARN != "")
}

// write appends a record. It never fails: what cannot be written is logged.
func (t *Trail) write(ctx context.Context, r Record, sync bool) {
	if r.UserIdentity.ARN == "" && !t.strangers.Allow() {
		return
	}
	now := t.config.Now()
	r.EventVersion, r.EventTime, r.EventID = "1.11", now.UTC().Truncate(time.Millisecond), awsapi.NewRequestID()
	r.UserAgent, r.ErrorMessage = capped(r.UserAgent), capped(r.ErrorMessage)
	line, err := json.Marshal(r)
	if err == nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTimeout)
		defer cancel()
		err = t.config.Store.Append(ctx, sync && t.config.Synced, store.LogLine{
			Group: group, Stream: cmp.Or(r.RecipientAccountID, nobody), Time: now.UnixMilli(), Message: string(line),
		})
	}
	if err != nil {
		t.config.Log.Error("audit record not stored", "error", err, "record", string(line))
	}
}
