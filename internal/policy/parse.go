package policy

import (
	"slices"
	"strings"
)

// Kind is the use of a policy: it decides which elements a document may have
// and which part the policy plays in a decision.
type Kind int

// The kinds of policy.
const (
	Identity   Kind = iota // attached to a user, group or role
	Boundary               // permissions boundary of a user or role
	Session                // given when a role is assumed
	Resource               // attached to a resource
	Trust                  // a role's: who may assume it
	Authorizer             // answered by a Lambda authorizer; plays the part of Identity
)

// rules says what the grammar of a kind asks beyond the language's own.
type rules struct {
	principal   bool // has to be there; otherwise it must not
	resource    bool // has to be there; otherwise it must not
	strictNames bool // Sids, actions, resources and keys are checked as IAM does
	maybeEmpty  bool // may have no statements
}

var kinds = map[Kind]rules{
	Identity:   {resource: true, strictNames: true},
	Boundary:   {resource: true, strictNames: true},
	Session:    {resource: true, strictNames: true},
	Resource:   {principal: true, resource: true},
	Trust:      {principal: true, strictNames: true},
	Authorizer: {resource: true, maybeEmpty: true},
}

// Parse reads a policy document of that kind. Errors are *Error.
func Parse(text []byte, kind Kind) (d *Document, err error) {
	root, err := lex(text)
	if err != nil {
		return nil, err
	}
	defer func() {
		if r := recover(); r != nil {
			refusal, ok := r.(*Error)
			if !ok {
				panic(r)
			}
			d, err = nil, refusal
		}
	}()
	p := &parser{text: text, kind: kind, rules: kinds[kind]}
	return p.document(root), nil
}

// parser turns nodes into a document. Its methods panic with *Error, which
// Parse recovers.
type parser struct {
	text  []byte
	kind  Kind
	rules rules
	sids  []string
}

func (p *parser) fail(n node, message, detail string) {
	panic(fail(p.text, n.offset, message, detail))
}

// document: '{' [Version] [Id] Statement '}', in any order
func (p *parser) document(n node) *Document {
	if n.kind != isObject {
		p.fail(n, syntaxErrors, "a policy is an object")
	}
	d := &Document{}
	statements := node{kind: isNull, offset: n.offset}
	for _, m := range n.members {
		switch m.name {
		case "Version":
			d.Version = p.string(m.value)
			if d.Version != Version2008 && d.Version != Version2012 {
				p.fail(m.value, syntaxErrors, "the version is neither "+Version2012+" nor "+Version2008)
			}
		case "Id":
			d.ID = p.string(m.value)
		case "Statement":
			statements = m.value
		default:
			p.unknown(m)
		}
	}
	d.Statements = p.statements(statements)
	return d
}

// statements: statement | '[' {statement} ']'
func (p *parser) statements(n node) []Statement {
	list := []node{n}
	switch n.kind {
	case isNull:
		p.fail(n, syntaxErrors, "the policy has no Statement")
	case isList:
		list = n.items
	}
	if len(list) == 0 && !p.rules.maybeEmpty {
		p.fail(n, syntaxErrors, "the policy has no statements")
	}
	parsed := make([]Statement, 0, len(list))
	for _, item := range list {
		parsed = append(parsed, p.statement(item))
	}
	return parsed
}

// statement: '{' [Sid] Effect [Principal | NotPrincipal] (Action | NotAction)
// [Resource | NotResource] [Condition] '}', in any order
func (p *parser) statement(n node) Statement {
	if n.kind != isObject {
		p.fail(n, syntaxErrors, "a statement is an object")
	}
	var s Statement
	for _, m := range n.members {
		v := m.value
		switch m.name {
		case "Sid":
			s.Sid = p.sid(v)
		case "Effect":
			if s.Effect = Effect(p.string(v)); s.Effect != Allow && s.Effect != Deny {
				p.fail(v, syntaxErrors, "the effect is neither Allow nor Deny")
			}
		case "Principal":
			s.Principal = p.principals(m)
		case "NotPrincipal":
			s.NotPrincipal = p.principals(m)
		case "Action":
			s.Action = p.actions(v)
		case "NotAction":
			s.NotAction = p.actions(v)
		case "Resource":
			s.Resource = p.resources(m)
		case "NotResource":
			s.NotResource = p.resources(m)
		case "Condition":
			s.Condition = p.conditions(v)
		default:
			p.unknown(m)
		}
	}
	p.complete(n, &s)
	return s
}

