package gateway

import "strings"

// verb numbers the HTTP methods that a resource can have.
type verb uint8

const (
	verbDelete verb = iota
	verbGet
	verbHead
	verbOptions
	verbPatch
	verbPost
	verbPut
	verbANY
	verbs
	verbUnknown = verbs
)

func verbOf(name string) verb {
	switch name {
	case "GET":
		return verbGet
	case "POST":
		return verbPost
	case "PUT":
		return verbPut
	case "DELETE":
		return verbDelete
	case "PATCH":
		return verbPatch
	case "OPTIONS":
		return verbOptions
	case "HEAD":
		return verbHead
	case "ANY":
		return verbANY
	}
	return verbUnknown
}

// routes is the tree of an API's resources. It is immutable once built.
type routes struct{ root node }

// node is one resource: the children that its path part can be followed by,
// and the methods that it has.
type node struct {
	static  map[string]*node
	param   *node // {name}
	greedy  *node // {name+}
	name    string
	methods *[verbs]*method
}

// add enters a resource's methods under its path, "/pets/{id}".
func (r *routes) add(path string, methods *[verbs]*method) {
	n := &r.root
	for part := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		if part != "" {
			n = n.child(part)
		}
	}
	n.methods = methods
}

// child returns the child for a path part, made if need be.
func (n *node) child(part string) *node {
	slot := (**node)(nil)
	name, greedy, variable := variablePart(part)
	switch {
	case greedy:
		slot = &n.greedy
	case variable:
		slot = &n.param
	default:
		return n.staticChild(part)
	}
	if *slot == nil {
		*slot = &node{name: name}
	}
	return *slot
}

func (n *node) staticChild(part string) *node {
	if n.static == nil {
		n.static = make(map[string]*node)
	}
	c := n.static[part]
	if c == nil {
		c = &node{}
		n.static[part] = c
	}
	return c
}

// variablePart reads {name} and {name+}.
func variablePart(part string) (name string, greedy, ok bool) {
	if len(part) < 3 || part[0] != '{' || part[len(part)-1] != '}' {
		return "", false, false
	}
	name, greedy = strings.CutSuffix(part[1:len(part)-1], "+")
	return name, greedy, true
}

// match finds the method for a raw path and collects its path parameters, as
// they are on the wire, into params.
//
// AWS: static text beats {param} beats {greedy+}, segment by segment, but only
// a resource that has the verb (or ANY) counts, and a branch that leads
// nowhere is left for the next. A trailing run of slashes is ignored; an empty
// segment elsewhere fits only into a greedy variable.
func (r *routes) match(v verb, rawPath string, params []HeaderField) (*method, []HeaderField) {
	if v >= verbANY {
		return nil, params
	}
	s := search{verb: v, params: params[:0]}
	path := strings.TrimLeft(rawPath, "/")
	m := s.at(&r.root, strings.TrimRight(path, "/"))
	return m, s.params
}

// search is one walk down the tree.
type search struct {
	verb   verb
	params []HeaderField
}

// at continues at node n with the path that is left, without leading slash.
func (s *search) at(n *node, path string) *method {
	if path == "" {
		return n.method(s.verb)
	}
	part, rest, more := strings.Cut(path, "/")
	if c := n.static[part]; c != nil {
		if m := s.below(c, rest, more); m != nil {
			return m
		}
	}
	if c := n.param; c != nil && part != "" {
		mark := s.push(c.name, part)
		if m := s.below(c, rest, more); m != nil {
			return m
		}
		s.params = s.params[:mark]
	}
	if c := n.greedy; c != nil {
		if m := c.method(s.verb); m != nil {
			s.push(c.name, path)
			return m
		}
	}
	return nil
}

// below continues under n; "a//b" leaves an empty segment for n's children,
// which at must not take for the end.
func (s *search) below(n *node, rest string, more bool) *method {
	if more && rest != "" && rest[0] == '/' {
		return s.greedyOnly(n, rest)
	}
	return s.at(n, rest)
}

// greedyOnly is at for a path that starts with an empty segment.
func (s *search) greedyOnly(n *node, path string) *method {
	if c := n.greedy; c != nil {
		if m := c.method(s.verb); m != nil {
			s.push(c.name, path)
			return m
		}
	}
	return nil
}

func (s *search) push(name, value string) (mark int) {
	mark = len(s.params)
	s.params = append(s.params, field(name, value))
	return mark
}

// method returns the resource's method for a verb. AWS: GET does not answer
// HEAD, and ANY stands for all seven.
func (n *node) method(v verb) *method {
	if n.methods == nil {
		return nil
	}
	if m := n.methods[v]; m != nil {
		return m
	}
	return n.methods[verbANY]
}
