package lambda

import (
	"context"
	"strings"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// eventSourceMapping is a stored mapping from a queue or stream to a function.
type eventSourceMapping struct {
	Config EventSourceMappingConfiguration `json:"config"`
	Tags   map[string]string               `json:"tags,omitzero"`
}

func noMapping() error { return notFound("The resource you requested does not exist.") }

// CreateEventSourceMapping stores a mapping.
func (s *Service) CreateEventSourceMapping(ctx context.Context, in *CreateEventSourceMappingRequest) (*EventSourceMappingConfiguration, error) {
	_, _, ref, err := s.lookup(ctx, in.FunctionName, nil)
	if err != nil {
		return nil, err
	}
	kind, err := sourceKind(in)
	if err != nil {
		return nil, err
	}
	if err := checkTags(in.Tags, nil); err != nil {
		return nil, err
	}
	if _, err := parseFilters(in.FilterCriteria); err != nil {
		return nil, err
	}
	m := &eventSourceMapping{Tags: in.Tags, Config: newMapping(in, kind)}
	c := &m.Config
	if err := checkBatch(c); err != nil {
		return nil, err
	}
	c.UUID, c.FunctionArn = new(s.newID()), new(ref.String())
	c.EventSourceMappingArn = new(arn.ARN{Partition: arn.Partition(ref.Region), Service: "lambda", Region: ref.Region, Account: ref.Account, Resource: "event-source-mapping:" + *c.UUID}.String())
	if other := s.sameMapping(ctx, c); other != nil {
		return nil, conflict("An event source mapping with %s arn (\" %s \") and function (\" %s \") already exists. Please update or delete the existing mapping with UUID %s", kind.name, deref(c.EventSourceArn), *c.FunctionArn, *other.UUID)
	}
	s.moved(c, enabledState(in.Enabled))
	if err := s.mappings.table.Insert(ctx, scope(ctx)+*c.UUID, m); err != nil {
		return nil, err
	}
	out := *c
	out.State = new("Creating")
	return &out, nil
}

// checkBatch refuses batches that AWS does.
func checkBatch(c *EventSourceMappingConfiguration) error {
	a, err := arn.Parse(deref(c.EventSourceArn))
	if err != nil || a.Service != "sqs" {
		return nil
	}
	if strings.HasSuffix(a.Resource, ".fifo") {
		switch {
		case *c.BatchSize > maxReceive:
			return invalidParameter("Batch size greater than %d is not supported for FIFO queues", maxReceive)
		case *c.MaximumBatchingWindowInSeconds > 0:
			return invalidParameter("Batching window is not supported for FIFO queues")
		}
	}
	if *c.BatchSize > maxReceive && *c.MaximumBatchingWindowInSeconds == 0 {
		return invalidParameter("Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than %d", maxReceive)
	}
	return nil
}

func enabledState(enabled *bool) string {
	if enabled != nil && !*enabled {
		return "Disabled"
	}
	return "Enabled"
}

// moved notes that a mapping has a new state.
func (s *Service) moved(c *EventSourceMappingConfiguration, state string) {
	c.State, c.StateTransitionReason = &state, new("USER_INITIATED")
	c.LastModified = &awsapi.Time{Time: s.now().UTC()}
}

// eventSource is a kind of source with its defaults.
type eventSource struct {
	name  string
	batch int64
	// stream sources have positions, retries and batches that may be split.
	stream bool
}

var eventSources = map[string]eventSource{
	"sqs":      {"SQS", 10, false},
	"kinesis":  {"kinesis", 100, true},
	"dynamodb": {"dynamodb", 100, true},
	"kafka":    {"kafka", 100, true},
	"mq":       {"mq", 100, false},
	"rds":      {"docdb", 100, true},
}

func sourceKind(in *CreateEventSourceMappingRequest) (eventSource, error) {
	if in.SelfManagedEventSource != nil {
		return eventSource{"kafka", 100, true}, nil
	}
	if in.EventSourceArn == nil {
		return eventSource{}, invalidParameter("Unrecognized event source.")
	}
	a, err := arn.Parse(*in.EventSourceArn)
	kind, ok := eventSources[a.Service]
	if err != nil || !ok {
		return eventSource{}, invalidParameter("Unrecognized event source. Must be either kinesis, dynamodb, sqs, kafka, mq or docdb.")
	}
	if kind.stream && in.StartingPosition == nil {
		return eventSource{}, invalidParameter("1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.")
	}
	return kind, nil
}

// newMapping is a request with AWS's defaults.
func newMapping(in *CreateEventSourceMappingRequest, kind eventSource) EventSourceMappingConfiguration {
	c := EventSourceMappingConfiguration{
		StartingPosition: in.StartingPosition, StartingPositionTimestamp: in.StartingPositionTimestamp, BatchSize: new(kind.batch),
		MaximumBatchingWindowInSeconds: new(int64(0)), ParallelizationFactor: in.ParallelizationFactor, EventSourceArn: in.EventSourceArn,
		FilterCriteria: in.FilterCriteria, KMSKeyArn: in.KMSKeyArn, MetricsConfig: in.MetricsConfig, LoggingConfig: in.LoggingConfig,
		ScalingConfig: in.ScalingConfig, DestinationConfig: in.DestinationConfig, Topics: in.Topics, Queues: in.Queues,
		SourceAccessConfigurations: in.SourceAccessConfigurations, SelfManagedEventSource: in.SelfManagedEventSource,
		MaximumRecordAgeInSeconds: in.MaximumRecordAgeInSeconds, BisectBatchOnFunctionError: in.BisectBatchOnFunctionError,
		MaximumRetryAttempts: in.MaximumRetryAttempts, TumblingWindowInSeconds: in.TumblingWindowInSeconds,
		FunctionResponseTypes: in.FunctionResponseTypes, AmazonManagedKafkaEventSourceConfig: in.AmazonManagedKafkaEventSourceConfig,
		SelfManagedKafkaEventSourceConfig: in.SelfManagedKafkaEventSourceConfig, DocumentDBEventSourceConfig: in.DocumentDBEventSourceConfig,
		ProvisionedPollerConfig: in.ProvisionedPollerConfig,
	}
	set(&c.BatchSize, in.BatchSize)
	set(&c.MaximumBatchingWindowInSeconds, in.MaximumBatchingWindowInSeconds)
	if kind.name == "kinesis" || kind.name == "dynamodb" {
		orDefault(&c.ParallelizationFactor, 1)
		orDefault(&c.MaximumRecordAgeInSeconds, -1)
		orDefault(&c.MaximumRetryAttempts, -1)
		orDefault(&c.TumblingWindowInSeconds, 0)
		orDefault(&c.BisectBatchOnFunctionError, false)
		c.LastProcessingResult = new("No records processed")
		if c.DestinationConfig == nil {
			c.DestinationConfig = &DestinationConfig{OnFailure: &OnFailure{}}
		}
	}
	if c.FunctionResponseTypes == nil {
		c.FunctionResponseTypes = []string{}
	}
	return c
}

func orDefault[T any](field **T, value T) {
	if *field == nil {
		*field = &value
	}
}

// sameMapping finds a mapping of the same source to the same function.
func (s *Service) sameMapping(ctx context.Context, c *EventSourceMappingConfiguration) *EventSourceMappingConfiguration {
	for _, m := range s.mappings.under(scope(ctx)) {
		if c.EventSourceArn != nil && deref(m.Config.EventSourceArn) == *c.EventSourceArn && deref(m.Config.FunctionArn) == *c.FunctionArn {
			return &m.Config
		}
	}
	return nil
}

// GetEventSourceMapping shows a mapping.
func (s *Service) GetEventSourceMapping(ctx context.Context, in *GetEventSourceMappingRequest) (*EventSourceMappingConfiguration, error) {
	m, ok := s.mappings.get(scope(ctx) + in.UUID)
	if !ok {
		return nil, noMapping()
	}
	return s.shown(scope(ctx)+in.UUID, m), nil
}

// ListEventSourceMappings lists the mappings, of a source or function if asked.
func (s *Service) ListEventSourceMappings(ctx context.Context, in *ListEventSourceMappingsRequest) (*ListEventSourceMappingsResponse, error) {
	function := ""
	if in.FunctionName != nil {
		ref, err := functionNamed(ctx, *in.FunctionName, nil)
		if err != nil {
			return nil, err
		}
		function = ref.String()
	}
	var items []*EventSourceMappingConfiguration
	for k, m := range s.mappings.under(scope(ctx)) {
		c := s.shown(k, m)
		if (function == "" || deref(c.FunctionArn) == function) && (in.EventSourceArn == nil || deref(c.EventSourceArn) == *in.EventSourceArn) {
			items = append(items, c)
		}
	}
	page, next, err := pageOf(items, in.Marker, in.MaxItems, func(c *EventSourceMappingConfiguration) string { return *c.UUID })
	return &ListEventSourceMappingsResponse{EventSourceMappings: page, NextMarker: next}, err
}

// UpdateEventSourceMapping changes what it names.
func (s *Service) UpdateEventSourceMapping(ctx context.Context, in *UpdateEventSourceMappingRequest) (*EventSourceMappingConfiguration, error) {
	var ref *string
	if in.FunctionName != nil {
		_, _, r, err := s.lookup(ctx, *in.FunctionName, nil)
		if err != nil {
			return nil, err
		}
		ref = new(r.String())
	}
	if _, err := parseFilters(in.FilterCriteria); err != nil {
		return nil, err
	}
	moving := "Updating"
	m, err := s.editMapping(ctx, in.UUID, func(m *eventSourceMapping) error {
		c := &m.Config
		c.merge(in)
		set(&c.FunctionArn, ref)
		state := deref(c.State)
		if in.Enabled != nil && enabledState(in.Enabled) != state {
			state = enabledState(in.Enabled)
			moving = map[string]string{"Enabled": "Enabling", "Disabled": "Disabling"}[state]
		}
		s.moved(c, state)
		return checkBatch(c)
	})
	if err != nil {
		return nil, err
	}
	out := m.Config
	out.State = &moving
	return &out, nil
}

func (c *EventSourceMappingConfiguration) merge(in *UpdateEventSourceMappingRequest) {
	set(&c.BatchSize, in.BatchSize)
	set(&c.FilterCriteria, in.FilterCriteria)
	set(&c.KMSKeyArn, in.KMSKeyArn)
	set(&c.MetricsConfig, in.MetricsConfig)
	set(&c.LoggingConfig, in.LoggingConfig)
	set(&c.ScalingConfig, in.ScalingConfig)
	set(&c.MaximumBatchingWindowInSeconds, in.MaximumBatchingWindowInSeconds)
	set(&c.ParallelizationFactor, in.ParallelizationFactor)
	set(&c.DestinationConfig, in.DestinationConfig)
	set(&c.MaximumRecordAgeInSeconds, in.MaximumRecordAgeInSeconds)
	set(&c.BisectBatchOnFunctionError, in.BisectBatchOnFunctionError)
	set(&c.MaximumRetryAttempts, in.MaximumRetryAttempts)
	set(&c.TumblingWindowInSeconds, in.TumblingWindowInSeconds)
	set(&c.AmazonManagedKafkaEventSourceConfig, in.AmazonManagedKafkaEventSourceConfig)
	set(&c.SelfManagedKafkaEventSourceConfig, in.SelfManagedKafkaEventSourceConfig)
	set(&c.DocumentDBEventSourceConfig, in.DocumentDBEventSourceConfig)
	set(&c.ProvisionedPollerConfig, in.ProvisionedPollerConfig)
	if in.SourceAccessConfigurations != nil {
		c.SourceAccessConfigurations = in.SourceAccessConfigurations
	}
	if in.FunctionResponseTypes != nil {
		c.FunctionResponseTypes = in.FunctionResponseTypes
	}
}

func (s *Service) editMapping(ctx context.Context, id string, change func(*eventSourceMapping) error) (*eventSourceMapping, error) {
	return s.mappings.update(ctx, scope(ctx)+id, func(old *eventSourceMapping) (*eventSourceMapping, error) {
		if old == nil {
			return nil, noMapping()
		}
		m := *old
		return &m, change(&m)
	})
}

func (s *Service) tagEventSourceMapping(ctx context.Context, id string, change func(map[string]string) (map[string]string, error)) error {
	_, err := s.editMapping(ctx, id, func(m *eventSourceMapping) (err error) {
		m.Tags, err = change(m.Tags)
		return err
	})
	return err
}

// DeleteEventSourceMapping removes a mapping.
func (s *Service) DeleteEventSourceMapping(ctx context.Context, in *DeleteEventSourceMappingRequest) (*EventSourceMappingConfiguration, error) {
	var out EventSourceMappingConfiguration
	_, err := s.mappings.update(ctx, scope(ctx)+in.UUID, func(old *eventSourceMapping) (*eventSourceMapping, error) {
		if old == nil {
			return nil, noMapping()
		}
		out = old.Config
		return nil, nil
	})
	if err != nil {
		return nil, err
	}
	out.State = new("Deleting")
	return &out, nil
}

// mappingResource is the ARN of a mapping for permissions.
func mappingResource(call *awsapi.Call, id string) string {
	return arn.ARN{Partition: arn.Partition(call.Region), Service: "lambda", Region: call.Region, Account: call.Caller.Account, Resource: "event-source-mapping:" + strings.ToLower(id)}.String()
}
