package jsonpath

// Limits that no setting raises.
const (
	maxExpression = 64 << 10 // bytes of a path
	maxNesting    = 64       // filters, parentheses and arguments within each other
	maxTreeDepth  = 10_000   // levels of a document that ".." descends
	maxConcat     = 16 << 20 // bytes that concat() returns
)

// DefaultMaxSteps bounds an evaluation when [Compiler].MaxSteps is 0. One step
// is about one node looked at; a million takes some 50 ms.
const DefaultMaxSteps = 5_000_000

// A Matcher is a compiled regular expression.
type Matcher interface {
	// MatchWhole reports whether the whole of s matches.
	MatchWhole(s string) (bool, error)
}

// A Compiler compiles paths with settings; the zero value is ready.
type Compiler struct {
	// Regexp compiles the pattern of =~ /pattern/flags; flags are letters of
	// Java's inline flags (idmsuxU). nil means Go's regexp, which knows no
	// look-around and no back-references.
	Regexp func(pattern, flags string) (Matcher, error)

	// MaxSteps bounds the work of one evaluation; 0 means DefaultMaxSteps.
	MaxSteps int
}

// A Path is a compiled path. It never changes and any number of goroutines may
// use it.
type Path struct {
	source   string
	steps    []step
	simple   bool      // single members and elements only
	definite bool      // yields at most one node
	folded   *function // takes the list of what steps find
	maxSteps int
	cached   int // number of operands whose value is the same for a whole evaluation
}

// Compile is Compiler{}.Compile.
func Compile(expr string) (*Path, error) {
	return Compiler{}.Compile(expr)
}

// MustCompile is Compile for paths known to be right; it panics otherwise.
func MustCompile(expr string) *Path {
	p, err := Compile(expr)
	if err != nil {
		panic(err)
	}
	return p
}

// Compile reads a path. The error is a *SyntaxError.
func (c Compiler) Compile(expr string) (*Path, error) {
	return parse(c, expr)
}

// String returns the path as it was given.
func (p *Path) String() string { return p.source }

// Definite reports whether the path leads to at most one node.
func (p *Path) Definite() bool { return p.definite }

// Get returns what the path leads to. For a definite path that is the node
// itself, and found says whether there is one (a null is one). For an
// indefinite path it is a []any of the nodes in document order, possibly
// empty; found is false when a member before the first indefinite step is
// missing ($.missing[*]). The error is an *EvalError.
//
// Nodes are returned as they are in the tree, not copied. Get does not
// allocate for paths of single members and elements.
func (p *Path) Get(root any) (value any, found bool, err error) {
	if p.simple {
		value, found = follow(p.steps, root)
		return value, found, nil
	}
	s := newState(p, root)
	value, found = s.get(p, root)
	if s.err != nil {
		return nil, false, s.err
	}
	return value, found, nil
}

// Select returns the nodes the path leads to, in document order; at most one
// for a definite path. The error is an *EvalError.
func (p *Path) Select(root any) ([]any, error) {
	value, found, err := p.Get(root)
	if err != nil || !found {
		return nil, err
	}
	if nodes, ok := value.([]any); ok && !p.definite {
		return nodes, nil
	}
	return []any{value}, nil
}
