package wire

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/smithy-go/middleware"
)

// TestEveryMember sends every member of every input of API Gateway and sees
// every member of every output that AWS keeps: what is put is what the answer,
// the Get and the list show. Members that are not sent or not shown are listed
// with the reason, and nothing else may be missing.
func TestEveryMember(t *testing.T) {
	pool := newUserPool(t)
	j := newJourney(t, start(t, "--issuer", userPoolID+"="+pool.url))
	j.pool = pool
	for _, part := range []func(){
		j.account, j.restAPI, j.resources, j.models, j.validators, j.authorizers, j.method, j.gatewayResponses,
		j.documentation, j.links, j.certificates, j.deployments, j.stages, j.keysAndPlans, j.domainNames, j.tests, j.documents, j.deletions,
	} {
		part()
	}
	j.checkComplete()
}

// journey calls operations and notes which members it has sent and seen.
type journey struct {
	t   *testing.T
	s   *server
	ctx context.Context
	api *apigateway.Client

	pool       *userPool
	called     map[string]bool
	sent, seen map[string]bool // by shape and member, "RestApi.Name"
	values     map[string]any  // of members, by name; see makers_test.go
	created    []any           // inputs of deletions, in the order of creation
}

func newJourney(t *testing.T, s *server) *journey {
	return &journey{
		t: t, s: s, ctx: deadline(t), api: apigateway.NewFromConfig(s.config()),
		called: map[string]bool{}, sent: map[string]bool{}, seen: map[string]bool{}, values: maps.Clone(makers),
	}
}

type operation[In, Out any] = func(context.Context, *In, ...func(*apigateway.Options)) (*Out, error)

// do performs an operation, and checks that the answer shows what was sent.
func do[In, Out any](j *journey, call operation[In, Out], in *In) *Out {
	j.t.Helper()
	name := operationOf(in)
	out, err := call(j.ctx, in)
	if err != nil {
		j.t.Fatalf("%s: %v\n%s", name, err, describe(in))
	}
	j.called[name] = true
	note(j.sent, name, reflect.ValueOf(in))
	note(j.seen, nounOf(name), reflect.ValueOf(out))
	j.kept(name, in, out)
	return out
}

// put creates something from full input, changed by with, and checks that the
// Get shows what the answer did.
func put[In, Out, GetIn, GetOut any](j *journey, create operation[In, Out], get operation[GetIn, GetOut], with map[string]any, id func(*Out) map[string]any) (*Out, *GetOut) {
	j.t.Helper()
	in := full[In](j, with)
	out := do(j, create, in)
	var ids map[string]any
	if id != nil {
		ids = id(out)
	}
	got := do(j, get, full[GetIn](j, ids))
	name := operationOf(in)
	j.same(name+": Get differs from the answer", out, got, shownLater[name])
	return out, got
}

// patched is what an update changes: the value of a member afterwards, by name.
type patched map[string]any

// update sends patch operations and checks what they change, and that the Get
// shows the same.
func update[In, Out, GetIn, GetOut any](j *journey, change operation[In, Out], get operation[GetIn, GetOut], ids map[string]any, want patched, ops ...types.PatchOperation) *Out {
	j.t.Helper()
	in := full[In](j, ids)
	reflect.ValueOf(in).Elem().FieldByName("PatchOperations").Set(reflect.ValueOf(ops))
	out := do(j, change, in)
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if got := plain(reflect.ValueOf(out).Elem().FieldByName(name)); !reflect.DeepEqual(got, want[name]) {
			j.t.Errorf("%s: %s is %#v, want %#v", operationOf(in), name, got, want[name])
		}
	}
	got := do(j, get, full[GetIn](j, ids))
	j.same(operationOf(in)+": Get differs from the answer", out, got, shownLater[operationOf(in)])
	return out
}

func op(kind types.Op, path, value string) types.PatchOperation {
	return types.PatchOperation{Op: kind, Path: &path, Value: &value}
}
func replace(path, value string) types.PatchOperation { return op(types.OpReplace, path, value) }
func add(path, value string) types.PatchOperation     { return op(types.OpAdd, path, value) }
func remove(path string) types.PatchOperation {
	return types.PatchOperation{Op: types.OpRemove, Path: &path}
}

