package logs

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/store"
)

// groupDocument is a stored log group.
type groupDocument struct {
	Name            string            `json:"name"`
	Created         int64             `json:"created"` // milliseconds
	RetentionInDays *int64            `json:"retentionInDays,omitzero"`
	KmsKeyID        *string           `json:"kmsKeyId,omitzero"`
	Class           string            `json:"class"`
	Protected       bool              `json:"protected,omitzero"`
	Tags            map[string]string `json:"tags,omitzero"`
}

// retentions are the numbers of days that AWS takes.
var retentions = []int64{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

// CreateLogGroup adds a group.
func (s *Service) CreateLogGroup(ctx context.Context, in *CreateLogGroupRequest) (*awsapi.Empty, error) {
	d := &groupDocument{Name: in.LogGroupName, Created: s.millis(), KmsKeyID: in.KmsKeyId, Class: "STANDARD", Tags: in.Tags}
	if in.LogGroupClass != nil {
		d.Class = *in.LogGroupClass
	}
	if in.DeletionProtectionEnabled != nil {
		d.Protected = *in.DeletionProtectionEnabled
	}
	err := s.groups.Insert(ctx, place(ctx)+in.LogGroupName, d)
	if errors.Is(err, store.ErrConflict) {
		return nil, groupExists()
	}
	return nil, err
}

// group finds a group of the caller's account and region by name or ARN, of
// which one has to be given.
func (s *Service) group(ctx context.Context, name, identifier *string) (*groupDocument, error) {
	switch {
	case name != nil && identifier != nil:
		return nil, validation("LogGroup name and LogGroup ARN are mutually exclusive parameters.")
	case identifier != nil:
		n := groupOfARN(*identifier)
		name = &n
	case name == nil:
		return nil, validation("Either LogGroup name or LogGroup ARN has to be given.")
	}
	d, _, ok := s.groups.Get(place(ctx) + *name)
	if !ok {
		return nil, groupNotFound()
	}
	return d, nil
}

// groupOfARN is the group in arn:aws:logs:region:account:log-group:name[:*]; a
// plain name stays.
func groupOfARN(s string) string {
	if _, rest, ok := strings.Cut(s, ":log-group:"); ok {
		name, _, _ := strings.Cut(rest, ":")
		return name
	}
	return s
}

func groupARN(ctx context.Context, name string) string {
	c := awsapi.CallFrom(ctx)
	return "arn:aws:logs:" + c.Region + ":" + c.Caller.Account + ":log-group:" + name
}

func (s *Service) editGroup(ctx context.Context, name string, change func(d *groupDocument) error) error {
	_, err := s.groups.Update(ctx, place(ctx)+name, func(old *groupDocument) (*groupDocument, error) {
		if old == nil {
			return nil, groupNotFound()
		}
		d := *old
		return &d, change(&d)
	})
	return err
}

// DeleteLogGroup removes a group with its streams and lines.
func (s *Service) DeleteLogGroup(ctx context.Context, in *DeleteLogGroupRequest) (*awsapi.Empty, error) {
	key := place(ctx) + in.LogGroupName
	d, rev, ok := s.groups.Get(key)
	if !ok {
		return nil, groupNotFound()
	}
	if d.Protected {
		return nil, validation("The log group is protected against deletion.")
	}
	changes := []store.Change{s.groups.DeleteChange(key, rev)}
	for k := range s.streams.Range(key+streamSeparator, "") {
		changes = append(changes, s.streams.DeleteChange(k, store.Any))
	}
	if err := s.store.DeleteLogs(ctx, key, ""); err != nil {
		return nil, err
	}
	at, err := s.store.Commit(ctx, changes...)
	if err != nil {
		return nil, err
	}
	return nil, s.groups.WaitFor(ctx, at)
}

// DescribeLogGroups lists groups by name.
func (s *Service) DescribeLogGroups(ctx context.Context, in *DescribeLogGroupsRequest) (*DescribeLogGroupsResponse, error) {
	if in.LogGroupNamePrefix != nil && in.LogGroupNamePattern != nil {
		return nil, invalidParameter("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
	}
	prefix := ""
	if in.LogGroupNamePrefix != nil {
		prefix = *in.LogGroupNamePrefix
	}
	list := []*LogGroup{}
	for _, d := range s.groups.Range(place(ctx)+prefix, "") {
		if in.LogGroupNamePattern != nil && !strings.Contains(strings.ToLower(d.Name), strings.ToLower(*in.LogGroupNamePattern)) {
			continue
		}
		if in.LogGroupClass != nil && d.Class != *in.LogGroupClass {
			continue
		}
		list = append(list, s.describeGroup(ctx, d))
	}
	items, next, err := page(list, in.NextToken, in.Limit, func(g *LogGroup) string { return g.LogGroupName })
	return &DescribeLogGroupsResponse{LogGroups: items, NextToken: next}, err
}

func (s *Service) describeGroup(ctx context.Context, d *groupDocument) *LogGroup {
	arn := groupARN(ctx, d.Name)
	return &LogGroup{
		LogGroupName: d.Name, CreationTime: &d.Created, RetentionInDays: d.RetentionInDays, MetricFilterCount: new(int64(0)),
		Arn: arn + ":*", StoredBytes: new(s.storedBytes(ctx, d.Name)), KmsKeyId: d.KmsKeyID,
		LogGroupClass: &d.Class, LogGroupArn: &arn, DeletionProtectionEnabled: &d.Protected,
	}
}

func (s *Service) storedBytes(ctx context.Context, name string) (n int64) {
	streams, err := s.store.LogStreams(ctx, place(ctx)+name)
	if err != nil {
		return 0 // a figure only
	}
	for _, st := range streams {
		n += st.Bytes
	}
	return n
}

// page cuts a page; pages of descriptions hold 50.
func page[T any](list []T, token *string, limit *int64, key func(T) string) ([]T, *string, error) {
	n, position := 50, ""
	if limit != nil {
		n = int(*limit)
	}
	if token != nil {
		position = *token
	}
	items, next, ok := awsapi.Page(list, position, n, key)
	if !ok {
		return nil, nil, invalidParameter("The specified nextToken is invalid.")
	}
	if next == "" {
		return items, nil, nil
	}
	return items, &next, nil
}

// PutRetentionPolicy sets after how many days lines go.
func (s *Service) PutRetentionPolicy(ctx context.Context, in *PutRetentionPolicyRequest) (*awsapi.Empty, error) {
	if !slices.Contains(retentions, in.RetentionInDays) {
		return nil, invalidParameter("1 validation error detected: Value '%d' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: %v", in.RetentionInDays, retentions)
	}
	return nil, s.editGroup(ctx, in.LogGroupName, func(d *groupDocument) error {
		d.RetentionInDays = new(in.RetentionInDays)
		return nil
	})
}

// DeleteRetentionPolicy lets lines stay.
func (s *Service) DeleteRetentionPolicy(ctx context.Context, in *DeleteRetentionPolicyRequest) (*awsapi.Empty, error) {
	return nil, s.editGroup(ctx, in.LogGroupName, func(d *groupDocument) error {
		d.RetentionInDays = nil
		return nil
	})
}
