package logs

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lambdagate/lambdagate/internal/store"
)

// Bounds of PutLogEvents and of what it takes by time.
const (
	maxBatchBytes  = 1_048_576
	eventOverhead  = 26 // bytes that AWS adds to each event's size
	maxBatchEvents = 10_000
	oldest         = 14 * 24 * time.Hour
	newest         = 2 * time.Hour
	longestBatch   = 24 * time.Hour
)

// PutLogEvents adds lines; it answers when they are durable.
func (s *Service) PutLogEvents(ctx context.Context, in *PutLogEventsRequest) (*PutLogEventsResponse, error) {
	g, err := s.group(ctx, &in.LogGroupName, nil)
	if err != nil {
		return nil, err
	}
	if _, exists, err := s.stream(ctx, in.LogGroupName, in.LogStreamName); err != nil || !exists {
		if err == nil {
			err = streamNotFound()
		}
		return nil, err
	}
	if err := checkBatch(in.LogEvents); err != nil {
		return nil, err
	}
	accepted, rejected := s.accept(in.LogEvents, g)
	lines := make([]store.LogLine, len(accepted))
	for i, e := range accepted {
		lines[i] = store.LogLine{Group: place(ctx) + in.LogGroupName, Stream: in.LogStreamName, Time: e.Timestamp, Message: e.Message}
	}
	if len(lines) > 0 {
		if err := s.store.Append(ctx, true, lines...); err != nil {
			return nil, err
		}
	}
	return &PutLogEventsResponse{NextSequenceToken: new(sequenceToken), RejectedLogEventsInfo: rejected}, nil
}

func checkBatch(events []*InputLogEvent) error {
	size := 0
	for i, e := range events {
		size += len(e.Message) + eventOverhead
		if i > 0 && e.Timestamp < events[i-1].Timestamp {
			return invalidParameter("Log events in a single PutLogEvents request must be in chronological order.")
		}
	}
	if len(events) > maxBatchEvents {
		return invalidParameter("1 validation error detected: Value at 'logEvents' failed to satisfy constraint: Member must have length less than or equal to %d", maxBatchEvents)
	}
	if size > maxBatchBytes {
		return invalidParameter("Upload too large: %d bytes exceeds limit of %d", size, maxBatchBytes)
	}
	if n := len(events); n > 0 && time.Duration(events[n-1].Timestamp-events[0].Timestamp)*time.Millisecond > longestBatch {
		return invalidParameter("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")
	}
	return nil
}

// accept leaves out events that are too old or too new, or that the group's
// retention would drop at once.
func (s *Service) accept(events []*InputLogEvent, g *groupDocument) ([]*InputLogEvent, *RejectedLogEventsInfo) {
	now := s.now()
	before := func(t time.Time) int {
		n, _ := slices.BinarySearchFunc(events, t.UnixMilli(), func(e *InputLogEvent, t int64) int { return int(min(1, max(-1, e.Timestamp-t))) })
		return n
	}
	from, to := before(now.Add(-oldest)), before(now.Add(newest))
	var r RejectedLogEventsInfo
	if from > 0 {
		r.TooOldLogEventEndIndex = new(int64(from))
	}
	if g.RetentionInDays != nil {
		if n := before(now.AddDate(0, 0, -int(*g.RetentionInDays))); n > from {
			r.ExpiredLogEventEndIndex, from = new(int64(n)), n
		}
	}
	if to < len(events) {
		r.TooNewLogEventStartIndex = new(int64(to))
	}
	if r == (RejectedLogEventsInfo{}) {
		return events, nil
	}
	return events[from:max(from, to)], &r
}

// maxGet is how many events one answer holds.
const maxGet = 10_000

// GetLogEvents reads one stream, page by page in either direction.
func (s *Service) GetLogEvents(ctx context.Context, in *GetLogEventsRequest) (*GetLogEventsResponse, error) {
	g, err := s.group(ctx, in.LogGroupName, in.LogGroupIdentifier)
	if err != nil {
		return nil, err
	}
	if _, exists, err := s.stream(ctx, g.Name, in.LogStreamName); err != nil || !exists {
		if err == nil {
			err = streamNotFound()
		}
		return nil, err
	}
	q := store.LogQuery{Group: place(ctx) + g.Name, Streams: []string{in.LogStreamName}, Max: maxGet, Backward: in.StartFromHead == nil || !*in.StartFromHead}
	limit(&q, in.StartTime, in.EndTime, in.Limit)
	if err := continueAt(&q, in.NextToken); err != nil {
		return nil, err
	}
	lines, err := s.store.ReadLogs(ctx, q)
	if err != nil {
		return nil, err
	}
	return answerGet(lines, q.Backward, in.NextToken), nil
}

// limit sets the time range (in milliseconds, the end not included) and size.
func limit(q *store.LogQuery, from, to, size *int64) {
	if from != nil {
		q.From = *from
	}
	if to != nil {
		q.To = *to
	}
	if size != nil {
		q.Max = int(*size)
	}
}

// continueAt reads a token: "f/" goes on behind the position, "b/" before it.
func continueAt(q *store.LogQuery, token *string) error {
	if token == nil {
		return nil
	}
	direction, rest, _ := strings.Cut(*token, "/")
	at, id, ok := parsePosition(rest)
	if !ok || direction != "f" && direction != "b" {
		return invalidParameter("The specified nextToken is invalid.")
	}
	q.Backward, q.AfterTime, q.AfterID = direction == "b", at, id
	return nil
}

func answerGet(lines []store.LogLine, backward bool, token *string) *GetLogEventsResponse {
	if backward {
		slices.Reverse(lines)
	}
	out := &GetLogEventsResponse{Events: make([]*OutputLogEvent, len(lines))}
	for i, l := range lines {
		out.Events[i] = &OutputLogEvent{Timestamp: new(l.Time), Message: new(l.Message), IngestionTime: new(l.Ingested)}
	}
	first, last := "", ""
	switch {
	case len(lines) > 0:
		first, last = position(lines[0]), position(lines[len(lines)-1])
	case token != nil: // AWS: at the end the same token comes back
		first, last = (*token)[2:], (*token)[2:]
	}
	out.NextForwardToken, out.NextBackwardToken = new("f/"+last), new("b/"+first)
	return out
}

func position(l store.LogLine) string {
	return strconv.FormatInt(l.Time, 36) + "-" + strconv.FormatInt(l.ID, 36)
}

func parsePosition(s string) (at, id int64, ok bool) {
	a, b, ok := strings.Cut(s, "-")
	if !ok {
		return 0, 0, s == ""
	}
	at, err1 := strconv.ParseInt(a, 36, 64)
	id, err2 := strconv.ParseInt(b, 36, 64)
	return at, id, err1 == nil && err2 == nil
}
