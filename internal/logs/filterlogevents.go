package logs

import (
	"context"
	"fmt"
	"strings"

	"github.com/lambdagate/lambdagate/internal/store"
)

// Bounds of one search: how many lines it looks at before it answers with what
// it has and a token to go on.
const (
	searchBatch = 2_000
	maxSearched = 50_000
)

// FilterLogEvents searches a group's streams in order of time.
func (s *Service) FilterLogEvents(ctx context.Context, in *FilterLogEventsRequest) (*FilterLogEventsResponse, error) {
	g, err := s.group(ctx, in.LogGroupName, in.LogGroupIdentifier)
	if err != nil {
		return nil, err
	}
	q, err := s.search(ctx, g, in)
	if err != nil {
		return nil, err
	}
	text := ""
	if in.FilterPattern != nil {
		text = *in.FilterPattern
	}
	pattern, err := parseFilterPattern(text)
	if err != nil {
		return nil, err
	}
	out := &FilterLogEventsResponse{Events: []*FilteredLogEvent{}, SearchedLogStreams: []*SearchedLogStream{}}
	if in.LogStreamNamePrefix != nil && len(q.Streams) == 0 {
		return out, nil
	}
	want := q.Max
	q.Max = searchBatch
	for searched := 0; ; {
		lines, err := s.store.ReadLogs(ctx, q)
		if err != nil {
			return nil, err
		}
		searched += len(lines)
		for _, l := range lines {
			q.AfterTime, q.AfterID = l.Time, l.ID
			if !pattern.matches(l.Message) {
				continue
			}
			out.Events = append(out.Events, filtered(l))
			if len(out.Events) == want {
				out.NextToken = new("f/" + position(l))
				return out, nil
			}
		}
		if len(lines) == 0 {
			return out, nil
		}
		if searched > maxSearched {
			out.NextToken = new("f/" + position(lines[len(lines)-1]))
			return out, nil
		}
	}
}

func (s *Service) search(ctx context.Context, g *groupDocument, in *FilterLogEventsRequest) (store.LogQuery, error) {
	q := store.LogQuery{Group: place(ctx) + g.Name, Streams: in.LogStreamNames, Max: maxGet}
	if in.LogStreamNamePrefix != nil {
		if len(in.LogStreamNames) > 0 {
			return q, invalidParameter("LogStreamNamePrefix and LogStreamNames are mutually exclusive parameters.")
		}
		all, err := s.allStreams(ctx, g.Name)
		if err != nil {
			return q, err
		}
		for _, st := range all {
			if strings.HasPrefix(st.LogStreamName, *in.LogStreamNamePrefix) {
				q.Streams = append(q.Streams, st.LogStreamName)
			}
		}
	}
	limit(&q, in.StartTime, in.EndTime, in.Limit)
	return q, continueAt(&q, in.NextToken)
}

func filtered(l store.LogLine) *FilteredLogEvent {
	return &FilteredLogEvent{
		LogStreamName: new(l.Stream), Timestamp: new(l.Time), Message: new(l.Message), IngestionTime: new(l.Ingested),
		EventId: new(fmt.Sprintf("%020d%036d", l.Time, l.ID)),
	}
}
