package apigateway

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// An ordered map agrees with a plain one, and old versions stay as they were.
func TestOrdered(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		model := map[string]int{}
		var o ordered[int]
		key := rapid.StringMatching(`[ab/]{0,4}`)
		for i := range rapid.IntRange(0, 60).Draw(t, "steps") {
			old, before := o, maps.Clone(model)
			k := key.Draw(t, "key")
			if rapid.Bool().Draw(t, "remove") {
				o = o.without(k)
				delete(model, k)
			} else {
				o = o.with(k, i)
				model[k] = i
			}
			check(t, old, before)
			check(t, o, model)
		}
		after := key.Draw(t, "after")
		want := slices.DeleteFunc(sortedKeys(model), func(k string) bool { return after != "" && k <= after })
		if got := keysOf(o.from(after)); !slices.Equal(got, want) {
			t.Fatalf("from(%q) = %q, want %q", after, got, want)
		}
		want = slices.DeleteFunc(sortedKeys(model), func(k string) bool { return !strings.HasPrefix(k, after) })
		if got := keysOf(o.under(after)); !slices.Equal(got, want) {
			t.Fatalf("under(%q) = %q, want %q", after, got, want)
		}
	})
}

func keysOf(seq func(func(string, int) bool)) []string {
	keys := []string{}
	for k := range seq {
		keys = append(keys, k)
	}
	return keys
}

func check(t *rapid.T, o ordered[int], model map[string]int) {
	if o.len() != len(model) || !maps.Equal(maps.Collect(o.all()), model) || !slices.IsSorted(keysOf(o.all())) {
		t.Fatalf("%v is not %v", maps.Collect(o.all()), model)
	}
	for k, v := range model {
		if got, ok := o.get(k); !ok || got != v {
			t.Fatalf("get(%q) = %d %v, want %d", k, got, ok, v)
		}
	}
}
