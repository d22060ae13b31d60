package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/lambdagate/lambdagate/internal/apigateway"
	"github.com/lambdagate/lambdagate/internal/audit"
	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/certs"
	"github.com/lambdagate/lambdagate/internal/gateway"
	"github.com/lambdagate/lambdagate/internal/http1"
	"github.com/lambdagate/lambdagate/internal/iam"
	"github.com/lambdagate/lambdagate/internal/lambda"
	"github.com/lambdagate/lambdagate/internal/logs"
	"github.com/lambdagate/lambdagate/internal/metrics"
	"github.com/lambdagate/lambdagate/internal/openapi"
	"github.com/lambdagate/lambdagate/internal/requests"
	"github.com/lambdagate/lambdagate/internal/sandbox"
	"github.com/lambdagate/lambdagate/internal/store"
	"github.com/lambdagate/lambdagate/internal/store/postgres"
	"github.com/lambdagate/lambdagate/internal/store/sqlite"
	"github.com/lambdagate/lambdagate/internal/sts"
)

// Server is a running lambdagate.
type Server struct {
	config  Config
	dir     string // data folder; "" where nothing is kept
	log     *slog.Logger
	started time.Time
	sealKey []byte

	store      store.Store
	commits    commitCount // of the store
	audit      *audit.Trail
	iam        *iam.Service
	logs       *logs.Service
	metrics    *metrics.Service
	sandbox    *sandbox.Manager
	lambda     *lambda.Service
	apigateway *apigateway.Service
	gateway    *gateway.Gateway
	requests   *requests.Service

	auth     *authenticator
	guard    guard
	registry *awsapi.Registry
	wire     *awsapi.Wire
	names    []string // of this server, in lower case
	own      http.Handler
	console  http.Handler
	sessions *sessions
	attempts struct{ bySource, byName *limiter } // to sign in

	listener, socket net.Listener
	quick            *http1.Server
	http, cli        *http.Server
	certificates     *certs.Certificates // nil: plain HTTP
	redirectFrom     net.Listener        // nil: no redirect to HTTPS
	redirect         *http.Server
	innerPort        net.Listener // for functions, where the port has TLS
	inner            *http.Server
	closers          []closer
}

// closer ends one part; parts are closed in the reverse order of their opening.
type closer struct {
	name  string
	close func(context.Context) error
}

// New opens everything and the port; Run serves. It reads as the architecture:
// what comes later may use what comes before.
func New(ctx context.Context, c Config) (_ *Server, err error) {
	s := &Server{config: c, started: time.Now()}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if err := c.check(); err != nil {
		return nil, err
	}
	if c.LogTo == nil {
		c.LogTo = os.Stderr
	}
	if s.log, err = newLog(c.LogTo, c.LogLevel); err != nil {
		return nil, err
	}
	if err := s.bind(); err != nil {
		return nil, err
	}
	for _, open := range []func(context.Context) error{
		s.openStore, s.openAudit, s.openIdentities, s.openCertificates, s.openLogs, s.openMetrics, s.openSandbox, s.openLambda, s.openAPIs, s.openDoors, s.openRedirect,
	} {
		if err := open(ctx); err != nil {
			return nil, err
		}
	}
	return s, s.listen()
}

func (s *Server) onClose(name string, f func(context.Context) error) {
	s.closers = append(s.closers, closer{name, f})
}

func (s *Server) openStore(ctx context.Context) (err error) {
	storeDir := ""
	if s.dir, err = s.config.dataFolder(); err != nil {
		return err
	}
	if s.dir != "" {
		if err := os.MkdirAll(s.dir, 0o700); err != nil {
			return fmt.Errorf("make the data folder: %w", err)
		}
		storeDir = filepath.Join(s.dir, "store")
	}
	if s.config.Database != "" {
		s.store, err = s.openDatabase(ctx)
	} else {
		s.store, err = sqlite.Open(ctx, sqlite.Config{Dir: storeDir, LogBytes: int64(s.config.Logs.MaxMB) << 20, AuditBytes: int64(s.config.Audit.MaxMB) << 20})
	}
	if err != nil {
		return fmt.Errorf("open the data folder %s: %w", s.dir, err)
	}
	s.store = countedStore{s.store, &s.commits}
	s.onClose("store", func(context.Context) error { return s.store.Close() })
	return nil
}

// openDatabase opens the store of several machines; blobs are cached here.
func (s *Server) openDatabase(ctx context.Context) (store.Store, error) {
	cache, err := s.workFolder("blobs")
	if err != nil {
		return nil, err
	}
	return postgres.Open(ctx, postgres.Config{URL: s.config.Database, CacheDir: cache})
}

func (s *Server) openIdentities(ctx context.Context) (err error) {
	if err := s.openSealKey(ctx); err != nil {
		return err
	}
	if s.iam, err = iam.Open(ctx, iam.Config{Store: s.store, SealKey: s.sealKey, Issuers: s.config.IdentityProviders}); err != nil {
		return err
	}
	s.onClose("iam", func(context.Context) error { return s.iam.Close() })
	return nil
}

func (s *Server) openLogs(ctx context.Context) (err error) {
	if s.logs, err = logs.Open(ctx, logs.Config{Store: s.store, Log: s.log}); err != nil {
		return err
	}
	s.onClose("logs", func(context.Context) error { return s.logs.Close() })
	return nil
}

func (s *Server) openMetrics(ctx context.Context) (err error) {
	if s.metrics, err = metrics.Open(ctx, metrics.Config{Store: s.store, Log: s.log}); err != nil {
		return err
	}
	s.onClose("metrics", func(context.Context) error { return s.metrics.Close() })
	return nil
}

