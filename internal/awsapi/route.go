package awsapi

import (
	"net/url"
	"strings"
)

// routes finds a REST operation by verb, path and fixed query fields.
type routes struct{ root routeNode }

type routeNode struct {
	literal map[string]*routeNode
	param   *routeNode
	ops     []routeOp
}

type routeOp struct {
	op           *BoundOperation
	params       []string // names of the path members, in order
	query, value string   // a fixed query field that must be there
}

func newRoutes(ops []*BoundOperation) *routes {
	r := &routes{}
	for _, op := range ops {
		path, query, _ := strings.Cut(op.URI, "?")
		ro := routeOp{op: op}
		ro.query, ro.value, _ = strings.Cut(query, "=")
		n := &r.root
		for _, seg := range segments(path) {
			if strings.HasPrefix(seg, "{") {
				ro.params = append(ro.params, strings.TrimSuffix(strings.Trim(seg, "{}"), "+"))
				if n.param == nil {
					n.param = &routeNode{}
				}
				n = n.param
				continue
			}
			if n.literal == nil {
				n.literal = map[string]*routeNode{}
			}
			if n.literal[seg] == nil {
				n.literal[seg] = &routeNode{}
			}
			n = n.literal[seg]
		}
		n.ops = append(n.ops, ro)
	}
	return r
}

// segments splits a raw path; slashes at its ends do not count.
func segments(path string) []string {
	path = strings.Trim(path, "/")
	if path == "" {
		return nil
	}
	return strings.Split(path, "/")
}

// find returns the operation for a raw (still encoded) path and the decoded
// values of its path members.
func (r *routes) find(verb, path string, query url.Values) (*BoundOperation, map[string]string) {
	var values []string
	ro := r.root.find(segments(path), &values, verb, query)
	if ro == nil {
		return nil, nil
	}
	params := make(map[string]string, len(values))
	for i, name := range ro.params {
		params[name] = values[i]
	}
	return ro.op, params
}

// find prefers literal segments, and backtracks.
func (n *routeNode) find(segs []string, values *[]string, verb string, query url.Values) *routeOp {
	if len(segs) == 0 {
		return n.pick(verb, query)
	}
	if next := n.literal[segs[0]]; next != nil {
		if op := next.find(segs[1:], values, verb, query); op != nil {
			return op
		}
	}
	if n.param == nil {
		return nil
	}
	v, err := url.PathUnescape(segs[0])
	if err != nil {
		v = segs[0]
	}
	mark := len(*values)
	*values = append(*values, v)
	if op := n.param.find(segs[1:], values, verb, query); op != nil {
		return op
	}
	*values = (*values)[:mark]
	return nil
}

// pick chooses among operations of one path: a fixed query field that is
// there wins over none.
func (n *routeNode) pick(verb string, query url.Values) *routeOp {
	var best *routeOp
	for i := range n.ops {
		ro := &n.ops[i]
		if ro.op.Verb != verb {
			continue
		}
		if ro.query == "" && best == nil {
			best = ro
		}
		if ro.query != "" && query.Has(ro.query) && query.Get(ro.query) == ro.value {
			best = ro
		}
	}
	return best
}
