package audit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/lambdagate/lambdagate/internal/store"
)

// Query asks for records.
type Query struct {
	Account   string    // "" for all accounts
	From, To  time.Time // To is exclusive; zero for no bound
	User      string    // user or role name, ARN, principal id or access key id
	Operation string    // event name, or event source such as iam.amazonaws.com
	Failed    bool      // only what was refused or failed
	Max       int       // 0 and more than 1,000: 1,000
	Forward   bool      // the oldest first
	Next      string    // of the answer before
}

// Answer are records as they were written, and where the next query goes on:
// "" where there is no more. An answer can be short, even empty, although there
// is more: each looks through a bounded number of records.
type Answer struct {
	Records []json.RawMessage `json:"records"`
	Next    string            `json:"next,omitzero"`
}

// Bounds of one query.
const (
	maxRecords = 1000
	maxScanned = 20_000
	perRead    = 2000
)

// ErrPosition says that Query.Next is none of an answer's.
var ErrPosition = errors.New("the position is not one of an earlier answer")

// Find returns the records that a query asks for.
func (t *Trail) Find(ctx context.Context, q Query) (*Answer, error) {
	if q.Max <= 0 || q.Max > maxRecords {
		q.Max = maxRecords
	}
	lq := store.LogQuery{Group: group, From: millis(q.From), To: millis(q.To), Max: perRead, Backward: !q.Forward}
	if q.Account != "" {
		lq.Streams = []string{q.Account}
	}
	var err error
	if lq.AfterTime, lq.AfterID, err = position(q.Next); err != nil {
		return nil, err
	}
	a := &Answer{Records: []json.RawMessage{}}
	for scanned := 0; scanned < maxScanned; {
		lines, err := t.config.Store.ReadLogs(ctx, lq)
		if err != nil {
			return nil, fmt.Errorf("read audit records: %w", err)
		}
		if len(lines) == 0 {
			a.Next = ""
			return a, nil
		}
		for _, l := range lines {
			lq.AfterTime, lq.AfterID = l.Time, l.ID
			a.Next = fmt.Sprintf("%d-%d", l.Time, l.ID)
			if q.wants(l.Message) {
				a.Records = append(a.Records, json.RawMessage(l.Message))
			}
			if len(a.Records) == q.Max {
				return a, nil
			}
		}
		scanned += len(lines)
	}
	return a, nil
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// position reads an answer's Next.
func position(text string) (at, id int64, err error) {
	if text == "" {
		return 0, 0, nil
	}
	before, after, _ := strings.Cut(text, "-")
	at, err = strconv.ParseInt(before, 10, 64)
	id, err2 := strconv.ParseInt(after, 10, 64)
	if err != nil || err2 != nil || at < 0 || id < 0 {
		return 0, 0, ErrPosition
	}
	return at, id, nil
}

// wants says whether a record is asked for.
func (q *Query) wants(line string) bool {
	if q.User == "" && q.Operation == "" && !q.Failed {
		return true
	}
	var r struct {
		EventName, EventSource, ErrorCode string
		UserIdentity                      Identity
	}
	if err := json.Unmarshal([]byte(line), &r); err != nil {
		return false
	}
	return (q.Operation == "" || strings.EqualFold(q.Operation, r.EventName) || q.Operation == r.EventSource) &&
		(q.User == "" || r.UserIdentity.is(q.User)) && (!q.Failed || r.ErrorCode != "")
}

// is says whether a name is this identity's, in any of its forms.
func (id *Identity) is(name string) bool {
	switch name {
	case id.UserName, id.ARN, id.PrincipalID, id.AccessKeyID, id.InvokedBy:
		return true
	}
	return strings.EqualFold(name, "root") && id.Type == "Root" ||
		id.SessionContext != nil && (name == id.SessionContext.SessionIssuer.UserName || name == id.SessionContext.SessionIssuer.ARN)
}
