package lambda

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"maps"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/policy"
)

// registry finds what an invocation needs without touching the store: by
// account, region and name an entry, in it the compiled plan of the function.
// Looking up takes no lock; what an edit replaces is compiled again at the next
// invocation.
type registry struct {
	seed   maphash.Seed
	shards [256]shard
	gates  sync.Map // account and region → *accountGate
}

// shard is a part of the registry, copied when a function comes or goes.
type shard struct {
	live atomic.Pointer[map[address]*entry]

	mu sync.Mutex // of writers
}

// address names a function.
type address struct{ account, region, name string }

func addressOf(f arn.Function) address { return address{f.Account, f.Region, f.Name} }

// entry is what is known of one name. It stays the same as long as the
// function exists, so that its gate counts across edits.
type entry struct {
	gate    gate
	running atomic.Int64
	account *accountGate
	busy    sync.Map // qualifier with provisioned concurrency → *atomic.Int64
	live    atomic.Pointer[plan]

	mu   sync.Mutex
	last *plan // the one compiled last: what did not change is taken from it
}

// plan is a function compiled for invoking. It is never modified.
type plan struct {
	f        *function
	entry    *entry
	routes   map[string]*route // by qualifier; "" and $LATEST lead to the same target
	reserved int64             // -1: none
}

// route is where a qualifier leads.
type route struct {
	arn       string // with the qualifier
	qualifier string
	policy    *policy.Policy // of the qualifier
	main      *target
	other     *target // of a weighted alias
	weight    float64 // share of other
	invoke    *FunctionEventInvokeConfig
	meters    meters
	// provisioned is the concurrency kept ready for the qualifier, of which busy
	// counts what is in use; nil where there is none.
	provisioned int64
	busy        *atomic.Int64
}

// target is a version that can be run.
type target struct {
	version *version
	run     *Runnable      // without CodeDir and LayerDir
	broken  error          // why it cannot be run
	folder  *watchedFolder // of local code

	mu    sync.Mutex
	ready atomic.Pointer[Runnable]
}

func newRegistry() *registry {
	r := &registry{seed: maphash.MakeSeed()}
	for i := range r.shards {
		r.shards[i].live.Store(&map[address]*entry{})
	}
	return r
}

func (r *registry) shard(a address) *shard {
	var h maphash.Hash
	h.SetSeed(r.seed)
	h.WriteString(a.name)
	h.WriteString(a.account)
	return &r.shards[h.Sum64()%uint64(len(r.shards))]
}

// find returns the entry of a name, nil if there never was one.
func (r *registry) find(a address) *entry { return (*r.shard(a).live.Load())[a] }

// entry returns the entry of a name and makes it if it is new.
func (r *registry) entry(a address) *entry {
	if e := r.find(a); e != nil {
		return e
	}
	sh := r.shard(a)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	old := *sh.live.Load()
	if e := old[a]; e != nil {
		return e
	}
	g, _ := r.gates.LoadOrStore(a.account+"/"+a.region, &accountGate{})
	e := &entry{account: g.(*accountGate)}
	next := maps.Clone(old)
	next[a] = e
	sh.live.Store(&next)
	return e
}

// drop forgets a name.
func (r *registry) drop(a address) {
	sh := r.shard(a)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	next := maps.Clone(*sh.live.Load())
	delete(next, a)
	sh.live.Store(&next)
}

