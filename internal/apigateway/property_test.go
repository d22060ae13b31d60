package apigateway

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// shape is what a simple model knows of an API: verbs by path.
type shape map[string][]string

func shapeOf(t testing.TB, ts *testServer, api string) shape {
	t.Helper()
	got := shape{}
	position := ""
	for {
		var page struct {
			Position string
			Item     []struct {
				Path            string
				ResourceMethods map[string]any
			}
		}
		answer := ts.must("GET "+api+"/resources?limit=500&position="+position, "")
		if err := json.Unmarshal([]byte(answer[4:]), &page); err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Item {
			got[r.Path] = sortedKeys(r.ResourceMethods)
		}
		if position = page.Position; position == "" {
			return got
		}
	}
}

func (s shape) equal(other shape) bool { return maps.EqualFunc(s, other, slices.Equal) }

// Random edits do to an API what they do to the model, across a cache that
// forgets.
func TestRandomEdits(t *testing.T) {
	t.Parallel()
	st := newStore(t, "")
	ts := newServerWith(t, Config{Store: st})
	rapid.Check(t, func(rt *rapid.T) {
		api, root := ts.api("random")
		paths := map[string]string{"/": root[strings.LastIndexByte(root, '/')+1:]} // ids by path
		model := shape{"/": nil}
		for range rapid.IntRange(1, 25).Draw(rt, "edits") {
			at := rapid.SampledFrom(sortedKeys(model)).Draw(rt, "path")
			resource := api + "/resources/" + paths[at]
			switch rapid.IntRange(0, 4).Draw(rt, "edit") {
			case 0, 1:
				part := rapid.SampledFrom([]string{"a", "b", "{v}", "{w}", "{p+}"}).Draw(rt, "part")
				ok := !strings.HasSuffix(at, "+}")
				for path := range model {
					parent, sibling, _ := cutLast(path)
					ok = ok && (path == "/" || parent != at || sibling != part && !(sibling[0] == '{' && part[0] == '{'))
				}
				answer := ts.do("POST "+resource, `{"pathPart":"`+part+`"}`)
				if strings.HasPrefix(answer, "201") != ok {
					rt.Fatalf("create %s under %s: %s", part, at, answer)
				}
				if ok {
					var made struct{ ID, Path string }
					if err := json.Unmarshal([]byte(answer[4:]), &made); err != nil || made.Path != joinPath(at, part) {
						rt.Fatalf("create %s under %s: %s", part, at, answer)
					}
					paths[made.Path], model[made.Path] = made.ID, nil
				}
			case 2:
				verb := rapid.SampledFrom([]string{"GET", "POST", "ANY"}).Draw(rt, "verb")
				answer := ts.do("PUT "+resource+"/methods/"+verb, `{"authorizationType":"NONE"}`)
				if known := slices.Contains(model[at], verb); strings.HasPrefix(answer, "201") == known {
					rt.Fatalf("put %s %s: %s", verb, at, answer)
				} else if !known {
					model[at] = slices.Sorted(slices.Values(append(slices.Clone(model[at]), verb)))
				}
			case 3:
				if answer := ts.do("DELETE "+resource, ""); strings.HasPrefix(answer, "202") == (at == "/") {
					rt.Fatalf("delete %s: %s", at, answer)
				}
				for path := range model {
					if at != "/" && (path == at || strings.HasPrefix(path, at+"/")) {
						delete(model, path)
						delete(paths, path)
					}
				}
			case 4:
				ts.forget()
			}
		}
		if got := shapeOf(t, ts, api); !got.equal(model) {
			rt.Fatalf("got %v, want %v", got, model)
		}
		ts.forget()
		if got := shapeOf(t, ts, api); !got.equal(model) {
			rt.Fatalf("from the store: got %v, want %v", got, model)
		}
	})
}

// forget empties the cache of aggregates, so that the store is read again.
func (ts *testServer) forget() {
	for _, path := range sortedKeys(ts.aggregates.byPath) {
		ts.aggregates.drop(path)
	}
}

func cutLast(path string) (parent, part string, ok bool) {
	i := strings.LastIndexByte(path, '/')
	if i < 0 {
		return "", "", false
	}
	if i == 0 {
		return "/", path[1:], true
	}
	return path[:i], path[i+1:], true
}