func (s *Server) openSandbox(ctx context.Context) (err error) {
	r := s.config.Runtimes
	run, err := s.workFolder("run")
	if err != nil {
		return err
	}
	paths := sortPaths(r.Paths)
	prestart := r.Prestart
	if prestart == 0 {
		prestart = -1
	}
	s.sandbox, err = sandbox.Open(ctx, sandbox.Config{
		Dir: run, Runtimes: r.Cache, Node: paths.node, Python: paths.python, RuntimeDirs: paths.folders, Commands: r.Commands, Env: s.functionEnv(), Isolation: isolations[r.Isolation], MemoryBudgetMB: r.MemoryBudgetMB,
		IdleTimeout: time.Duration(r.IdleTimeout), PreStarted: prestart, NoCopies: !r.Copies, Freeze: r.Freeze, Engine: r.Engine, Logs: functionLogs{s.logs},
		Progress: func(m string) { fmt.Fprintln(os.Stderr, m) },
	})
	if err != nil {
		return err
	}
	s.onClose("sandbox", s.sandbox.Close)
	return nil
}

var isolations = map[string]sandbox.Isolation{"auto": sandbox.IsolationAuto, "required": sandbox.IsolationRequired, "off": sandbox.IsolationOff}

// workFolder is a folder for what can be made anew: in the data folder, else a
// temporary one.
func (s *Server) workFolder(name string) (string, error) {
	if s.dir != "" {
		return filepath.Join(s.dir, name), nil
	}
	dir, err := os.MkdirTemp("", "lambdagate-"+name+"-")
	if err != nil {
		return "", fmt.Errorf("make a temporary folder: %w", err)
	}
	s.onClose("temporary folder", func(context.Context) error { return os.RemoveAll(dir) })
	return dir, nil
}

func (s *Server) openLambda(ctx context.Context) error {
	code, err := s.workFolder("code")
	if err != nil {
		return err
	}
	l := s.config.Lambda
	inspect, err := l.inspected()
	if err != nil {
		return err
	}
	running := environments{s.sandbox, inspect}
	cfg := lambda.Config{
		Store: s.store, SealKey: s.sealKey, Secret: s.secretFor("links to code"), CodeDir: code, Remote: s.config.remote(), Endpoint: s.URL(), LocalCode: s.config.Mode == "dev", StrictRuntimes: l.RefuseDeprecated,
		Async:        lambda.AsyncConfig{RetryDelays: l.retryDelays()},
		Environments: running, Provisioner: running, Authority: functionAuthority{s.iam}, Roles: functionRoles{s.iam}, Metrics: functionMetrics{s.metrics.Set()}, Log: s.log,
	}
	if s.config.Runtimes.Engine != "" {
		cfg.Images = images{s.sandbox}
	}
	if s.lambda, err = lambda.Open(ctx, cfg); err != nil {
		return err
	}
	s.onClose("lambda", func(context.Context) error { return s.lambda.Close() })
	return nil
}

func (s *Server) openAPIs(ctx context.Context) (err error) {
	seal, err := newSealer(s.sealKey)
	if err != nil {
		return err
	}
	if s.apigateway, err = apigateway.Open(ctx, apigateway.Config{
		Store: s.store, Log: s.log, Roles: apiRoles{s.iam}, Sealer: seal,
		Importer: openapi.Importer{}, Exporter: openapi.Exporter{},
	}); err != nil {
		return err
	}
	s.onClose("apigateway", func(context.Context) error { s.apigateway.Close(); return nil })
	s.gateway = gateway.New(gateway.Config{
		Stages: s.apigateway, Domains: s.apigateway, Keys: s.apigateway, Links: s.apigateway,
		Invoker: functionInvoker{s.lambda}, Identities: apiIdentities{s.iam}, Logs: apiLogs{s.logs}, Metrics: apiMetrics{s.metrics.Set()}, Traces: s.openTracing(), Streams: s.openFirehose(),
		Endpoint: s.config.endpoint, LinkAddress: s.config.linkAddress, CognitoIssuer: s.config.issuer, KeepExecutions: true,
	})
	s.onClose("gateway", func(context.Context) error { s.gateway.Close(); return nil })
	s.apigateway.Attach(s.gateway, apiTester{s.gateway})
	return nil
}

func (s *Server) openDoors(ctx context.Context) error {
	s.auth = &authenticator{keys: s.iam, verify: s.config.Mode != "dev", now: time.Now}
	for _, p := range s.config.TrustedProxies {
		prefix, err := netip.ParsePrefix(p)
		if err != nil {
			return fmt.Errorf("trusted proxy %q: %w", p, err)
		}
		s.auth.proxies = append(s.auth.proxies, prefix)
	}
	s.guard = guard{hosts: s.config.AllowHosts, origins: s.config.AllowOrigins}
	s.registry = awsapi.NewRegistry(s.log, s.iam, s.audit.Call,
		apigateway.Operations.Bind(s.apigateway), lambda.Operations.Bind(s.lambda), iam.Operations.Bind(s.iam),
		sts.Operations.Bind(sts.New(s.iam)), logs.Operations.Bind(s.logs), metrics.Operations.Bind(s.metrics))
	s.wire = &awsapi.Wire{Registry: s.registry, Authenticate: s.auth.authenticate, Region: region, ClientIP: s.auth.clientIP, Secure: s.auth.secure}
	s.openRequests()
	s.names = s.ownNames()
	s.own = s.ownRoutes()
	return s.openConsole(ctx)
}
