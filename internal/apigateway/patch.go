package apigateway

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// patchOp is one operation of an Update call with its path taken apart.
type patchOp struct {
	op       string
	path     string   // as sent, "null" if absent
	segments []string // unescaped
	value    *string
	from     *string
}

// text is the value, "" if there is none.
func (p *patchOp) text() string {
	if p.value == nil {
		return ""
	}
	return *p.value
}

// member is the last segment: the key at "/map/{key}".
func (p *patchOp) member() string { return p.segments[len(p.segments)-1] }

// truth is the value as a boolean. AWS: what is not "true" is false (recorded
// for API keys and request validators).
func (p *patchOp) truth() *bool { return new(strings.EqualFold(p.text(), "true")) }

// integer is the value as a whole number.
func (p *patchOp) integer() (*int64, error) {
	n, err := strconv.ParseInt(strings.TrimSpace(p.text()), 10, 64)
	if err != nil {
		return nil, p.invalidValue()
	}
	return &n, nil
}

// number is the value as a number.
func (p *patchOp) number() (*float64, error) {
	f, err := strconv.ParseFloat(strings.TrimSpace(p.text()), 64)
	if err != nil || f != f || f-f != 0 { // NaN and infinities are no rates
		return nil, p.invalidValue()
	}
	return &f, nil
}

func (p *patchOp) invalidValue() error {
	return badRequest("Invalid patch value '%s' specified for path %s", p.text(), p.path)
}

// setter changes t as one operation says. It must not write to maps or slices
// that t shares with the published noun; setMember and its kin copy them.
type setter[T any] func(t *T, p *patchOp) error

// rule says what may be done at the paths of one form, in which names in
// braces stand for any one segment. A nil setter is an operation that AWS does
// not support there.
type rule[T any] struct {
	path                       string
	add, replace, remove, copy setter[T]
}

func (r *rule[T]) setter(op string) setter[T] {
	switch op {
	case "add":
		return r.add
	case "replace":
		return r.replace
	case "remove":
		return r.remove
	case "copy":
		return r.copy
	}
	return nil
}

// patchTable is everything that can be updated of one noun. refuse makes the
// error for an operation that no rule covers; its words differ between nouns.
type patchTable[T any] struct {
	rules  []rule[T]
	refuse func(p *patchOp) error
}

// apply makes the changes to t in their order. t is the caller's own copy: on
// an error it is thrown away, so that a list is applied whole or not at all.
func (table *patchTable[T]) apply(t *T, ops []*PatchOperation) error {
	for _, op := range ops {
		if op == nil {
			continue
		}
		p := newPatchOp(op)
		set := table.find(p)
		if set == nil {
			return table.refuse(p)
		}
		switch err := set(t, p); {
		case errors.Is(err, errNotHere):
			return table.refuse(p)
		case err != nil:
			return err
		}
	}
	return nil
}

// errNotHere is a setter's way to say that t does not have what its rule is
// for: the operation is refused as if there were no rule.
var errNotHere = errors.New("not supported for this noun")

func newPatchOp(op *PatchOperation) *patchOp {
	p := &patchOp{path: "null", value: op.Value, from: op.From}
	if op.Op != nil {
		p.op = *op.Op
	}
	if op.Path != nil {
		p.path = *op.Path
		p.segments = splitPointer(*op.Path)
	}
	return p
}

func (table *patchTable[T]) find(p *patchOp) setter[T] {
	for i := range table.rules {
		r := &table.rules[i]
		if set := r.setter(p.op); set != nil && matchPointer(r.path, p.segments) {
			return set
		}
	}
	return nil
}

// splitPointer takes a JSON pointer apart: "/a~1b/c~0d" is "a/b", "c~d". nil
// means that it is none.
func splitPointer(path string) []string {
	rest, ok := strings.CutPrefix(path, "/")
	if !ok {
		return nil
	}
	segments := strings.Split(rest, "/")
	for i, s := range segments {
		segments[i] = unescapePointer(s)
	}
	return segments
}

var pointerUnescaper = strings.NewReplacer("~1", "/", "~0", "~")

func unescapePointer(s string) string {
	if !strings.Contains(s, "~") {
		return s
	}
	return pointerUnescaper.Replace(s)
}

// matchPointer reports whether segments have the form of a rule's path.
func matchPointer(form string, segments []string) bool {
	for _, s := range segments {
		var want string
		if form == "" {
			return false
		}
		want, form, _ = strings.Cut(form[1:], "/")
		if form != "" {
			form = "/" + form
		}
		if want != s && !(strings.HasPrefix(want, "{") && s != "") {
			return false
		}
	}
	return form == "" && len(segments) > 0
}

// Refusals.

