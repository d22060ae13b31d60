package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lambdagate/lambdagate/internal/sandbox/engine"
	"github.com/lambdagate/lambdagate/internal/sandbox/jail"
	"github.com/lambdagate/lambdagate/internal/sandbox/noderuntime"
)

// Init must be the first call in main, and in TestMain of packages whose tests
// open a Manager: environments start by running the program again, and such a
// run ends in Init.
func Init() { jail.Main() }

// Isolation says what to do where the kernel's walls cannot be had.
type Isolation string

// The settings of isolation.
const (
	// IsolationAuto puts up walls where possible and runs plain processes
	// elsewhere; Protections tells which.
	IsolationAuto Isolation = "auto"
	// IsolationRequired refuses to run anything without walls.
	IsolationRequired Isolation = "required"
	// IsolationOff runs plain processes: functions can do what the server can.
	IsolationOff Isolation = "off"
)

// Config are the settings of a Manager. The zero value of a field means the
// default that its comment names.
type Config struct {
	// Dir is a folder for what environments need while they run. It is made if
	// it is not there. Required.
	Dir string
	// Runtimes is the cache of language runtimes: the user's cache folder.
	Runtimes string
	// Node gives binaries for identifiers ("nodejs20.x") or major versions
	// ("20"), instead of fetched ones.
	Node map[string]string
	// Python gives interpreters for minor versions ("3.12"), instead of those on
	// PATH.
	Python map[string]string
	// RuntimeDirs gives, for identifiers such as "java21" or "ruby3.3", folders
	// that become /var/runtime and whose program bootstrap speaks the HTTP
	// Runtime API.
	RuntimeDirs map[string]string
	// Commands start such runtimes instead of a program called bootstrap.
	// $_HANDLER in an argument stands for the function's handler.
	Commands map[string][]string
	// Env are variables of all functions; a function's own win.
	Env map[string]string
	// Engine is the address of a Docker engine, for functions that are container
	// images: unix:///var/run/docker.sock.
	Engine string
	// Freeze stops environments between two events, as AWS does: timers and
	// processes that a function leaves behind go on at its next event only.
	Freeze bool
	// NoSDK switches off the AWS SDK for JavaScript, which is otherwise fetched
	// when a function asks for it and does not have it.
	NoSDK bool
	// Isolation: IsolationAuto.
	Isolation Isolation
	// Network that functions see: jail.HostNetwork.
	Network jail.Network
	// MemoryBudgetMB is what all environments together may hold: three quarters
	// of the machine's memory.
	MemoryBudgetMB int
	// IdleTimeout is how long an unused environment is kept: ten minutes.
	IdleTimeout time.Duration
	// InitTimeout is what loading a function may take: ten seconds, as on AWS.
	InitTimeout time.Duration
	// PreStarted is the largest number of processes started ahead, over all
	// runtimes: two. Negative switches starting ahead off. See stock.
	PreStarted int
	// NoCopies has each process started, also where it could be a copy of another.
	NoCopies bool
	// UserBase is the first of the host's user ids that environments get when
	// the server is root: 1879048192, above all that systems hand out.
	UserBase int
	// Logs takes the functions' logs: nobody.
	Logs LogSink
	// Progress is told in a sentence about work that takes seconds: nobody.
	Progress func(message string)

	// Set by tests.
	now      func() time.Time
	probe    func(ctx context.Context, base jail.Base) jail.Report
	first    *os.File
	shutdown shutdownTimes

	// See line.go: how many events run side by side before others line up, and for
	// how long these may stand there.
	lanes    int
	lineTime time.Duration
	// earlyMargin is that of early.go.
	earlyMargin time.Duration
}

// Manager owns all execution environments of this machine.
type Manager struct {
	config     Config
	nodes      *noderuntime.Cache
	plain      bool
	report     jail.Report
	mountPoint string   // an empty folder that jails mount on
	emptyDir   string   // an empty folder to show where nothing is mounted yet
	first      *os.File // the program of jails' first process, nil for this one
	jails      *jail.Pool
	now        func() time.Time
	engine     func() (*engine.Engine, error) // of container images

	extensionsOf sync.Map // id of an image → []engine.File

	load    *load
	wake    chan struct{}
	resting atomic.Bool
	last    atomic.Int64 // Unix nanoseconds of the last invocation
	events  atomic.Int64 // that run or wait for an environment
	begun   atomic.Int64 // that ever did
	stop    context.CancelFunc
	// background ends when the manager is closed.
	background context.Context
	running    sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	pools   map[string]*pool
	all     map[*environment]struct{}
	stock   stock
	fetched map[string]*launch
	// originals are what processes are copied from.
	originals map[stockKey]*original
}

