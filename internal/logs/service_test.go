package logs

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/store/sqlite"
)

// newService opens the service on a store in memory, at a fixed time.
func newService(t testing.TB) (*Service, context.Context, time.Time) {
	t.Helper()
	ctx := t.Context()
	st, err := sqlite.Open(ctx, sqlite.Config{})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	s, err := Open(ctx, Config{Store: st, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Close()
		st.Close()
	})
	call := &awsapi.Call{Region: "eu-west-1", Caller: awsapi.RootCaller("111111111111")}
	return s, awsapi.WithCall(ctx, call), now
}

func wantError(t *testing.T, err error, code, text string) {
	t.Helper()
	e := awsapi.AsError(err)
	if e == nil || e.Code != code || !strings.Contains(e.Message, text) {
		t.Errorf("got %v, want %s: %s", err, code, text)
	}
}

func TestGroupLife(t *testing.T) {
	s, ctx, _ := newService(t)
	if _, err := s.CreateLogGroup(ctx, &CreateLogGroupRequest{LogGroupName: "/a", Tags: map[string]string{"k": "v"}}); err != nil {
		t.Fatal(err)
	}
	_, err := s.CreateLogGroup(ctx, &CreateLogGroupRequest{LogGroupName: "/a"})
	wantError(t, err, "ResourceAlreadyExistsException", "The specified log group already exists")
	out, err := s.DescribeLogGroups(ctx, &DescribeLogGroupsRequest{LogGroupNamePrefix: new("/")})
	if err != nil || len(out.LogGroups) != 1 {
		t.Fatalf("%v, %v", out, err)
	}
	if g := out.LogGroups[0]; g.Arn != "arn:aws:logs:eu-west-1:111111111111:log-group:/a:*" || *g.LogGroupArn != "arn:aws:logs:eu-west-1:111111111111:log-group:/a" || g.RetentionInDays != nil {
		t.Errorf("group %+v", g)
	}
	_, err = s.DescribeLogGroups(ctx, &DescribeLogGroupsRequest{LogGroupNamePrefix: new("a"), LogGroupNamePattern: new("b")})
	wantError(t, err, "InvalidParameterException", "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
	other := awsapi.WithCall(ctx, &awsapi.Call{Region: "us-east-1", Caller: awsapi.RootCaller("111111111111")})
	if out, err := s.DescribeLogGroups(other, &DescribeLogGroupsRequest{}); err != nil || len(out.LogGroups) != 0 {
		t.Errorf("another region sees %v, %v", out.LogGroups, err)
	}
	if _, err := s.DeleteLogGroup(ctx, &DeleteLogGroupRequest{LogGroupName: "/a"}); err != nil {
		t.Fatal(err)
	}
	_, err = s.DeleteLogGroup(ctx, &DeleteLogGroupRequest{LogGroupName: "/a"})
	wantError(t, err, "ResourceNotFoundException", "The specified log group does not exist.")
}

func TestPutGetFilter(t *testing.T) {
	s, ctx, now := newService(t)
	put := func(events ...*InputLogEvent) (*PutLogEventsResponse, error) {
		return s.PutLogEvents(ctx, &PutLogEventsRequest{LogGroupName: "g", LogStreamName: "s", LogEvents: events})
	}
	_, err := put(&InputLogEvent{Timestamp: now.UnixMilli(), Message: "x"})
	wantError(t, err, "ResourceNotFoundException", "log group")
	if _, err := s.CreateLogGroup(ctx, &CreateLogGroupRequest{LogGroupName: "g"}); err != nil {
		t.Fatal(err)
	}
	_, err = put(&InputLogEvent{Timestamp: now.UnixMilli(), Message: "x"})
	wantError(t, err, "ResourceNotFoundException", "log stream")
	if _, err := s.CreateLogStream(ctx, &CreateLogStreamRequest{LogGroupName: "g", LogStreamName: "s"}); err != nil {
		t.Fatal(err)
	}
	_, err = put(&InputLogEvent{Timestamp: now.UnixMilli(), Message: "b"}, &InputLogEvent{Timestamp: now.UnixMilli() - 1, Message: "a"})
	wantError(t, err, "InvalidParameterException", "chronological order")

	var events []*InputLogEvent
	for i := range 25 {
		events = append(events, &InputLogEvent{Timestamp: now.UnixMilli() + int64(i), Message: fmt.Sprintf("line %d", i)})
	}
	if _, err := put(events...); err != nil {
		t.Fatal(err)
	}
	var got []string
	var token *string
	for {
		out, err := s.GetLogEvents(ctx, &GetLogEventsRequest{LogGroupName: new("g"), LogStreamName: "s", StartFromHead: new(true), Limit: new(int64(10)), NextToken: token})
		if err != nil {
			t.Fatal(err)
		}
		if token != nil && *out.NextForwardToken == *token {
			break
		}
		for _, e := range out.Events {
			got = append(got, *e.Message)
		}
		token = out.NextForwardToken
	}
	if len(got) != 25 || got[0] != "line 0" || got[24] != "line 24" {
		t.Errorf("forward: %v", got)
	}
	out, err := s.GetLogEvents(ctx, &GetLogEventsRequest{LogGroupName: new("g"), LogStreamName: "s", Limit: new(int64(10))})
	if err != nil || *out.Events[0].Message != "line 15" || *out.Events[9].Message != "line 24" {
		t.Fatalf("backward: %v, %v", out, err)
	}
	out, err = s.GetLogEvents(ctx, &GetLogEventsRequest{LogGroupName: new("g"), LogStreamName: "s", Limit: new(int64(10)), NextToken: out.NextBackwardToken})
	if err != nil || *out.Events[0].Message != "line 5" {
		t.Fatalf("further back: %v, %v", out, err)
	}
	f, err := s.FilterLogEvents(ctx, &FilterLogEventsRequest{LogGroupName: new("g"), FilterPattern: new(`"line 2"`), Limit: new(int64(4))})
	if err != nil || len(f.Events) != 4 || f.NextToken == nil {
		t.Fatalf("filter: %v, %v", f, err)
	}
	f, err = s.FilterLogEvents(ctx, &FilterLogEventsRequest{LogGroupName: new("g"), FilterPattern: new(`"line 2"`), Limit: new(int64(4)), NextToken: f.NextToken})
	if err != nil || len(f.Events) != 2 || *f.Events[1].Message != "line 24" {
		t.Fatalf("filter, second page: %v, %v", f, err)
	}
}

func TestRejectedByTime(t *testing.T) {
	s, _, now := newService(t)
	at := func(d time.Duration) *InputLogEvent { return &InputLogEvent{Timestamp: now.Add(d).UnixMilli()} }
	events := []*InputLogEvent{at(-15 * 24 * time.Hour), at(-3 * 24 * time.Hour), at(0), at(3 * time.Hour)}
	accepted, r := s.accept(events, &groupDocument{RetentionInDays: new(int64(1))})
	if len(accepted) != 1 || *r.TooOldLogEventEndIndex != 1 || *r.ExpiredLogEventEndIndex != 2 || *r.TooNewLogEventStartIndex != 3 {
		t.Errorf("accepted %d, rejected %+v", len(accepted), r)
	}
}

func TestAppendMakesGroup(t *testing.T) {
	s, ctx, now := newService(t)
	s.Append("111111111111", "eu-west-1", "/aws/lambda/f", "st", Line{now.UnixMilli(), "hello"})
	deadline := time.Now().Add(time.Minute)
	for {
		f, err := s.FilterLogEvents(ctx, &FilterLogEventsRequest{LogGroupName: new("/aws/lambda/f")})
		if err == nil && len(f.Events) == 1 && *f.Events[0].Message == "hello" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%v, %v", f, err)
		}
		time.Sleep(time.Millisecond)
	}
}