// changed makes the next invocation compile a function anew, and lets the
// environments end whose code or configuration is no longer a version's.
func (s *Service) changed(a address, f *function) {
	e := s.registry.find(a)
	if e == nil {
		return
	}
	if f == nil {
		s.registry.drop(a)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.live.Store(nil)
	s.retire(e.last, f)
}

// retire ends the environments of the plan's targets that f no longer has.
func (s *Service) retire(old *plan, f *function) {
	if s.cfg.Environments == nil {
		return
	}
	for _, t := range old.targets() {
		if r := t.ready.Load(); r != nil && (f == nil || s.runs(f, t) == nil) {
			s.cfg.Environments.Retire(r.ID)
		}
	}
}

// runs returns the version of f that t runs, nil if it is gone or replaced.
func (s *Service) runs(f *function, t *target) *version {
	v := s.version(f, t.version.Config.Version)
	if v == nil || deref(v.Config.RevisionId) != deref(t.version.Config.RevisionId) {
		return nil
	}
	return v
}

// targets returns all targets of a plan by ID; p may be nil.
func (p *plan) targets() map[string]*target {
	all := map[string]*target{}
	if p == nil {
		return all
	}
	for _, r := range p.routes {
		for _, t := range []*target{r.main, r.other} {
			if t != nil {
				all[t.run.ID] = t
			}
		}
	}
	return all
}

// resolve finds where an invocation leads.
func (s *Service) resolve(ref arn.Function) (*plan, *route, error) {
	p, err := s.plan(ref)
	if err != nil {
		return nil, nil, err
	}
	if r := p.routes[ref.Qualifier]; r != nil {
		return p, r, nil
	}
	return nil, nil, functionNotFound(ref.String())
}

// plan returns the compiled function, compiling it if it was changed.
func (s *Service) plan(ref arn.Function) (*plan, error) {
	a := addressOf(ref)
	if e := s.registry.find(a); e != nil {
		if p := e.live.Load(); p != nil {
			return p, nil
		}
	}
	if _, ok := s.functions.get(key(ref)); !ok {
		return nil, functionNotFound(ref.String())
	}
	return s.compile(ref, s.registry.entry(a))
}

func (s *Service) compile(ref arn.Function, e *entry) (*plan, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if p := e.live.Load(); p != nil { // another invocation was quicker
		return p, nil
	}
	f, ok := s.functions.get(key(ref))
	if !ok {
		return nil, functionNotFound(ref.String())
	}
	e.last = s.newPlan(f, e)
	e.live.Store(e.last)
	return e.last, nil
}

// newPlan compiles f: all its qualifiers and where they lead. The entry's lock
// is held.
func (s *Service) newPlan(f *function, e *entry) *plan {
	p := &plan{f: f, entry: e, routes: map[string]*route{}, reserved: -1}
	if f.Reserved != nil {
		p.reserved = *f.Reserved
	}
	old := e.last.targets()
	targets := map[string]*target{latest: s.target(old, f, &f.Latest)}
	for _, v := range s.versions.under(key(f.ref()) + "/") {
		targets[v.Config.Version] = s.target(old, f, v)
	}
	for q, t := range targets {
		p.route(q, &route{main: t})
	}
	p.route("", &route{main: targets[latest]})
	for name, a := range f.Aliases {
		r := &route{main: targets[a.FunctionVersion]}
		for number, weight := range a.weights() {
			r.other, r.weight = targets[number], weight
		}
		if r.main != nil {
			p.route(name, r)
		}
	}
	for _, r := range p.routes {
		r.meters = s.meters(p, r)
	}
	return p
}

func (p *plan) route(qualifier string, r *route) {
	r.arn, r.qualifier = p.f.arn(qualifier), qualifier
	r.policy = p.f.Policies[qualifier].compile(r.arn)
	r.invoke = p.f.Invokes[qualifier]
	if qualifier == "" {
		r.invoke = p.f.Invokes[latest]
	}
	if kept := p.f.Provisioned[qualifier]; kept != nil {
		busy, _ := p.entry.busy.LoadOrStore(qualifier, &atomic.Int64{})
		r.provisioned, r.busy = kept.Requested, busy.(*atomic.Int64)
	}
	p.routes[qualifier] = r
}

// pick chooses the version that runs this invocation.
func (r *route) pick() *target {
	if r.other != nil && rand.Float64() < r.weight {
		return r.other
	}
	return r.main
}

// target prepares a version for running, or finds that it was prepared before.
func (s *Service) target(old map[string]*target, f *function, v *version) *target {
	id := f.arn(v.Config.Version) + "#" + deref(v.Config.RevisionId)
	if t := old[id]; t != nil {
		return t
	}
	return s.newTarget(id, f, v)
}

func (s *Service) newTarget(id string, f *function, v *version) *target {
	c := &v.Config
	logging := c.LoggingConfig
	t := &target{version: v, run: &Runnable{
		ID:      id,
		Account: f.Account, Region: f.Region, Name: f.Name, Version: c.Version, ARN: f.arn(""),
		Runtime: deref(c.Runtime), Handler: deref(c.Handler),
		MemoryMB: int(deref(c.MemorySize)), EphemeralMB: int(c.EphemeralStorage.Size),
		Timeout:  time.Duration(deref(c.Timeout)) * time.Second,
		LogGroup: deref(logging.LogGroup), LogFormat: deref(logging.LogFormat),
		AppLogLevel: deref(logging.ApplicationLogLevel), SysLogLevel: deref(logging.SystemLogLevel),
		Tracing: deref(c.TracingConfig.Mode), Role: deref(c.Role),
	}}
	t.run.Env, t.broken = s.variables(f, v)
	if c.RuntimeVersionConfig != nil {
		t.run.RuntimeVersionARN = deref(c.RuntimeVersionConfig.RuntimeVersionArn)
	}
	if s.cfg.Roles != nil {
		t.run.Credentials = func(ctx context.Context) (Credentials, error) {
			return s.cfg.Roles.Credentials(ctx, deref(c.Role), f.arn(""), f.Name)
		}
	}
	if v.Code.Folder != "" {
		t.folder = &watchedFolder{dir: v.Code.Folder}
	}
	return t
}

// runnable returns the target with its code on disk. Local folders are looked
// at anew: when they change, so does the ID, and the old environments end.
func (s *Service) runnable(ctx context.Context, t *target) (*Runnable, error) {
	if t.broken != nil {
		return nil, fmt.Errorf("run %s: %w", t.run.ID, t.broken)
	}
	if t.folder != nil {
		return s.localRunnable(t)
	}
	if r := t.ready.Load(); r != nil {
		return r, nil
	}
	return s.unpackedRunnable(ctx, t)
}

func (s *Service) unpackedRunnable(ctx context.Context, t *target) (*Runnable, error) {
	if t.version.Code.Image != "" {
		return t.keep(t.image()), nil
	}
	dir, err := s.code.folder(ctx, t.version.Code.Digest)
	if err != nil {
		return nil, fmt.Errorf("get code of %s: %w", t.run.ID, err)
	}
	r := *t.run
	r.CodeDir = dir
	if err := s.addLayers(ctx, t.version, &r); err != nil {
		return nil, err
	}
	return t.keep(&r), nil
}

func (s *Service) addLayers(ctx context.Context, v *version, r *Runnable) error {
	if len(v.Layers) == 0 {
		return nil
	}
	dir, err := s.code.folder(ctx, v.layerDigests()...)
	if err != nil {
		return fmt.Errorf("get layers of %s: %w", r.ID, err)
	}
	r.LayerDir = dir
	return nil
}

// keep makes r the target's runnable unless it has one.
func (t *target) keep(r *Runnable) *Runnable {
	if t.ready.CompareAndSwap(nil, r) {
		return r
	}
	return t.ready.Load()
}

func (s *Service) localRunnable(t *target) (*Runnable, error) {
	state, err := t.folder.current(s.now())
	if err != nil {
		return nil, err
	}
	id := t.run.ID + "#" + state[:16]
	if r := t.ready.Load(); r != nil && r.ID == id {
		return r, nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	old := t.ready.Load()
	if old != nil && old.ID == id {
		return old, nil
	}
	r := *t.run
	r.ID, r.CodeDir = id, t.folder.dir
	if err := s.addLayers(context.Background(), t.version, &r); err != nil {
		return nil, err
	}
	t.ready.Store(&r)
	if old != nil {
		s.cfg.Environments.Retire(old.ID)
	}
	return &r, nil
}

// admit takes a place among the running invocations of a function, or says how
// AWS throttles. AWS: a function with a reserved share uses that alone.
func (s *Service) admit(p *plan) (leave func(), err error) {
	if p.reserved >= 0 {
		if !p.entry.gate.enter(p.reserved) {
			return nil, throttled(reasonReserved)
		}
		return p.entry.gate.leave, nil
	}
	if !p.entry.account.enter(s.cfg.AccountConcurrency) {
		return nil, throttled(reasonAccount)
	}
	return p.entry.account.leave, nil
}

var errNoEnvironments = errors.New("no execution environments: none were configured")
