package logs

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/store"
)

// streamDocument is a stream that was made by hand; streams that functions write
// to exist by their lines.
type streamDocument struct {
	Name    string `json:"name"`
	Created int64  `json:"created"` // milliseconds
}

// streamSeparator stands between group and stream in keys: neither name can
// hold it.
const streamSeparator = ":*:"

// CreateLogStream adds a stream.
func (s *Service) CreateLogStream(ctx context.Context, in *CreateLogStreamRequest) (*awsapi.Empty, error) {
	if _, err := s.group(ctx, &in.LogGroupName, nil); err != nil {
		return nil, err
	}
	_, exists, err := s.stream(ctx, in.LogGroupName, in.LogStreamName)
	if err != nil {
		return nil, err
	}
	if exists {
		return nil, streamExists()
	}
	err = s.streams.Insert(ctx, place(ctx)+in.LogGroupName+streamSeparator+in.LogStreamName, &streamDocument{in.LogStreamName, s.millis()})
	if errors.Is(err, store.ErrConflict) {
		return nil, streamExists()
	}
	return nil, err
}

// DeleteLogStream removes a stream with its lines.
func (s *Service) DeleteLogStream(ctx context.Context, in *DeleteLogStreamRequest) (*awsapi.Empty, error) {
	if _, err := s.group(ctx, &in.LogGroupName, nil); err != nil {
		return nil, err
	}
	_, exists, err := s.stream(ctx, in.LogGroupName, in.LogStreamName)
	if err != nil {
		return nil, err
	}
	if !exists {
		return nil, streamNotFound()
	}
	if err := s.store.DeleteLogs(ctx, place(ctx)+in.LogGroupName, in.LogStreamName); err != nil {
		return nil, err
	}
	err = s.streams.Delete(ctx, place(ctx)+in.LogGroupName+streamSeparator+in.LogStreamName)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	return nil, err
}

// stream describes one stream of a group.
func (s *Service) stream(ctx context.Context, group, name string) (*LogStream, bool, error) {
	all, err := s.allStreams(ctx, group)
	if err != nil {
		return nil, false, err
	}
	i := slices.IndexFunc(all, func(st *LogStream) bool { return st.LogStreamName == name })
	if i < 0 {
		return nil, false, nil
	}
	return all[i], true, nil
}

// allStreams describes a group's streams by name: those with lines, and those
// made by hand.
func (s *Service) allStreams(ctx context.Context, group string) ([]*LogStream, error) {
	written, err := s.store.LogStreams(ctx, place(ctx)+group)
	if err != nil {
		return nil, err
	}
	byName := map[string]*LogStream{}
	for _, d := range s.streams.Range(place(ctx)+group+streamSeparator, "") {
		byName[d.Name] = describeStream(ctx, group, d.Name, d.Created)
	}
	for _, w := range written {
		st := byName[w.Name]
		if st == nil {
			st = describeStream(ctx, group, w.Name, w.FirstTime)
			byName[w.Name] = st
		}
		st.FirstEventTimestamp, st.LastEventTimestamp, st.LastIngestionTime = new(w.FirstTime), new(w.LastTime), new(w.LastIngested)
	}
	list := make([]*LogStream, 0, len(byName))
	for _, st := range byName {
		list = append(list, st)
	}
	slices.SortFunc(list, func(a, b *LogStream) int { return cmp.Compare(a.LogStreamName, b.LogStreamName) })
	return list, nil
}

// sequenceToken is no longer looked at by AWS, but still answered.
const sequenceToken = "49039859603285902830219010098570908395"

func describeStream(ctx context.Context, group, name string, created int64) *LogStream {
	return &LogStream{
		LogStreamName: name, CreationTime: &created, UploadSequenceToken: new(sequenceToken),
		Arn: groupARN(ctx, group) + ":log-stream:" + name, StoredBytes: new(int64(0)),
	}
}

// DescribeLogStreams lists a group's streams by name or by the time of their
// last event.
func (s *Service) DescribeLogStreams(ctx context.Context, in *DescribeLogStreamsRequest) (*DescribeLogStreamsResponse, error) {
	g, err := s.group(ctx, in.LogGroupName, in.LogGroupIdentifier)
	if err != nil {
		return nil, err
	}
	byTime := in.OrderBy != nil && *in.OrderBy == "LastEventTime"
	if byTime && in.LogStreamNamePrefix != nil {
		return nil, invalidParameter("Cannot order by LastEventTime with a logStreamNamePrefix.")
	}
	list, err := s.allStreams(ctx, g.Name)
	if err != nil {
		return nil, err
	}
	if in.LogStreamNamePrefix != nil {
		list = slices.DeleteFunc(list, func(st *LogStream) bool { return !strings.HasPrefix(st.LogStreamName, *in.LogStreamNamePrefix) })
	}
	if byTime {
		slices.SortStableFunc(list, func(a, b *LogStream) int { return cmp.Compare(lastEvent(a), lastEvent(b)) })
	}
	if in.Descending != nil && *in.Descending {
		slices.Reverse(list)
	}
	items, next, err := page(list, in.NextToken, in.Limit, func(st *LogStream) string { return st.LogStreamName })
	return &DescribeLogStreamsResponse{LogStreams: items, NextToken: next}, err
}

func lastEvent(st *LogStream) int64 {
	if st.LastEventTimestamp == nil {
		return 0
	}
	return *st.LastEventTimestamp
}