// invalidPatchPath is how methods, method responses and gateway responses
// refuse.
func invalidPatchPath(p *patchOp) error { return badRequest("Invalid patch path %s", p.path) }

// mustBeOneOf refuses an operation that is known with the paths it can have,
// and one that is never supported with a plainer text. The two spaces are AWS's
// (recorded).
func mustBeOneOf(op string, paths ...string) func(*patchOp) error {
	list := strings.Join(paths, ", ")
	return func(p *patchOp) error {
		if p.op != op {
			return badRequest("Invalid patch path  '%s' specified for op '%s'. Please choose supported operations", p.path, p.op)
		}
		return badRequest("Invalid patch path  '%s' specified for op '%s'. Must be one of: [%s]", p.path, p.op, list)
	}
}

// supportedPaths refuses by listing what the rules support for the operation.
func supportedPaths[T any](rules []rule[T]) func(*patchOp) error {
	return func(p *patchOp) error {
		var paths []string
		for i := range rules {
			if rules[i].setter(p.op) != nil {
				paths = append(paths, rules[i].path)
			}
		}
		if len(paths) == 0 {
			return badRequest("Invalid patch path  '%s' specified for op '%s'. Please choose supported operations", p.path, p.op)
		}
		return badRequest("Invalid patch path  '%s' specified for op '%s'. Must be one of: [%s]", p.path, p.op, strings.Join(paths, ", "))
	}
}

// Setters.

// setText replaces an optional text; no value clears it.
func setText[T any](field func(*T) **string) setter[T] {
	return func(t *T, p *patchOp) error {
		*field(t) = p.value
		return nil
	}
}

// setTruth replaces a boolean.
func setTruth[T any](field func(*T) **bool) setter[T] {
	return func(t *T, p *patchOp) error {
		*field(t) = p.truth()
		return nil
	}
}

// setInteger replaces a whole number.
func setInteger[T any](field func(*T) **int64) setter[T] {
	return func(t *T, p *patchOp) error {
		n, err := p.integer()
		if err == nil {
			*field(t) = n
		}
		return err
	}
}

// setNumber replaces a number.
func setNumber[T any](field func(*T) **float64) setter[T] {
	return func(t *T, p *patchOp) error {
		n, err := p.number()
		if err == nil {
			*field(t) = n
		}
		return err
	}
}

// unset removes an optional member.
func unset[T, V any](field func(*T) **V) setter[T] {
	return func(t *T, _ *patchOp) error {
		*field(t) = nil
		return nil
	}
}

// setMember sets the key that ends the path to the value's text.
func setMember[T any](field func(*T) *map[string]string) setter[T] {
	return func(t *T, p *patchOp) error {
		putKey(field(t), p.member(), p.text())
		return nil
	}
}

// setTruthMember sets the key that ends the path to the value's truth.
func setTruthMember[T any](field func(*T) *map[string]bool) setter[T] {
	return func(t *T, p *patchOp) error {
		putKey(field(t), p.member(), *p.truth())
		return nil
	}
}

// replaceMember sets the key that ends the path, which must be there.
func replaceMember[T any](field func(*T) *map[string]string, missing func() *awsapi.Error) setter[T] {
	return func(t *T, p *patchOp) error {
		if _, ok := (*field(t))[p.member()]; !ok {
			return missing()
		}
		return setMember(field)(t, p)
	}
}

// dropMember removes the key that ends the path, or answers with missing.
func dropMember[T, V any](field func(*T) *map[string]V, missing func() *awsapi.Error) setter[T] {
	return func(t *T, p *patchOp) error {
		m := field(t)
		if _, ok := (*m)[p.member()]; !ok {
			return missing()
		}
		dropKey(m, p.member())
		return nil
	}
}

// putKey writes to a copy of the map.
func putKey[V any](m *map[string]V, key string, v V) {
	c := maps.Clone(*m)
	if c == nil {
		c = map[string]V{}
	}
	c[key] = v
	*m = c
}

// dropKey removes from a copy of the map; an empty one becomes nil.
func dropKey[V any](m *map[string]V, key string) {
	c := maps.Clone(*m)
	delete(c, key)
	if len(c) == 0 {
		c = nil
	}
	*m = c
}

// addItem appends the value to a copy of the list unless it is there.
func addItem(list *[]string, item string) {
	if !slices.Contains(*list, item) {
		*list = append(slices.Clone(*list), item)
	}
}

// dropItem removes the value from a copy of the list; an empty one becomes nil.
func dropItem(list *[]string, item string) bool {
	i := slices.Index(*list, item)
	if i < 0 {
		return false
	}
	*list = slices.Delete(slices.Clone(*list), i, i+1)
	if len(*list) == 0 {
		*list = nil
	}
	return true
}