// list reads a list in one piece and item by item, which must be the same, and
// checks that one of the items is the one that was got before.
func list[In, Out any](j *journey, call operation[In, Out], with map[string]any, got any) {
	j.t.Helper()
	name := operationOf(new(In))
	whole := do(j, call, full[In](j, with, "Limit", "Position"))
	items := reflect.ValueOf(whole).Elem().FieldByName("Items")
	if !items.IsValid() {
		items = reflect.ValueOf(whole).Elem().FieldByName("Item")
	}
	if got != nil && !slices.ContainsFunc(slices.Collect(indexes(items)), func(i int) bool {
		return len(differences(got, items.Index(i).Interface(), shownLater[name])) == 0
	}) {
		j.t.Errorf("%s: no item is as the Get:\n%s\n%s", name, describe(got), describe(whole))
	}
	if _, pages := reflect.TypeFor[In]().FieldByName("Position"); pages && reflect.ValueOf(whole).Elem().FieldByName("Position").IsValid() {
		j.pages(name, items, func(position *string) (reflect.Value, *string) {
			in := full[In](j, with, "Position")
			v := reflect.ValueOf(in).Elem()
			v.FieldByName("Limit").Set(reflect.ValueOf(new(int32(1))))
			v.FieldByName("Position").Set(reflect.ValueOf(position))
			out := reflect.ValueOf(do(j, call, in)).Elem()
			return out.FieldByName("Items"), out.FieldByName("Position").Interface().(*string)
		})
	}
}

// pages reads a list in pages of one and compares it with the whole.
func (j *journey) pages(name string, whole reflect.Value, page func(position *string) (reflect.Value, *string)) {
	j.t.Helper()
	var position *string
	for i := range whole.Len() {
		items, next := page(position)
		if whole.Kind() == reflect.Slice && (items.Len() != 1 || !reflect.DeepEqual(items.Index(0).Interface(), whole.Index(i).Interface())) {
			if unpaged[name] == "" {
				j.t.Errorf("%s: page %d is not item %d of the whole list:\n%s", name, i, i, describe(items.Interface()))
			}
			return
		}
		if last := i == whole.Len()-1; last != (next == nil) {
			j.t.Errorf("%s: position after page %d of %d is %v", name, i+1, whole.Len(), next)
			return
		}
		position = next
	}
}

func indexes(items reflect.Value) func(func(int) bool) {
	return func(yield func(int) bool) {
		for i := range items.Len() {
			if !yield(i) {
				return
			}
		}
	}
}

// same compares the members that two shapes have in common, but for some.
func (j *journey) same(what string, want, got any, except map[string]string) {
	j.t.Helper()
	for _, d := range differences(want, got, except) {
		j.t.Errorf("%s: %s", what, d)
	}
}

// kept checks that the answer shows each member that was sent and that it has
// too.
func (j *journey) kept(name string, in, out any) {
	j.t.Helper()
	except := map[string]string{"Position": "of the next page"}
	maps.Copy(except, altered[name])
	v := reflect.ValueOf(in).Elem()
	for i := range v.NumField() {
		if !hasValue(v.Field(i)) {
			except[v.Type().Field(i).Name] = "not sent"
		}
	}
	j.same(name+": the answer differs from what was sent", in, out, except)
}

func differences(want, got any, except map[string]string) []string {
	w, g := reflect.Indirect(reflect.ValueOf(want)), reflect.Indirect(reflect.ValueOf(got))
	var list []string
	for i := range w.NumField() {
		f := w.Type().Field(i)
		other := g.FieldByName(f.Name)
		if !f.IsExported() || !other.IsValid() || f.Type == reflect.TypeFor[middleware.Metadata]() || except[f.Name] != "" {
			continue
		}
		if x, y := plain(w.Field(i)), plain(other); !reflect.DeepEqual(x, y) {
			list = append(list, f.Name+" is "+describe(y)+", want "+describe(x))
		}
	}
	return list
}

// plain is a value without the pointer around it, whatever its type of text.
func plain(v reflect.Value) any {
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	switch {
	case v.Kind() == reflect.String:
		return v.String()
	case v.Kind() == reflect.Struct && v.Type() != reflect.TypeFor[time.Time]():
		m := map[string]any{} // shapes of requests have other types than those of answers
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && hasValue(v.Field(i)) {
				m[f.Name] = plain(v.Field(i))
			}
		}
		return m
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.String:
		list := []string{}
		for i := range v.Len() {
			list = append(list, v.Index(i).String())
		}
		return list
	case v.Kind() == reflect.Int32:
		return v.Int()
	}
	return v.Interface()
}

