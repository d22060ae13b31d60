package jsonpath

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// paths lists the recorded cases as seeds.
func paths(f *testing.F) []string {
	files, _ := filepath.Glob("testdata/jayway/*.txt")
	var list []string
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		list = append(list, strings.Split(string(raw), "\n")[1:]...)
	}
	return list
}

// FuzzCompile: printing a path in brackets and compiling that gives the same
// path again.
func FuzzCompile(f *testing.F) {
	for _, path := range paths(f) {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, expr string) {
		p, err := Compile(expr)
		if err != nil {
			if s := err.(*SyntaxError); s.Pos < 0 || s.Pos > len(expr) || s.Path != expr {
				t.Fatalf("%q: %+v", expr, s)
			}
			return
		}
		printed := "$" + p.canonical()
		again, err := Compile(printed)
		if err != nil {
			t.Fatalf("%q is printed as %q: %v", expr, printed, err)
		}
		if got := "$" + again.canonical(); got != printed || again.Definite() != p.Definite() {
			t.Fatalf("%q is printed as %q, then as %q", expr, printed, got)
		}
	})
}

// FuzzGet: no panic, limits hold, a definite path finds at most one node, and
// paths without filters and functions agree with a naive walker.
func FuzzGet(f *testing.F) {
	for i, path := range paths(f) {
		f.Add(path, []string{bookstore, `[[1,{"a":2}],{"a":{"a":[null]}}]`, `{"a":{"b":[{"x":1}]}}`}[i%3])
	}
	f.Fuzz(func(t *testing.T, expr, document string) {
		p, err := Compiler{MaxSteps: 20_000}.Compile(expr)
		if err != nil {
			return
		}
		root, err := Decode([]byte(document))
		if err != nil {
			return
		}
		nodes, err := p.Select(root)
		if err != nil {
			return
		}
		if p.Definite() && len(nodes) > 1 {
			t.Fatalf("definite path %q finds %d nodes", expr, len(nodes))
		}
		for i := range p.steps {
			if k := p.steps[i].kind; k == stepFilter || k == stepFunction {
				return
			}
		}
		if p.folded != nil {
			return
		}
		want, found := naive(p.steps, root)
		if !found {
			want = nil
		}
		if len(want) != len(nodes) || len(want) > 0 && !reflect.DeepEqual(nodes, want) {
			t.Fatalf("%q\n got %s\nwant %s", expr, encode(t, nodes), encode(t, want))
		}
	})
}

// naive walks steps breadth first, one step at a time over a list of nodes,
// on trees as Decode makes them. found is false when a single member before
// the first indefinite step is missing, or such a step meets the wrong type.
func naive(steps []step, root any) (nodes []any, found bool) {
	nodes = []any{root}
	definite := true
	for i := 0; i < len(steps); i++ {
		last := i == len(steps)-1
		s := steps[i]
		if s.kind == stepScan {
			i++
			s, last, definite = steps[i], i == len(steps)-1, false
			var all []any
			for _, n := range nodes {
				for _, d := range descendants(n) {
					if scanAccepts(s, d, last) {
						all = append(all, d)
					}
				}
			}
			nodes = all
		}
		var next []any
		for _, n := range nodes {
			got, ok := naiveStep(s, n, last)
			if !ok && definite {
				return nil, false
			}
			next = append(next, got...)
		}
		if definite && s.kind == stepName && len(next) == 0 {
			return nil, false
		}
		nodes, definite = next, definite && s.definite(last)
	}
	return nodes, true
}

// naiveStep is what one step finds in one node; not ok if the node has the
// wrong type for it.
func naiveStep(s step, node any, last bool) (found []any, ok bool) {
	object, _ := node.(*Map)
	array, isArray := node.([]any)
	switch s.kind {
	case stepWildcard:
		if object != nil {
			for i := range object.Len() {
				_, v := object.At(i)
				found = append(found, v)
			}
		}
		return append(found, array...), true
	case stepName, stepNames:
		if object == nil {
			return nil, false
		}
		picked := new(Map)
		for _, name := range s.names {
			if v, ok := object.Get(name); ok {
				found = append(found, v)
				picked.Set(name, v)
			}
		}
		if s.kind == stepNames && last {
			return []any{picked}, true
		}
		return found, true
	case stepSlice:
		from, to := 0, len(array)
		if s.bounds.hasFrom {
			from = s.bounds.from
		}
		if s.bounds.hasTo {
			to = s.bounds.to
		}
		for i := range array {
			if i >= wrapped(from, len(array)) && i < wrapped(to, len(array)) {
				found = append(found, array[i])
			}
		}
	default:
		for _, index := range s.indexes {
			if i := wrapped(index, len(array)); i >= 0 && i < len(array) {
				found = append(found, array[i])
			}
		}
	}
	return found, isArray
}

func wrapped(i, n int) int {
	if i < 0 {
		return i + n
	}
	return i
}

// scanAccepts says whether the step after ".." applies to a node at all.
func scanAccepts(s step, node any, last bool) bool {
	object, isObject := node.(*Map)
	switch s.kind {
	case stepWildcard:
		return true
	case stepName, stepNames:
		if !isObject {
			return false
		}
		for _, name := range s.names {
			if _, ok := object.Get(name); !ok && last {
				return false
			}
		}
		return true
	}
	_, isArray := node.([]any)
	return isArray
}

// descendants lists node and everything below it, parents first.
func descendants(node any) []any {
	list := []any{node}
	switch node := node.(type) {
	case *Map:
		for i := range node.Len() {
			_, v := node.At(i)
			list = append(list, descendants(v)...)
		}
	case []any:
		for _, v := range node {
			list = append(list, descendants(v)...)
		}
	}
	return list
}