// jailsPerCopy is how many jails are kept without a program for each process that is
// kept ready as a copy: a jail takes longer to make than a copy, and a megabyte and a
// half.
const jailsPerCopy = 8

// Open makes a manager. It tries out once what walls this machine has.
func Open(ctx context.Context, config Config) (*Manager, error) {
	if err := config.setDefaults(); err != nil {
		return nil, err
	}
	m := &Manager{
		config: config, now: config.now,
		nodes:      &noderuntime.Cache{Dir: config.Runtimes, Progress: config.Progress},
		mountPoint: filepath.Join(config.Dir, "root"),
		emptyDir:   filepath.Join(config.Dir, "empty"),
		wake:       make(chan struct{}, 1),
		pools:      map[string]*pool{},
		all:        map[*environment]struct{}{},
		fetched:    map[string]*launch{},
		originals:  map[stockKey]*original{},
	}
	for _, dir := range []string{m.mountPoint, m.emptyDir} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, fmt.Errorf("open sandbox: %w", err)
		}
	}
	if err := m.chooseIsolation(ctx); err != nil {
		m.closeFirst()
		return nil, err
	}
	m.load = openLoad()
	m.jails = jail.NewPool(m.base(), max(config.PreStarted, 1))
	if !config.NoCopies && config.PreStarted > 0 && m.jails.CanCopy() == nil {
		m.jails.KeepSpare(jailsPerCopy * config.PreStarted)
	}
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	m.stop, m.background = stop, background
	m.stock.init()
	m.running.Go(func() { m.watch(background) })
	m.engine = sync.OnceValues(config.openEngine)
	if config.Engine != "" {
		m.running.Go(func() { m.keepClean(background) })
	}
	return m, nil
}

func (c *Config) setDefaults() error {
	if c.Dir == "" {
		return errors.New("open sandbox: no folder given")
	}
	dir, err := filepath.Abs(c.Dir)
	if err != nil {
		return fmt.Errorf("open sandbox: %w", err)
	}
	c.Dir = dir
	if c.Runtimes == "" {
		if c.Runtimes, err = noderuntime.DefaultDir(); err != nil {
			return err
		}
	}
	if c.Isolation == "" {
		c.Isolation = IsolationAuto
	}
	if c.Network == "" {
		c.Network = jail.HostNetwork
	}
	if c.MemoryBudgetMB == 0 {
		c.MemoryBudgetMB = machineMemoryMB() * 3 / 4
	}
	if c.IdleTimeout == 0 {
		c.IdleTimeout = 10 * time.Minute
	}
	if c.InitTimeout == 0 {
		c.InitTimeout = 10 * time.Second
	}
	if c.shutdown == (shutdownTimes{}) {
		c.shutdown = usualShutdown
	}
	if c.PreStarted == 0 {
		c.PreStarted = 2
	}
	if c.UserBase == 0 {
		c.UserBase = 0x70000000
	}
	if c.lineTime == 0 {
		c.lineTime = defaultLineTime
	}
	if c.earlyMargin == 0 {
		c.earlyMargin = defaultEarlyMargin
	}
	if c.lanes == 0 {
		c.lanes = processors
	}
	if c.now == nil {
		c.now = time.Now
	}
	if c.probe == nil {
		c.probe = jail.Probe
	}
	if c.Logs == nil {
		c.Logs = discard{}
	}
	return nil
}

// discard is a LogSink for those who want none.
type discard struct{}

func (discard) Stream(*Function, string) LogStream { return discard{} }

func (discard) Log(time.Time, [][]byte) {}

// base is what all environments see: the system, and empty folders where
// their code goes.
func (m *Manager) base() jail.Base {
	binds := jail.SystemBinds()
	for _, target := range []string{taskRoot, layerRoot} {
		binds = append(binds, jail.Bind{Sources: []string{m.emptyDir}, Target: target})
	}
	return jail.Base{
		Binds: binds, Files: accountFiles(), Network: m.config.Network, Hostname: "169.254.100.1",
		FirstUser: m.config.UserBase, MountPoint: m.mountPoint, First: m.first,
	}
}

