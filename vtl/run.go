package vtl

import (
	"bytes"
	"context"
	"io"
	"sync"
)

// Variables gives a template its variables by name.
type Variables interface {
	Variable(name string) (value any, ok bool)
}

// Vars is a map of Variables.
type Vars map[string]any

// Variable implements Variables.
func (v Vars) Variable(name string) (any, bool) {
	x, ok := v[name]
	return x, ok
}

// Limits bound what a run may use. Zero stands for the default.
type Limits struct {
	Steps      int // nodes, iterations, elements visited; default 10,000,000
	Depth      int // nesting of macros, blocks and values; default 1,000
	Output     int // bytes printed; default 16 MiB
	Memory     int // bytes of all values made, freed or not; default 64 MiB
	Iterations int // rounds of all #foreach together; default unlimited
}

// The defaults of Limits.
const (
	defaultSteps  = 10_000_000
	defaultDepth  = 1_000
	defaultOutput = 16 << 20
	defaultMemory = 64 << 20
)

// stepsPerCheck is how many steps go by between looks at the context.
const stepsPerCheck = 1024

// A signal is what makes a run leave its blocks.
type signal uint8

const (
	running  signal = iota
	breaking        // to the nearest #foreach, macro or #define
	leaving         // the #foreach of a given scope
	stopping        // the whole template
)

// A state is all that one run changes.
type state struct {
	program *Program
	ctx     context.Context
	vars    Variables

	slots  []any  // the variables
	loaded []bool // whether a slot holds what the caller or the template gave

	out     []byte
	own     []byte // a buffer for callers that bring none
	outEnd  int    // length at which out is too long
	args    []any
	scratch []byte

	at       pos // of the node that runs, for errors
	steps    int // left before the next look at the context
	stepsMax int // left after that
	memory   int // left
	size     int // of the longest value
	depth    int // left
	rounds   int // left

	frame  *frame
	frames [maxMacros]frame
	macros int   // frames in use
	held   *hold // loops over a null
	signal signal
	target *scope // the #foreach that is left
}

// A failure travels up the stack from where a run failed to Append.
type failure struct{ err error }

var states = sync.Pool{New: func() any { return new(state) }}

func (st *state) limit(l Limits) {
	orDefault := func(n, otherwise int) int {
		if n > 0 {
			return n
		}
		return otherwise
	}
	total := orDefault(l.Steps, defaultSteps)
	st.steps = min(total, stepsPerCheck)
	st.stepsMax = total - st.steps
	st.memory = orDefault(l.Memory, defaultMemory)
	st.size = st.memory
	st.depth = orDefault(l.Depth, defaultDepth)
	st.outEnd = orDefault(l.Output, defaultOutput)
	st.rounds = -1
	if l.Iterations > 0 {
		st.rounds = l.Iterations
	}
}

// keepScratch is the largest buffer that a state keeps for the next run.
const keepScratch = 64 << 10

// free gives the state to the next run, without what this one held.
func (st *state) free() {
	clear(st.slots)
	clear(st.loaded)
	clear(st.args)
	scratch, args := st.scratch[:0], st.args[:0]
	if cap(scratch) > keepScratch {
		scratch = nil
	}
	if cap(args) > keepScratch/16 {
		args = nil
	}
	clear(st.frames[:st.macros])
	if cap(st.own) > keepScratch {
		st.own = nil
	}
	slots, loaded := st.slots[:0], st.loaded[:0]
	st.program, st.ctx, st.vars, st.out, st.frame, st.target = nil, nil, nil, nil, nil, nil
	st.slots, st.loaded, st.args, st.scratch = slots, loaded, args, scratch
	st.at, st.macros, st.signal, st.held = 0, 0, running, nil
	states.Put(st)
}

// Append renders the template with the variables, appends the text to dst and
// returns it. Its errors are *ExecErrors; dst is then returned as it was.
func (p *Program) Append(ctx context.Context, dst []byte, vars Variables, limits Limits) (out []byte, err error) {
	st := states.Get().(*state)
	st.limit(limits)
	st.begin(p, ctx, dst, vars)
	defer func() {
		if r := recover(); r != nil {
			f, ok := r.(failure)
			if !ok {
				panic(r)
			}
			out, err = dst, p.execError(st.at, f.err)
		}
		st.free()
	}()
	st.checkContext()
	p.body.render(st)
	out = st.out
	if cap(dst) == 0 {
		st.own = out
		out = bytes.Clone(out)
	}
	return joinSurrogates(out, len(dst)), nil
}

func (st *state) begin(p *Program, ctx context.Context, dst []byte, vars Variables) {
	st.program, st.ctx, st.vars = p, ctx, vars
	if n := len(p.slots); cap(st.slots) < n {
		st.slots, st.loaded = make([]any, n), make([]bool, n)
	} else {
		st.slots, st.loaded = st.slots[:n], st.loaded[:n]
	}
	st.out = dst
	if cap(dst) == 0 {
		st.out = st.own[:0]
	}
	st.outEnd += len(dst)
}

// Render renders the template to w. Nothing is written if the template fails.
func (p *Program) Render(ctx context.Context, w io.Writer, vars Variables, limits Limits) error {
	out, err := p.Append(ctx, nil, vars, limits)
	if err != nil {
		return err
	}
	_, err = w.Write(out)
	return err
}

func (p *Program) execError(at pos, err error) error {
	e := &ExecError{Name: p.name, Err: err}
	e.Line, e.Column, e.Snippet = locate(p.source, int(at))
	return e
}

// fail ends the run.
func (st *state) fail(err error) { panic(failure{err}) }

// throw ends the run with a Java exception.
func (st *state) throw(class, message string) { st.fail(&Exception{class, message}) }

// step counts one step at a place of the template.
func (st *state) step(at pos) {
	st.at = at
	if st.steps--; st.steps < 0 {
		st.checkSteps()
	}
}

// charge counts n steps.
func (st *state) charge(n int) {
	if st.steps -= n; st.steps < 0 {
		st.checkSteps()
	}
}

// checkSteps takes the next steps from the budget and looks at the context.
func (st *state) checkSteps() {
	st.stepsMax += st.steps
	if st.stepsMax < 0 {
		st.fail(ErrSteps)
	}
	st.steps = min(stepsPerCheck, st.stepsMax)
	st.stepsMax -= st.steps
	st.checkContext()
}

func (st *state) checkContext() {
	if st.ctx == nil {
		return
	}
	if err := st.ctx.Err(); err != nil {
		st.fail(err)
	}
}

// allocate counts n bytes of values.
func (st *state) allocate(n int) {
	if st.memory -= n; n < 0 || st.memory < 0 {
		st.fail(ErrMemory)
	}
}

// checkSize stops the growth of a value that is being made.
func (st *state) checkSize(n int) {
	if n > st.size {
		st.fail(ErrMemory)
	}
}

// newString makes a string value.
func (st *state) newString(b []byte) string {
	st.allocate(16 + len(b))
	return string(b)
}

// counted charges for a string that was made elsewhere and returns it.
func (st *state) counted(s string) string {
	st.allocate(16 + len(s))
	return s
}

// takeScratch returns a buffer for a value that is being made; it is given back
// by setting st.scratch. A value made meanwhile gets another.
func (st *state) takeScratch() []byte {
	b := st.scratch[:0]
	st.scratch = nil
	return b
}

// nest goes one level deeper; what it returns comes back.
func (st *state) nest() func() {
	st.descend()
	return st.ascend
}

func (st *state) descend() {
	if st.depth--; st.depth < 0 {
		st.fail(ErrDepth)
	}
}

func (st *state) ascend() { st.depth++ }
