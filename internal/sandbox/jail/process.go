package jail

import (
	"context"
	"net"
	"time"
)

// Process is a started jail. Its methods are safe for concurrent use.
type Process struct {
	impl  implementation
	ended chan struct{} // closed when every process of the jail has ended
	gone  chan struct{} // closed when the program itself has ended
	exit  Exit          // set before gone is closed; OutOfMemory before ended is
	done  chan struct{} // closed when nothing is left
}

func newProcess(i implementation) *Process {
	return &Process{impl: i, ended: make(chan struct{}), gone: make(chan struct{}), done: make(chan struct{})}
}

// implementation is what differs between walls and no walls.
type implementation interface {
	pid() int
	show(ctx context.Context, s *Show) error
	kill()
	usage() Usage
	listener() net.Listener
	ownsSocket(inode string) bool
	spawn(ctx context.Context, s *Spec) (*Child, error)
	signal(ctx context.Context, number int) error
	stop(on bool)
	batch(on bool)
}

// Pid is the host's process id of the jail's first process.
func (p *Process) Pid() int { return p.impl.pid() }

// Show makes folders visible inside while the program runs. It must not be
// called twice at the same time.
func (p *Process) Show(ctx context.Context, s *Show) error { return p.impl.show(ctx, s) }

// Kill ends every process of the jail; Done says when they are gone.
func (p *Process) Kill() { p.impl.kill() }

// Ended is closed when every process of the jail has ended.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Done is closed some time after Ended, when nothing of the jail is left on the
// host.
func (p *Process) Done() <-chan struct{} { return p.done }

// Gone is closed when the program itself has ended. Without children all of the
// jail ends then; with some they live on until Kill.
func (p *Process) Gone() <-chan struct{} { return p.gone }

// Spawn runs a further program in the jail: of Spec only Path, Args, Env, Dir
// and Output count.
func (p *Process) Spawn(ctx context.Context, s *Spec) (*Child, error) { return p.impl.spawn(ctx, s) }

// Signal sends a signal to the program.
func (p *Process) Signal(ctx context.Context, number int) error { return p.impl.signal(ctx, number) }

// Freeze stops all processes of the jail but its first, until Thaw.
func (p *Process) Freeze() { p.impl.stop(true) }

// Thaw lets them go on.
func (p *Process) Thaw() { p.impl.stop(false) }

// Batch has the jail's processes, when they wake up, not take a processor from
// others that run, or makes them ordinary again. It works on those there are.
func (p *Process) Batch(on bool) { p.impl.batch(on) }

// Exit says how the program ended. It must be called after Ended only.
func (p *Process) Exit() Exit { return p.exit }

// Usage reads what the jail uses now.
func (p *Process) Usage() Usage { return p.impl.usage() }

// OwnsSocket says whether a process of the jail has the socket open that has
// this inode number.
func (p *Process) OwnsSocket(inode string) bool { return p.impl.ownsSocket(inode) }

// Heard waits until Spec.Output has got all that the program has written until
// now, and says whether it has, as far as can be told.
func (p *Process) Heard(atMost time.Duration) bool {
	w, late := p.impl.(*container)
	return !late || w.heard(atMost)
}

// Listener is the socket asked for by Spec.Listen, or nil.
func (p *Process) Listener() net.Listener { return p.impl.listener() }
