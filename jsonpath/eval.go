package jsonpath

// follow walks a path of single members and elements.
func follow(steps []step, node any) (any, bool) {
	for i := range steps {
		var ok bool
		if s := &steps[i]; s.kind == stepName {
			node, ok = member(node, s.names[0])
		} else {
			node, ok = element(node, s.indexes[0])
		}
		if !ok {
			return nil, false
		}
	}
	return node, true
}

// state is one evaluation of one path, with everything its filters and
// arguments evaluate. It is not shared.
type state struct {
	path  *Path
	root  any
	left  int // steps that may still be taken
	depth int // of the tree, under ".."
	err   *EvalError
	cache []cached // of operands that start at the root

	nodes    []any // found so far by the path being walked
	missing  bool  // a member that a definite step named is not there
	existing bool  // an existence test: any named member that is not there counts as missing
}

// cached is the value of an operand that starts at the root.
type cached struct {
	known bool
	value any
	found bool
}

func newState(p *Path, root any) *state {
	return &state{path: p, root: root, left: p.maxSteps}
}

// fail stops the evaluation; the first reason is kept.
func (s *state) fail(msg string) {
	if s.err == nil {
		s.err = &EvalError{Path: s.path.source, Msg: msg}
	}
}

// spend takes n steps off the budget and reports whether to go on.
func (s *state) spend(n int) bool {
	if s.left -= n; s.left < 0 {
		s.fail("more steps needed than allowed")
	}
	return s.err == nil && !s.missing
}

// get evaluates a path from node: one node if the path is definite, else a
// []any. It may be called in the middle of another walk.
func (s *state) get(p *Path, node any) (any, bool) {
	if p.simple {
		s.spend(len(p.steps))
		return follow(p.steps, node)
	}
	nodes, ok := s.collect(p, node)
	switch {
	case !ok:
		return nil, false
	case p.folded != nil:
		return s.fold(p.folded, nodes)
	case !p.definite:
		return nodes, true
	case len(nodes) == 0:
		return nil, false
	}
	return nodes[0], true
}

// collect gathers the nodes that the steps of p find from node on; not ok
// when a member that is needed is missing or the evaluation failed.
func (s *state) collect(p *Path, node any) (nodes []any, ok bool) {
	saved, missing := s.nodes, s.missing
	s.nodes, s.missing = []any{}, false
	s.walk(p.steps, node, true)
	nodes, ok = s.nodes, !s.missing && s.err == nil
	s.nodes, s.missing = saved, missing
	return nodes, ok
}

// walk applies steps to node and adds what they find to s.nodes. definite
// says that all steps before were.
func (s *state) walk(steps []step, node any, definite bool) {
	if !s.spend(1) {
		return
	}
	if len(steps) == 0 {
		s.nodes = append(s.nodes, node)
		return
	}
	st, rest := &steps[0], steps[1:]
	switch st.kind {
	case stepName, stepNames:
		s.walkNames(st, rest, node, definite)
	case stepIndex, stepIndexes, stepSlice:
		s.walkElements(st, rest, node, definite)
	case stepWildcard:
		for child := range children(node) {
			if s.walk(rest, child, false); s.stopped() {
				return
			}
		}
	case stepScan:
		s.scan(rest, node)
	case stepFilter:
		s.walkFilter(st, rest, node, definite)
	case stepFunction:
		arguments, ok := s.arguments(st.call)
		if !ok {
			s.missing = true
			return
		}
		if value, found := s.invoke(st.call, node, arguments); found {
			s.walk(rest, value, definite)
		}
	}
}

func (s *state) stopped() bool { return s.err != nil || s.missing }

// walkNames goes on with the named members of an object.
func (s *state) walkNames(st *step, rest []step, node any, definite bool) {
	if objectLen(node) < 0 {
		s.missing = s.missing || definite
		return
	}
	if st.kind == stepNames && len(rest) == 0 {
		s.pick(st.names, node)
		return
	}
	single := st.kind == stepName
	for _, name := range st.names {
		value, ok := member(node, name)
		switch {
		case ok:
			s.walk(rest, value, definite && single)
		case s.existing, single && definite && len(rest) > 0:
			s.missing = true
		}
		if s.stopped() {
			return
		}
	}
}

// pick makes an object of the named members that are there.
func (s *state) pick(names []string, node any) {
	picked := new(Map)
	for _, name := range names {
		value, ok := member(node, name)
		if !ok && s.existing {
			s.missing = true
			return
		}
		if ok {
			picked.Set(name, value)
		}
	}
	if s.spend(len(names)) {
		s.nodes = append(s.nodes, picked)
	}
}

// walkElements goes on with elements of an array; those out of bounds are
// passed over.
func (s *state) walkElements(st *step, rest []step, node any, definite bool) {
	n := arrayLen(node)
	if n < 0 {
		s.missing = s.missing || definite
		return
	}
	if st.kind == stepSlice {
		from, to := st.bounds.of(n)
		for i := from; i < to && !s.stopped(); i++ {
			s.walk(rest, at(node, i), false)
		}
		return
	}
	for _, index := range st.indexes {
		if value, ok := element(node, index); ok && !s.stopped() {
			s.walk(rest, value, definite && st.kind == stepIndex)
		}
	}
}

// of resolves the bounds for an array of n elements.
func (b bounds) of(n int) (from, to int) {
	resolve := func(i int) int {
		if i < 0 {
			i += n
		}
		return min(max(i, 0), n)
	}
	to = n
	if b.hasFrom {
		from = resolve(b.from)
	}
	if b.hasTo {
		to = resolve(b.to)
	}
	return from, to
}

// walkFilter goes on with the elements that pass, or with the object if it does.
func (s *state) walkFilter(st *step, rest []step, node any, definite bool) {
	switch n := arrayLen(node); {
	case n >= 0:
		for i := 0; i < n && !s.stopped(); i++ {
			if child := at(node, i); s.test(st.condition, child) {
				s.walk(rest, child, false)
			}
		}
	case objectLen(node) >= 0:
		if s.test(st.condition, node) {
			s.walk(rest, node, false)
		}
	default:
		s.missing = s.missing || definite
	}
}

// scan applies the steps to node and to everything below it, parents first.
func (s *state) scan(steps []step, node any) {
	if !s.spend(1) {
		return
	}
	if s.depth++; s.depth > maxTreeDepth {
		s.fail("document nested too deeply")
		return
	}
	if s.scanned(&steps[0], node, len(steps) == 1) {
		s.walk(steps, node, false)
	}
	for child := range children(node) {
		if s.scan(steps, child); s.stopped() {
			break
		}
	}
	s.depth--
}

// scanned reports whether the step after ".." is tried on a node.
func (s *state) scanned(st *step, node any, last bool) bool {
	isArray := arrayLen(node) >= 0
	switch st.kind {
	case stepName, stepNames:
		return !isArray && hasMembers(node, st.names, st.definite(last))
	case stepIndex, stepIndexes, stepSlice:
		return isArray
	case stepFilter:
		// Jayway tests the array before its elements, so that scalars are
		// found only in arrays that pass themselves.
		return isArray && s.test(st.condition, node) || objectLen(node) >= 0
	}
	return true
}

// hasMembers reports whether node is an object that has all the names, or
// just an object if it need not.
func hasMembers(node any, names []string, all bool) bool {
	if objectLen(node) < 0 {
		return false
	}
	for _, name := range names {
		if _, ok := member(node, name); all && !ok {
			return false
		}
	}
	return true
}