// note marks the members of a shape that have a value, and those of the shapes
// inside.
func note(marks map[string]bool, shape string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			note(marks, shape, v.Elem())
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			note(marks, shape, v.Index(i))
		}
	case reflect.Map:
		for _, e := range v.Seq2() {
			note(marks, shape, e)
		}
	case reflect.Struct:
		if !isShape(v.Type()) {
			return
		}
		if v.Type().PkgPath() == reflect.TypeFor[types.RestApi]().PkgPath() {
			shape = v.Type().Name()
		}
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if !f.IsExported() || f.Type == reflect.TypeFor[middleware.Metadata]() {
				continue
			}
			if hasValue(v.Field(i)) {
				marks[shape+"."+f.Name] = true
			}
			note(marks, shape, v.Field(i))
		}
	}
}

// isShape tells AWS's shapes from other structs.
func isShape(t reflect.Type) bool {
	return strings.HasPrefix(t.PkgPath(), reflect.TypeFor[apigateway.Client]().PkgPath())
}

func hasValue(v reflect.Value) bool {
	if v.Kind() == reflect.Slice || v.Kind() == reflect.Map {
		return v.Len() > 0
	}
	return !v.IsZero()
}

// shapesOf lists the members that note can mark.
func shapesOf(members map[string]bool, shape string, t reflect.Type) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		shapesOf(members, shape, t.Elem())
	case reflect.Struct:
		if !isShape(t) {
			return
		}
		if t.PkgPath() == reflect.TypeFor[types.RestApi]().PkgPath() {
			shape = t.Name()
		}
		for f := range t.Fields() {
			if f.IsExported() && f.Type != reflect.TypeFor[middleware.Metadata]() && !members[shape+"."+f.Name] {
				members[shape+"."+f.Name] = true
				shapesOf(members, shape, f.Type)
			}
		}
	}
}

// operationOf is the operation whose input in is.
func operationOf(in any) string {
	return strings.TrimSuffix(reflect.TypeOf(in).Elem().Name(), "Input")
}

// nounOf is the noun that an operation answers with; several operations share
// its members.
func nounOf(operation string) string {
	if noun := map[string]string{"ImportApiKeys": "ApiKeyIds", "ImportDocumentationParts": "DocumentationPartIds"}[operation]; noun != "" {
		return noun
	}
	for _, verb := range []string{"Create", "Get", "Update", "Put", "Generate", "Import"} {
		if noun, ok := strings.CutPrefix(operation, verb); ok {
			return noun
		}
	}
	return operation
}

// checkComplete compares what was called, sent and seen with the model.
func (j *journey) checkComplete() {
	in, out := map[string]bool{}, map[string]bool{}
	client := reflect.TypeOf(j.api)
	for m := range client.Methods() {
		if m.Type.NumIn() < 3 || m.Type.NumOut() != 2 {
			continue
		}
		if why := notCalled[m.Name]; (why == "") != j.called[m.Name] {
			j.t.Errorf("%s: called %t, reason not to %q", m.Name, j.called[m.Name], why)
		}
		if notCalled[m.Name] == "" {
			shapesOf(in, m.Name, m.Type.In(2))
			shapesOf(out, nounOf(m.Name), m.Type.Out(0))
		}
	}
	j.t.Logf("%d operations, %d members of inputs, %d of outputs", len(j.called), len(in), len(out))
	checkMarks(j.t, "sent", in, j.sent, notSent)
	checkMarks(j.t, "seen", out, j.seen, notSeen)
}

func checkMarks(t *testing.T, verb string, members, marked map[string]bool, reasons map[string]string) {
	for _, m := range slices.Sorted(maps.Keys(members)) {
		switch {
		case !marked[m] && reasons[m] == "":
			t.Errorf("%s was never %s", m, verb)
		case marked[m] && reasons[m] != "" && reasons[m] != mayBeZero:
			t.Errorf("%s was %s, but is listed as: %s", m, verb, reasons[m])
		}
	}
	for _, m := range slices.Sorted(maps.Keys(reasons)) {
		if !members[m] {
			t.Errorf("%s is listed, but no such member exists", m)
		}
	}
}
