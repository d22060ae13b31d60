package apigateway

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/store"
)

// Service implements the operations of API Gateway.
type Service struct {
	unimplemented

	st         store.Store
	log        *slog.Logger
	roles      roles
	sealer     sealer
	importer   importer
	exporter   exporter
	maxTimeout int64 // of integrations, in milliseconds

	now       func() time.Time
	newID     func(n int) string // n characters of [a-z0-9]
	newSecret func(n int) string // n characters of [A-Za-z0-9]

	heads        nouns[RestApi]
	stages       nouns[stage]
	apiKeys      nouns[apiKey]
	usagePlans   nouns[usagePlan]
	planKeys     nouns[planKey]
	extensions   nouns[usageExtension]
	domains      nouns[domainName]
	mappings     nouns[BasePathMapping]
	associations nouns[DomainNameAccessAssociation]
	certificates nouns[clientCertificate]
	vpcLinks     nouns[VpcLink]
	accounts     nouns[Account]

	index      *index
	aggregates *aggregateCache
	snapshots  *snapshotCache
	usage      *usageCounter
	routes     map[string]operationRoute // by operation, for Permission

	// edits holds one token per stripe: edits of one API by this process queue
	// here instead of losing races in the store.
	edits [64]chan struct{}

	// attached guards plane and tester.
	attached sync.RWMutex
	plane    dataplane
	tester   tester

	closers []func()
}

// Config says what a Service works with. Store is required.
type Config struct {
	Store store.Store
	Log   *slog.Logger // nil: slog.Default()
	// Roles answers what callers and services may do with IAM roles. nil: all.
	Roles roles
	// Sealer seals private keys before they are stored. nil: they are stored as
	// they are.
	Sealer sealer
	// Importer and Exporter read and write OpenAPI documents. nil: the
	// operations that need them answer 501.
	Importer importer
	Exporter exporter
	// MaxIntegrationTimeout is the account's quota. 0: 29 s.
	MaxIntegrationTimeout time.Duration
}

// roles answers questions about IAM roles.
type roles interface {
	// PassRole returns nil if the caller may pass the role to the service,
	// otherwise the error that the caller sees.
	PassRole(ctx context.Context, call *awsapi.Call, roleARN, service string) error
	// CheckRole returns nil if API Gateway may assume the role and it may do the
	// action (such as logs:PutLogEvents).
	CheckRole(ctx context.Context, account, roleARN, action string) error
}

// principals may be implemented by what is given as Roles: then policies of
// APIs may only name users and roles that there are.
type principals interface {
	// PrincipalExists tells whether there is a user or role with that ARN.
	PrincipalExists(arn string) bool
}

// sealer encrypts what must not be readable in backups.
type sealer interface {
	Seal(plain []byte) ([]byte, error)
	Unseal(sealed []byte) ([]byte, error)
}

// dataplane serves what is deployed.
type dataplane interface {
	// StageChanged says that the stage was made, changed or removed, or points to
	// another deployment. LiveStage already shows it, and the edit is
	// acknowledged when StageChanged has returned.
	StageChanged(apiID, stage string)
}

// tester runs what is not deployed.
type tester interface {
	// TestMethod runs in's method of api, which is as it is now.
	TestMethod(ctx context.Context, api *Snapshot, in *TestInvokeMethodRequest) (*TestInvokeMethodResponse, error)
	// TestAuthorizer calls in's authorizer of api.
	TestAuthorizer(ctx context.Context, api *Snapshot, in *TestInvokeAuthorizerRequest) (*TestInvokeAuthorizerResponse, error)
}

// Open reads what the store holds and follows it. The store stays the
// caller's; Close before closing it.
func Open(ctx context.Context, c Config) (*Service, error) {
	return open(ctx, c, func(*Service) {})
}

// open lets set replace the clock and the ids before anything uses them.
func open(ctx context.Context, c Config, set func(*Service)) (_ *Service, err error) {
	s := &Service{
		st: c.Store, log: c.Log, roles: c.Roles, sealer: c.Sealer, importer: c.Importer, exporter: c.Exporter,
		maxTimeout: c.MaxIntegrationTimeout.Milliseconds(),
		now:        time.Now, newID: randomID, newSecret: randomSecret,
		index: newIndex(), aggregates: newAggregateCache(), snapshots: newSnapshotCache(),
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	if s.maxTimeout == 0 {
		s.maxTimeout = 29_000
	}
	for i := range s.edits {
		s.edits[i] = make(chan struct{}, 1)
	}
	set(s)
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	if err := s.openTables(ctx); err != nil {
		return nil, fmt.Errorf("open API Gateway: %w", err)
	}
	s.follow()
	if s.usage, err = openUsage(ctx, s); err != nil {
		return nil, fmt.Errorf("open API Gateway: %w", err)
	}
	s.closers = append(s.closers, s.usage.close)
	s.routes = operationRoutes(Operations.Bind(s))
	return s, nil
}

func (s *Service) openTables(ctx context.Context) error {
	for _, open := range []func() error{
		func() error { return openNouns(ctx, s, &s.heads, headPrefix) },
		func() error { return openNouns(ctx, s, &s.stages, stagePrefix) },
		func() error { return openNouns(ctx, s, &s.apiKeys, "apigateway/apikey/") },
		func() error { return openNouns(ctx, s, &s.usagePlans, usagePlanPrefix) },
		func() error { return openNouns(ctx, s, &s.planKeys, "apigateway/usageplankey/") },
		func() error { return openNouns(ctx, s, &s.extensions, "apigateway/usageextension/") },
		func() error { return openNouns(ctx, s, &s.domains, "apigateway/domainname/") },
		func() error { return openNouns(ctx, s, &s.mappings, "apigateway/basepathmapping/") },
		func() error { return openNouns(ctx, s, &s.associations, "apigateway/domainnameaccessassociation/") },
		func() error { return openNouns(ctx, s, &s.certificates, "apigateway/clientcertificate/") },
		func() error { return openNouns(ctx, s, &s.vpcLinks, "apigateway/vpclink/") },
		func() error { return openNouns(ctx, s, &s.accounts, "apigateway/account/") },
	} {
		if err := open(); err != nil {
			return err
		}
	}
	return nil
}

// Close stops following the store and writes what is still counted in memory.
func (s *Service) Close() {
	for i := len(s.closers) - 1; i >= 0; i-- {
		s.closers[i]()
	}
	s.closers = nil
}

// Attach connects the data plane, which itself needs the Service to be made.
func (s *Service) Attach(plane dataplane, t tester) {
	s.attached.Lock()
	defer s.attached.Unlock()
	s.plane, s.tester = plane, t
}

func (s *Service) stageChanged(apiID, stage string) {
	s.attached.RLock()
	plane := s.plane
	s.attached.RUnlock()
	if plane != nil {
		plane.StageChanged(apiID, stage)
	}
}

// callScope is the account and region that a call is about.
func callScope(ctx context.Context) scope {
	call := awsapi.CallFrom(ctx)
	return scope{call.Caller.Account, call.Region}
}
