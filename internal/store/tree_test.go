package store

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestTree compares a tree with a map, and old trees with what they were.
func TestTree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SampledFrom([]string{"", "a", "aa", "ab", "b", "ba", "\xff", "c", "d", "e", "f", "g", "h", "ä"})
		var tr *tree[int]
		model := map[string]int{}
		for i := range rapid.IntRange(0, 200).Draw(t, "edits") {
			old, oldModel := tr, maps.Clone(model)
			key := keys.Draw(t, "key")
			if rapid.IntRange(0, 2).Draw(t, "kind") == 0 {
				tr = tr.remove(key)
				delete(model, key)
			} else {
				tr = tr.put(key, i)
				model[key] = i
			}
			compare(t, tr, model)
			compare(t, old, oldModel)
		}
		start, after := keys.Draw(t, "start"), rapid.Bool().Draw(t, "after")
		var got, want []string
		for k := range tr.from(start, after) {
			got = append(got, k)
		}
		for _, k := range slices.Sorted(maps.Keys(model)) {
			if k > start || k == start && !after {
				want = append(want, k)
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("from %q (after %v): got %q, want %q", start, after, got, want)
		}
	})
}

func compare(t *rapid.T, tr *tree[int], model map[string]int) {
	got := maps.Collect(tr.from("", false))
	if !maps.Equal(got, model) || tr.len() != len(model) {
		t.Fatalf("tree has %v (%d), want %v", got, tr.len(), model)
	}
	for k, v := range model {
		if x, ok := tr.get(k); !ok || x != v {
			t.Fatalf("get %q: got %d, %v, want %d", k, x, ok, v)
		}
	}
}

func TestTreeStaysBalanced(t *testing.T) {
	t.Parallel()
	const n = 20_000
	var tr *tree[int]
	r := rand.New(rand.NewPCG(1, 2))
	key := func(i int) string { return string([]byte{byte(i >> 16), byte(i >> 8), byte(i)}) }
	for i := range n { // ascending, the worst order
		tr = tr.put(key(i), i)
	}
	for range n / 2 {
		tr = tr.remove(key(r.IntN(n)))
	}
	if d := depth(tr); d > 32 {
		t.Fatalf("%d entries lie %d deep", tr.len(), d)
	}
	if d := depth(build(make([]string, 1000), make([]int, 1000))); d != 10 {
		t.Fatalf("1000 entries are built %d deep, want 10", d)
	}
}

func depth[V any](t *tree[V]) int {
	if t == nil {
		return 0
	}
	return 1 + max(depth(t.left), depth(t.right))
}