// complete refuses statements that lack an element or have one twice over.
func (p *parser) complete(n node, s *Statement) {
	if s.Effect == "" {
		p.fail(n, "Missing required field Effect", "the statement has no Effect")
	}
	if s.Principal != nil && s.NotPrincipal != nil || s.Action != nil && s.NotAction != nil || s.Resource != nil && s.NotResource != nil {
		p.fail(n, syntaxErrors, "an element and its Not… form exclude each other")
	}
	if p.rules.principal && s.Principal == nil && s.NotPrincipal == nil {
		p.fail(n, "Missing required field Principal", "the statement has no Principal")
	}
	if s.Action == nil && s.NotAction == nil {
		if p.kind == Trust {
			p.fail(n, "Missing required field Action", "the statement has no Action")
		}
		p.fail(n, noActions, "the statement has no Action")
	}
	if p.rules.resource && s.Resource == nil && s.NotResource == nil {
		p.fail(n, noResources, "the statement has no Resource")
	}
}

func (p *parser) unknown(m member) {
	panic(fail(p.text, m.offset, syntaxErrors, "unknown element "+m.name))
}

func (p *parser) sid(n node) string {
	sid := p.string(n)
	if p.rules.strictNames && !isAlphanumeric(sid) {
		p.fail(n, sidCharacters, "the Sid "+sid)
	}
	if sid != "" && slices.Contains(p.sids, sid) {
		p.fail(n, sidNotUnique, "the Sid "+sid)
	}
	p.sids = append(p.sids, sid)
	return sid
}

// principals: '"*"' | '{' {("AWS" | "Service" | "Federated" | "CanonicalUser") ':' strings} '}'
func (p *parser) principals(m member) *Principals {
	if !p.rules.principal {
		panic(fail(p.text, m.offset, prohibitedPrincipal, "the element "+m.name))
	}
	if m.value.kind == isString {
		if m.value.text != "*" {
			p.fail(m.value, "Invalid principal in policy: "+quoted(m.value.text), "neither an object nor *")
		}
		return &Principals{Anyone: true}
	}
	if m.value.kind != isObject || len(m.value.members) == 0 {
		p.fail(m.value, syntaxErrors, "a principal is an object or *")
	}
	found := &Principals{}
	for _, t := range m.value.members {
		list := p.strings(t.value)
		if len(list) == 0 {
			p.fail(t.value, syntaxErrors, "the list of principals is empty")
		}
		switch t.name {
		case "AWS":
			found.AWS = list
		case "Service":
			found.Service = list
		case "Federated":
			found.Federated = list
		case "CanonicalUser":
			found.CanonicalUser = list
		default:
			p.unknown(t)
		}
		for _, name := range list {
			if _, ok := compilePrincipal(t.name, name); !ok {
				p.fail(t.value, invalidPrincipal(t.name, name), "no such form of principal")
			}
		}
	}
	return found
}

// invalidPrincipal is IAM's text; it spells the type in capitals.
func invalidPrincipal(kind, name string) string {
	return `Invalid principal in policy: "` + strings.ToUpper(kind) + `":` + quoted(name)
}

func quoted(s string) string { return `"` + s + `"` }