// closeFirst gives up the small first process of jails.
func (m *Manager) closeFirst() {
	if m.first != nil {
		m.first.Close()
		m.first = nil
	}
}

func (m *Manager) chooseIsolation(ctx context.Context) error {
	if m.config.Isolation == IsolationOff {
		m.plain = true
		m.report = jail.Report{Reason: "switched off by the configuration"}
		return nil
	}
	if m.first = m.config.first; m.first == nil {
		m.first = openFirst()
	}
	m.report = m.config.probe(ctx, m.base())
	if !m.report.Available() && m.first != nil {
		m.closeFirst()
		m.report = m.config.probe(ctx, m.base())
	}
	if m.report.Available() {
		return nil
	}
	if m.config.Isolation == IsolationRequired {
		return fmt.Errorf("open sandbox: isolation is required and not available: %s", m.report.Reason)
	}
	m.plain = true
	return nil
}

// Invoke runs ev in an environment of f and returns how it ended. The deadline
// of ctx bounds how long the caller waits, and ctx the wait for an environment;
// a function that runs is stopped by neither, as on AWS.
func (m *Manager) Invoke(ctx context.Context, f *Function, ev *Event) (*Outcome, error) {
	deadline, ok := ctx.Deadline()
	if longest := m.config.InitTimeout + f.Timeout; ok && (f.Inspect != "" || time.Until(deadline) < longest) {
		return m.invokeUntil(ctx, f, ev)
	}
	o, err := m.invoke(ctx, f, ev)
	ev.ended(o, err)
	return o, err
}

// invokeUntil leaves an event that outlasts ctx to another goroutine.
func (m *Manager) invokeUntil(ctx context.Context, f *Function, ev *Event) (*Outcome, error) {
	type end struct {
		o   *Outcome
		err error
	}
	done := make(chan end, 1)
	m.running.Go(func() {
		o, err := m.invoke(ctx, f, ev)
		ev.ended(o, err)
		done <- end{o, err}
	})
	select {
	case e := <-done:
		return e.o, e.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (ev *Event) ended(o *Outcome, err error) {
	if ev.Ended != nil {
		ev.Ended(o, err)
	}
}

func (m *Manager) invoke(ctx context.Context, f *Function, ev *Event) (*Outcome, error) {
	m.last.Store(m.now().UnixNano())
	m.events.Add(1)
	m.begun.Add(1)
	defer m.events.Add(-1)
	for again := false; ; again = true {
		t, err := m.take(f, ev, again)
		e, p := t.e, t.p
		switch {
		case err != nil:
		case t.place != nil:
			if e = <-t.place.turn; e == nil {
				continue // it came to nothing
			}
		case t.wait != nil:
			e, err = m.await(ctx, p, t.wait)
		}
		if errors.Is(err, errRetired) {
			continue
		}
		if err != nil {
			return nil, err
		}
		m.rouse()
		if e == nil {
			return m.invokeCold(ctx, p, f, ev)
		}
		way := sendNow
		if t.place != nil {
			way = sentAhead
		}
		o, usable := e.invoke(ev, limitOf(f), way)
		if o != nil {
			p.queue.learn(o.Duration)
		}
		m.give(e, usable)
		if o != nil {
			return o, nil
		}
		// It had died in its sleep, or the event's turn came too late; another one
		// takes the event.
	}
}

// limitOf is the function's time limit; one under a debugger has none.
func limitOf(f *Function) time.Duration {
	if f.Inspect != "" {
		return 0
	}
	return f.Timeout
}

func (m *Manager) lastInvoke() time.Time { return time.Unix(0, m.last.Load()) }

// Close ends all environments and waits until nothing of them is left, or
// until ctx is done.
func (m *Manager) Close(ctx context.Context) error {
	m.mu.Lock()
	m.closed = true
	var all []*environment
	for e := range m.all {
		all = append(all, e)
	}
	m.trimOriginalsLocked(func(stockKey) bool { return false })
	m.mu.Unlock()
	m.stop()
	for _, e := range all {
		m.discard(e)
	}
	done := make(chan struct{})
	go func() {
		m.running.Wait()
		m.jails.Close()
		m.closeFirst()
		m.load.close()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("close sandbox: %w", ctx.Err())
	}
}

func (m *Manager) cacheDir() string { return m.config.Runtimes }
