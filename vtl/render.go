package vtl

func (b *block) render(st *state) {
	for _, n := range b.code {
		if st.steps--; st.steps < 0 {
			st.checkSteps()
		}
		n.render(st)
		if len(st.out) > st.outEnd {
			st.fail(ErrOutput)
		}
		if st.signal != running {
			return
		}
	}
}

func (t *text) render(st *state) { st.out = append(st.out, t.value...) }

func (n *set) render(st *state) {
	st.at = n.pos
	v := n.value.eval(st)
	if st.signal != running {
		return
	}
	if v == nil && st.program.mode == Velocity {
		return // Velocity 1.7 leaves the target as it was
	}
	n.target.put(st, v)
}

func (n *ifNode) render(st *state) {
	st.at = n.pos
	for i := range n.branches {
		b := &n.branches[i]
		if b.condition == nil || b.condition.test(st) {
			if st.signal == running {
				st.descend()
				b.body.render(st)
				st.ascend()
			}
			return
		}
	}
}

func (n *breakNode) render(st *state) {
	st.at = n.pos
	if len(n.args) == 0 {
		st.signal = breaking
		return
	}
	s, ok := n.args[0].eval(st).(*scope)
	if !ok {
		st.throw("VelocityException", "the argument of #break is not a loop")
	}
	st.signal, st.target = leaving, s
}

func (n *stop) render(st *state) { st.signal = stopping }

// render: a template may still contain what never runs.
func (n *refused) render(st *state) {
	st.at = n.pos
	st.throw("VelocityException", "#"+n.name+" is not available")
}

func (n *literal) render(st *state) { st.out = append(st.out, n.value...) }

// A defined is the value that #define gives a variable: a block that is
// rendered each time it is printed.
type defined struct {
	block *block
	depth int
	max   int // how often it may be inside itself
}

// maxDefined is how often a #define block may be inside itself; the body of an
// #@macro may be so as often as macro calls nest.
const maxDefined = 2

func (n *define) render(st *state) {
	st.at = n.pos
	if n.target.slot >= 0 {
		st.allocate(32)
		st.assign(n.target.slot, &defined{block: n.body, max: maxDefined})
	}
}

// render prints the block, unless it is inside itself too often.
func (d *defined) render(st *state) bool {
	if d.depth >= d.max {
		return false
	}
	d.depth++
	st.descend()
	d.block.render(st)
	st.ascend()
	d.depth--
	if st.signal == breaking {
		st.signal = running
	}
	return true
}

// renderDefined returns what the block prints, if it is not inside itself too
// often.
func (st *state) renderDefined(d *defined) (string, bool) {
	out := st.out // may be in use for the value that the block is part of
	st.out = nil
	ok := d.render(st)
	s := st.newString(st.out)
	st.out = out
	return s, ok
}
