package lambda

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"fmt"
	"hash/maphash"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/store"
)

// Config is what the service needs. Store and CodeDir are required; without
// the others it does without: no authority permits everything.
type Config struct {
	Store store.Store
	// CodeDir is a folder for unpacked code packages, of this process alone.
	CodeDir string
	// Endpoint is where clients reach the server: "http://127.0.0.1:4566".
	Endpoint string
	// URLDomain is what follows the id in the host of a function URL, after the
	// region: "on.aws" makes https://{id}.lambda-url.{region}.on.aws/.
	URLDomain string
	// SealKey seals environment variables at rest: 32 bytes, the same on all
	// nodes; nil stores them as they are.
	SealKey []byte
	// Secret signs the links to code packages. Nodes of one cluster share it; nil
	// means a random one.
	Secret []byte

	// LocalCode allows code in folders of this machine.
	LocalCode bool
	// Images finds the container images that Environments runs; nil for none.
	Images images
	// StrictRuntimes refuses runtimes that AWS no longer takes.
	StrictRuntimes bool
	// AccountConcurrency is the account's limit of running invocations; 0 means
	// AWS's 1000.
	AccountConcurrency int64
	// UnreservedMinimum cannot be reserved; 0 means AWS's 100.
	UnreservedMinimum int64
	Async             AsyncConfig

	Environments environments
	// Provisioner keeps environments ready; nil keeps none.
	Provisioner provisioner
	Authority   authority
	Roles       roles
	// Remote reaches S3, SQS, SNS and EventBridge; Objects and Deliverer, if set,
	// take its place.
	Remote    Remote
	Objects   objects
	Deliverer deliverer
	Metrics   metrics
	Log       *slog.Logger

	Now   func() time.Time
	NewID func() string // UUIDs
}

// Service implements the operations and runs functions.
type Service struct {
	unimplemented

	cfg   Config
	log   *slog.Logger
	now   func() time.Time
	newID func() string
	seal  cipher.AEAD // nil without a key

	functions     documents[function]
	versions      documents[version]
	layers        documents[layer]
	layerVersions documents[layerVersion]
	codeSigning   documents[codeSigningConfig]
	mappings      documents[eventSourceMapping]
	records       documents[codeRecord]

	code     *codeCache
	registry *registry
	remote   *remote
	urls     sync.Map // id of a function URL → key of its function
	locks    editLocks
	keeper   keeper
	results  lastResults

	// collecting is held while code is removed, and shared while it is stored.
	collecting sync.RWMutex

	stop    context.CancelFunc
	running sync.WaitGroup
}

// Open reads what is stored and starts working on waiting events.
func Open(ctx context.Context, cfg Config) (*Service, error) {
	cfg = cfg.withDefaults()
	away := newRemote(cfg.Remote, cfg.Now)
	if cfg.Objects == nil {
		cfg.Objects = away
	}
	if cfg.Deliverer == nil {
		cfg.Deliverer = away
	}
	s := &Service{remote: away, cfg: cfg, log: cfg.Log, now: cfg.Now, newID: cfg.NewID, registry: newRegistry(), locks: editLocks{seed: maphash.MakeSeed()}}
	var err error
	if s.seal, err = newSeal(cfg.SealKey); err != nil {
		return nil, fmt.Errorf("open lambda: %w", err)
	}
	if s.code, err = openCodeCache(cfg.CodeDir, cfg.Store); err != nil {
		return nil, err
	}
	s.code.sweep()
	if err := s.openTables(ctx); err != nil {
		s.closeTables()
		return nil, fmt.Errorf("open lambda: %w", err)
	}
	s.keeper.init()
	s.functions.table.Subscribe(s.functionsChanged)
	s.versions.table.Subscribe(s.versionsChanged)
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	s.mappings.table.Subscribe((&pollers{s: s, ctx: working, stop: map[string]context.CancelFunc{}}).mappingsChanged)
	s.running.Go(func() { s.async(working) })
	s.running.Go(func() { s.keep(working) })
	s.running.Go(func() { s.collectGarbage(working) })
	return s, nil
}

func (cfg Config) withDefaults() Config {
	if cfg.AccountConcurrency == 0 {
		cfg.AccountConcurrency = 1000
	}
	if cfg.UnreservedMinimum == 0 {
		cfg.UnreservedMinimum = 100
	}
	if cfg.Secret == nil {
		cfg.Secret = []byte(rand.Text()) // links end with the process
	}
	if cfg.URLDomain == "" {
		cfg.URLDomain = "on.aws"
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.NewID == nil {
		cfg.NewID = awsapi.NewRequestID
	}
	cfg.Async = cfg.Async.withDefaults()
	return cfg
}

func (s *Service) openTables(ctx context.Context) (err error) {
	if s.functions, err = openDocuments[function](ctx, s.cfg.Store, "lambda/function/"); err != nil {
		return err
	}
	if s.versions, err = openDocuments[version](ctx, s.cfg.Store, "lambda/version/"); err != nil {
		return err
	}
	if s.layers, err = openDocuments[layer](ctx, s.cfg.Store, "lambda/layer/"); err != nil {
		return err
	}
	if s.layerVersions, err = openDocuments[layerVersion](ctx, s.cfg.Store, "lambda/layerversion/"); err != nil {
		return err
	}
	if s.codeSigning, err = openDocuments[codeSigningConfig](ctx, s.cfg.Store, "lambda/codesigning/"); err != nil {
		return err
	}
	if s.records, err = openDocuments[codeRecord](ctx, s.cfg.Store, "lambda/code/"); err != nil {
		return err
	}
	s.mappings, err = openDocuments[eventSourceMapping](ctx, s.cfg.Store, "lambda/mapping/")
	return err
}

func (s *Service) closeTables() {
	closeTable(s.functions)
	closeTable(s.versions)
	closeTable(s.layers)
	closeTable(s.layerVersions)
	closeTable(s.codeSigning)
	closeTable(s.mappings)
	closeTable(s.records)
}

func closeTable[T any](d documents[T]) {
	if d.table != nil {
		d.table.Close()
	}
}

// Close stops working on events and waits for those that run; what is not done
// stays queued.
func (s *Service) Close() error {
	s.stop()
	s.running.Wait()
	s.closeTables()
	return nil
}

// functionsChanged keeps the registry in step with the store.
func (s *Service) functionsChanged(changes []store.TableChange[function]) {
	for _, c := range changes {
		s.indexURLs(c)
		s.changed(addressOfKey(c.Key), c.New)
		s.keeper.changed(addressOfKey(c.Key), c.New)
	}
}

// versionsChanged does so for versions, whose functions may have been written
// in the same commit and be seen first.
func (s *Service) versionsChanged(changes []store.TableChange[version]) {
	for _, c := range changes {
		name := c.Key[:strings.LastIndexByte(c.Key, '/')]
		f, _ := s.functions.get(name)
		s.changed(addressOfKey(name), f)
	}
}

// addressOfKey takes a function's key apart.
func addressOfKey(key string) address {
	account, rest, _ := strings.Cut(key, "/")
	region, name, _ := strings.Cut(rest, "/")
	return address{account, region, name}
}