// actions: strings; IAM wants "vendor:name" or "*".
func (p *parser) actions(n node) []string {
	list := p.strings(n)
	if len(list) == 0 {
		p.fail(n, noActions, "the list is empty")
	}
	for _, action := range list {
		vendor, name, ok := strings.Cut(action, ":")
		switch {
		case p.kind == Trust && !strings.EqualFold(vendor, "sts"):
			p.fail(n, onlyAssumeRole, "the action "+action)
		case !p.rules.strictNames || action == "*":
		case !ok || vendor == "" || name == "":
			p.fail(n, noVendor, "the action "+action)
		case vendor != "*" && !isVendor(vendor):
			p.fail(n, "Vendor "+vendor+" is not valid", "the action "+action)
		}
	}
	return list
}

// resources: strings; IAM wants ARNs or "*".
func (p *parser) resources(m member) []string {
	if !p.rules.resource {
		panic(fail(p.text, m.offset, prohibitedResource, "the element "+m.name))
	}
	list := p.strings(m.value)
	if len(list) == 0 {
		p.fail(m.value, noResources, "the list is empty")
	}
	for _, resource := range list {
		if p.rules.strictNames && resource != "*" {
			p.arn(m.value, resource)
		}
	}
	return list
}

func (p *parser) arn(n node, resource string) {
	f := splitARN(resource)
	if f[0] != "arn" {
		p.fail(n, "Resource "+resource+` must be in ARN format or "*".`, "the resource "+resource)
	}
	if len(f) < 6 && !strings.Contains(f[len(f)-1], "*") {
		p.fail(n, legacyParsing, "the resource "+resource+" has fewer than six parts")
	}
	if len(f) > 1 && f[1] != "aws" && !strings.HasPrefix(f[1], "aws-") && !strings.ContainsAny(f[1], "*?$") {
		p.fail(n, `Partition "`+f[1]+`" is not valid for resource "`+resource+`".`, "the partition is unknown")
	}
}

// conditions: '{' {operator ':' '{' {key ':' values} '}'} '}'
func (p *parser) conditions(n node) []Condition {
	if n.kind != isObject {
		p.fail(n, syntaxErrors, "Condition is an object of operators")
	}
	list := []Condition{}
	for _, op := range n.members {
		if op.value.kind != isObject {
			p.fail(op.value, syntaxErrors, "an operator holds an object of keys")
		}
		if _, ok := operatorNamed(op.name); !ok {
			panic(fail(p.text, op.offset, "Invalid Condition type : "+op.name, "unknown operator"))
		}
		for _, key := range op.value.members {
			if p.rules.strictNames && !strings.Contains(key.name, ":") {
				panic(fail(p.text, key.offset, noVendor, "the condition key "+key.name))
			}
			c := Condition{op.name, key.name, p.values(key.value)}
			if _, err := compileCondition(c, false); err != nil {
				p.fail(key.value, syntaxErrors, err.Error())
			}
			list = append(list, c)
		}
	}
	return list
}

// values: scalar | '[' {scalar} ']', where scalar is a string, number or
// boolean.
func (p *parser) values(n node) []string {
	items := []node{n}
	if n.kind == isList {
		items = n.items
	}
	list := make([]string, 0, len(items))
	for _, item := range items {
		if item.kind != isString && item.kind != isScalar {
			p.fail(item, syntaxErrors, "a condition's value is a string, number or boolean")
		}
		list = append(list, item.text)
	}
	return list
}

// strings: string | '[' {string} ']'
func (p *parser) strings(n node) []string {
	if n.kind != isList {
		return []string{p.string(n)}
	}
	list := make([]string, 0, len(n.items))
	for _, item := range n.items {
		list = append(list, p.string(item))
	}
	return list
}

func (p *parser) string(n node) string {
	if n.kind != isString {
		p.fail(n, syntaxErrors, "not a string")
	}
	return n.text
}

func isAlphanumeric(s string) bool {
	return strings.IndexFunc(s, func(c rune) bool { return !alphanumeric(c) }) < 0
}

func isVendor(s string) bool {
	return strings.IndexFunc(s, func(c rune) bool { return !alphanumeric(c) && c != '-' && c != '_' }) < 0
}

func alphanumeric(c rune) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