// Edits from many sides lose nothing, whether they queue in one process or
// race in the store.
func TestParallelEdits(t *testing.T) {
	t.Parallel()
	st := newStore(t, t.TempDir())
	ts := newServerWith(t, Config{Store: st})
	other := newServerWith(t, Config{Store: st})
	other.newID, other.newSecret = randomID, randomSecret
	api, root := ts.api("parallel")
	ts.newID = randomID
	const writers, edits = 4, 15
	var group sync.WaitGroup
	for w := range writers {
		server := []*testServer{ts, other}[w%2]
		group.Go(func() {
			for i := range edits {
				answer := server.do("POST "+root, fmt.Sprintf(`{"pathPart":"w%d-%d"}`, w, i))
				if !strings.HasPrefix(answer, "201") {
					t.Errorf("writer %d, edit %d: %s", w, i, answer)
				}
			}
		})
	}
	group.Wait()
	want := shape{"/": nil}
	for w := range writers {
		for i := range edits {
			want[fmt.Sprintf("/w%d-%d", w, i)] = nil
		}
	}
	fresh := newServerWith(t, Config{Store: st})
	for name, server := range map[string]*testServer{"first": ts, "other": other, "fresh": fresh} {
		if name == "other" { // it may have lost the last race
			server.must("PATCH "+api, patchBody("replace /name x"))
		}
		if got := shapeOf(t, server, api); !got.equal(want) {
			t.Errorf("%s process: %d resources, want %d", name, len(got), len(want))
		}
	}
}

// A list of operations and its inverse leave a method as it was; a list with
// a fault anywhere changes nothing.
func TestPatchAndInverse(t *testing.T) {
	t.Parallel()
	type pair struct{ op, inverse string }
	pairs := []pair{
		{"replace /apiKeyRequired true", "replace /apiKeyRequired false"},
		{"replace /operationName x", "replace /operationName"},
		{"add /requestParameters/method.request.header.b~1c true", ""}, // not a name
		{"add /requestParameters/method.request.header.b true", "remove /requestParameters/method.request.header.b"},
		{"add /requestParameters/method.request.path.c false", "remove /requestParameters/method.request.path.c"},
		{"add /requestModels/a~1b Empty", "remove /requestModels/a~1b"},
		{"add /requestModels/a~0b~1c Error", "remove /requestModels/a~0b~1c"},
		{"add /authorizationScopes s", "remove /authorizationScopes s"},
		{"replace /authorizationType AWS_IAM", "replace /authorizationType NONE"},
	}
	ts := newServer(t)
	_, root := ts.api("a")
	get := root + "/methods/GET"
	ts.must("PUT "+get, `{"authorizationType":"NONE"}`)
	before := ts.must("GET "+get, "")
	rapid.Check(t, func(rt *rapid.T) {
		chosen := rapid.SliceOfNDistinct(rapid.IntRange(0, len(pairs)-1), 1, len(pairs), rapid.ID[int]).Draw(rt, "pairs")
		var ops, inverse []string
		faulty := rapid.Bool().Draw(rt, "faulty")
		for _, i := range chosen {
			if pairs[i].inverse == "" {
				faulty = true
			}
			ops, inverse = append(ops, pairs[i].op), append([]string{pairs[i].inverse}, inverse...)
		}
		if faulty {
			at := rapid.IntRange(0, len(ops)).Draw(rt, "at")
			ops = slices.Insert(ops, at, "replace /nope x")
			if answer := ts.patch(get, ops...); !strings.HasPrefix(answer, "400") {
				rt.Fatalf("%q: %s", ops, answer)
			}
		} else {
			changed := ts.patch(get, ops...)
			if !strings.HasPrefix(changed, "200") || changed == before {
				rt.Fatalf("%q: %s", ops, changed)
			}
			ts.patch(get, inverse...)
		}
		if after := ts.must("GET "+get, ""); after != before {
			rt.Fatalf("%q:\n got %s\nwant %s", ops, after, before)
		}
	})
}

func FuzzPatchPath(f *testing.F) {
	for _, seed := range []string{"/a~1b/c~0d", "", "/", "//", "a", "/~", "/~2", "/{x}/y", "/requestModels/application~1json"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		segments := splitPointer(path)
		if (segments == nil) != !strings.HasPrefix(path, "/") {
			t.Fatalf("%q splits into %q", path, segments)
		}
		for _, s := range segments {
			if again := splitPointer("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(s)); len(again) != 1 || again[0] != s {
				t.Fatalf("%q of %q is not kept: %q", s, path, again)
			}
		}
		m := &Method{}
		methodPatch.apply(m, []*PatchOperation{{Op: new("add"), Path: &path, Value: new("x")}}) //nolint:errcheck // it must not panic
		st := &Stage{CacheClusterEnabled: new(false)}
		stagePatch.apply(st, []*PatchOperation{{Op: new("replace"), Path: &path, Value: new("1")}}) //nolint:errcheck // it must not panic
		stagePatch.apply(st, []*PatchOperation{{Op: new("remove"), Path: &path}})                   //nolint:errcheck // it must not panic
		u := &usagePlan{UsagePlan{ApiStages: []*ApiStage{{ApiId: new("a"), Stage: new("s")}}}}
		usagePlanPatch.apply(u, []*PatchOperation{{Op: new("add"), Path: &path, Value: new("1")}}) //nolint:errcheck // it must not panic
	})
}
