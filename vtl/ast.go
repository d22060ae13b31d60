package vtl

// A pos is a byte offset in the source of a template.
type pos int32

func (p pos) position() pos { return p }

// A node is a part of a template that prints something, or acts.
type node interface {
	position() pos
	print(*printer)
	render(*state)
}

// An expr is a part of a template that has a value.
type expr interface {
	position() pos
	print(*printer)
	eval(*state) any  // its value
	test(*state) bool // its truth: Velocity 1.7 holds literals and sums for false
}

// A block is a sequence of nodes.
type block struct {
	nodes []node // as parsed
	code  []node // as run: neighbouring text is one node, what prints nothing is gone
	tail  string // a comment that the template ends in
}

// A text prints itself: template text, comments, escapes, text blocks.
type text struct {
	pos
	source string // as in the template
	value  string // as printed
}

// A variable is a name and its place in the variables of a run.
type variable struct {
	name string
	slot int
}

// A reference is $name and the properties, calls and indexes that follow.
type reference struct {
	pos
	variable
	head string // up to the name: \\#$!{
	tail string // } or nothing
	path []step

	slashes  string // what its backslashes print
	prefix   string // the # and $ before it
	null     string // what it prints in Velocity when it has no value
	plain    string // null, if it may be the name of a macro's parameter
	escaped  bool   // an odd number of backslashes: print the source
	quiet    bool   // $!
	inert    bool   // $\!name, which never has a value
	bareword bool   // a name without $, which has no value
	first    string // its first token, without slashes and prefix
}

// A step goes from a value to one of its properties or elements.
type step interface {
	position() pos
	print(*printer)
	from(*state, any) any
}

type property struct {
	pos
	name string
	lead string // the lone $ and # and comments before its dot
}

type call struct {
	pos
	name      string
	lead      string // as a property's
	args      []expr
	constants []any // their values, if none of them needs to be evaluated
}

type index struct {
	pos
	key expr
}

// A set is #set(target = value).
type set struct {
	pos
	open, close string
	target      *reference
	value       expr
}

// An ifNode is #if with its #elseif and #else.
type ifNode struct {
	pos
	branches []branch
	end      string
}

// A branch is one of the arms of an #if; the #else has no condition.
type branch struct {
	open, close string
	condition   expr
	body        block
}

// A directive is what #name(args) … #end has in common.
type directive struct {
	pos
	source string // what it prints if there is no such macro
	name   string // without braces
	args   []expr
	open   string // #name(
	gaps   []string
	close  string // )
	body   *block // nil for directives without #end
	end    string
}

// A foreach is #foreach($variable in collection).
type foreach struct {
	directive
	element variable
	in      expr // nil: nothing to go through
	inner   node // a fourth argument, which Velocity prints instead of the body
}

// A macroCall is #name(args) or #@name(args) … #end; a name that no macro has
// prints its source.
type macroCall struct {
	directive
	macro *macro // nil if there is none
	bad   string // an argument that is a bare word
}

// A macro is #macro(name $parameter …) … #end.
type macro struct {
	directive
	params []int // slots; -1 for what cannot be referred to
}

// A define is #define($variable) … #end.
type define struct {
	directive
	target variable
}

// A literal is #literal() … #end, whose body prints as it is written.
type literal struct {
	directive
	value string
}

// A breakNode is #break, or #break($scope).
type breakNode struct{ directive }

// A stop is #stop.
type stop struct{ directive }

// A refused directive is one that Velocity has and we do not: #include, #parse
// and #evaluate, which API Gateway switches off.
type refused struct{ directive }

// A constant is a number or a boolean in the source.
type constant struct {
	pos
	source string
	value  any
}

// A stringLiteral is '…', or "…" whose body is a template.
type stringLiteral struct {
	pos
	source string
	value  any    // the string, when there is nothing to interpolate
	body   *block // nil when there is nothing to interpolate
	cut    bool   // the last character that the body prints is not part of the value
}

// A strayed value has a lone $ or a comment before it, which separates it from
// the name before that.
type strayed struct {
	expr
	stray string
}

type listLiteral struct {
	pos
	items []expr
}

type mapLiteral struct {
	pos
	keys, values []expr
}

type rangeLiteral struct {
	pos
	from, to expr
	source   string
}

// A word is a name among a directive's arguments, as the in of #foreach.
type word struct {
	pos
	source string
}

type not struct {
	pos
	operand expr
}

// A binary is left op right.
type binary struct {
	pos
	op          tokenKind
	left, right expr
	source      string // of the right operand
}

// A grouped expression stands in parentheses.
type grouped struct {
	expr
	source string
}

// Each operator has a type of its own, so that no switch is left when it runs.
type (
	or         struct{ binary }
	and        struct{ binary }
	equal      struct{ binary } // also !=
	compare    struct{ binary }
	add        struct{ binary }
	arithmetic struct{ binary } // - * / %
)
