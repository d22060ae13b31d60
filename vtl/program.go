package vtl

// A Mode says whose Velocity to be.
type Mode uint8

const (
	// Velocity is Apache Velocity 1.7 with its default settings, without
	// #include, #parse, #evaluate and without reflection.
	Velocity Mode = iota

	// APIGateway differs as Amazon API Gateway does: a reference without a
	// value prints nothing, null equals "", #set assigns null, and .class is
	// null.
	APIGateway
)

// Options are what a template is compiled with.
type Options struct {
	Name   string // for error messages
	Mode   Mode
	Regexp RegexpCompiler // nil stands for CompileRE2
}

// A Program is a compiled template. It does not change; any number of
// goroutines may run it at a time.
type Program struct {
	name   string
	source string
	mode   Mode
	regexp *regexpCache
	body   block
	slots  []string // the names of the variables

	// The slots of the variables that #foreach and #@macro set; -1 for those
	// that the template never mentions.
	foreach, count, hasNext, bodyContent int
}

// Parse compiles a template. Its errors are *SyntaxErrors.
func Parse(source string, options Options) (*Program, error) {
	p := &Program{name: options.Name, source: source, mode: options.Mode, regexp: newRegexpCache(options.Regexp)}
	if err := parseProgram(p); err != nil {
		return nil, err
	}
	return p, nil
}

// String returns a template that compiles to the same program.
func (p *Program) String() string {
	var pr printer
	p.body.print(&pr)
	return pr.String()
}
