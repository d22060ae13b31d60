package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/store"
	"github.com/lambdagate/lambdagate/internal/store/sqlite"
)

type user struct {
	Name string `json:"name"`
	Age  int    `json:"age"`
}

func newStore(t testing.TB) store.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), sqlite.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func newTable(t testing.TB, s store.Store) *store.Table[user] {
	t.Helper()
	table, err := store.OpenTable[user](t.Context(), s, "user/", 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(table.Close)
	return table
}

func keys(table *store.Table[user], prefix, after string) (list []string) {
	for k, u := range table.Range(prefix, after) {
		list = append(list, fmt.Sprintf("%s=%s/%d", k, u.Name, u.Age))
	}
	return list
}

func want(t testing.TB, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%s:\n got %v\nwant %v", what, got, want)
	}
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	s, ctx := newStore(t), t.Context()
	table := newTable(t, s)
	ok(t, table.Put(ctx, "a/1", &user{"Ann", 1}))
	ok(t, table.Insert(ctx, "a/2", &user{"Bob", 2}))
	ok(t, table.Put(ctx, "b/1", &user{"Cid", 3}))
	if err := table.Insert(ctx, "b/1", &user{}); !errors.Is(err, store.ErrConflict) {
		t.Fatalf("insert of what is there: %v", err)
	}
	want(t, "all", keys(table, "", ""), []string{"a/1=Ann/1", "a/2=Bob/2", "b/1=Cid/3"})
	want(t, "range", keys(table, "a/", ""), []string{"a/1=Ann/1", "a/2=Bob/2"})
	want(t, "range after", keys(table, "a/", "a/1"), []string{"a/2=Bob/2"})
	want(t, "range after the last", keys(table, "a/", "a/2"), []string(nil))
	want(t, "range after what is not there", keys(table, "", "a/15"), []string{"a/2=Bob/2", "b/1=Cid/3"})
	want(t, "range after something before", keys(table, "b/", "a"), []string{"b/1=Cid/3"})

	var all []string
	for k := range table.All() {
		all = append(all, k)
	}
	want(t, "keys", all, []string{"a/1", "a/2", "b/1"})

	before := table.View()
	u, err := table.Update(ctx, "a/1", func(old *user) (*user, error) { return &user{old.Name, old.Age + 10}, nil })
	ok(t, err)
	want(t, "updated", *u, user{"Ann", 11})
	got, rev, there := table.Get("a/1")
	want(t, "got", []any{*got, there}, []any{user{"Ann", 11}, true})
	d, err := s.Get(ctx, "user/a/1")
	ok(t, err)
	want(t, "stored", []any{string(d.Value), d.Rev}, []any{`{"v":1,"doc":{"name":"Ann","age":11}}`, rev})

	_, err = table.Update(ctx, "a/1", func(old *user) (*user, error) { return old, nil })
	ok(t, err)
	_, same, _ := table.Get("a/1")
	want(t, "revision after no change", same, rev)
	boom := errors.New("boom")
	if _, err = table.Update(ctx, "a/1", func(*user) (*user, error) { return nil, boom }); err != boom {
		t.Fatalf("update that fails: %v", err)
	}
	ok(t, table.Delete(ctx, "a/1"))
	if err := table.Delete(ctx, "a/1"); !errors.Is(err, store.ErrNotFound) {
		t.Fatalf("delete of what is gone: %v", err)
	}
	want(t, "number", table.Len(), 2)
	want(t, "number in the old view", before.Len(), 3)
	if u, _, _ := before.Get("a/1"); u.Age != 1 {
		t.Fatalf("the old view changed: %v", u)
	}
	if _, _, there := table.Get("a/1"); there {
		t.Fatal("it is still there")
	}
}

func TestTableOpensWhatIsThere(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	first := newTable(t, s)
	var list []string
	for i := range 100 {
		key := fmt.Sprintf("%03d", i)
		ok(t, first.Put(t.Context(), key, &user{"x", i}))
		list = append(list, fmt.Sprintf("%s=x/%d", key, i))
	}
	want(t, "all", keys(newTable(t, s), "", ""), list)
}

func TestTableUpdatesOfMany(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	tables := []*store.Table[user]{newTable(t, s), newTable(t, s)} // as on two nodes
	const writers, each = 8, 10
	var all sync.WaitGroup
	for i := range writers {
		all.Go(func() {
			table := tables[i%2]
			for range each {
				u, err := table.Update(t.Context(), "n", func(old *user) (*user, error) {
					if old == nil {
						return &user{"n", 1}, nil
					}
					return &user{old.Name, old.Age + 1}, nil
				})
				if err != nil {
					t.Error(err)
					return
				}
				if now, _, _ := table.Get("n"); now.Age < u.Age {
					t.Errorf("wrote %d and then read %d", u.Age, now.Age)
				}
			}
		})
	}
	all.Wait()
	u, _, _ := tables[0].Get("n")
	want(t, "count in the store", mustGet(t, s, "user/n").Age, writers*each)
	want(t, "name", u.Name, "n")
}

func mustGet(t testing.TB, s store.Store, key string) (u user) {
	d, err := s.Get(t.Context(), key)
	ok(t, err)
	var doc struct{ Doc *user }
	doc.Doc = &u
	ok(t, json.Unmarshal(d.Value, &doc))
	return u
}

func TestTableTransactions(t *testing.T) {
	t.Parallel()
	s, ctx := newStore(t), t.Context()
	users := newTable(t, s)
	names, err := store.OpenTable[string](ctx, s, "name/", 1)
	ok(t, err)
	defer names.Close()
	put, err := users.PutChange("1", 0, &user{"Ann", 1})
	ok(t, err)
	name, err := names.PutChange("Ann", 0, new("1"))
	ok(t, err)
	rev, err := s.Commit(ctx, put, name)
	ok(t, err)
	ok(t, users.WaitFor(ctx, rev))
	ok(t, names.WaitFor(ctx, rev))
	id, _, _ := names.Get("Ann")
	want(t, "id", *id, "1")
	// The same again conflicts in both and changes neither.
	put, err = users.PutChange("2", 0, &user{"Ann", 2})
	ok(t, err)
	if _, err := s.Commit(ctx, put, name); !errors.Is(err, store.ErrConflict) {
		t.Fatalf("second commit: %v", err)
	}
	want(t, "users", keys(users, "", ""), []string{"1=Ann/1"})
	if _, err := s.Commit(ctx, users.CheckChange("1", rev), names.DeleteChange("Ann", rev)); err != nil {
		t.Fatal(err)
	}
}

func TestTableSubscribe(t *testing.T) {
	t.Parallel()
	s, ctx := newStore(t), t.Context()
	table := newTable(t, s)
	ok(t, table.Put(ctx, "1", &user{"Ann", 1}))
	var told []string
	stop := table.Subscribe(func(changes []store.TableChange[user]) {
		var words []string
		for _, c := range changes {
			switch {
			case c.Old == nil:
				words = append(words, "+"+c.New.Name)
			case c.New == nil:
				words = append(words, "-"+c.Old.Name)
			default:
				words = append(words, c.Old.Name+">"+c.New.Name)
			}
		}
		told = append(told, strings.Join(words, " "))
	})
	ok(t, table.Put(ctx, "1", &user{"Ada", 1}))
	one, err := table.PutChange("2", 0, &user{"Bob", 1})
	ok(t, err)
	two, err := table.PutChange("3", 0, &user{"Cid", 1})
	ok(t, err)
	rev, err := s.Commit(ctx, one, two, table.DeleteChange("1", store.Any))
	ok(t, err)
	ok(t, table.WaitFor(ctx, rev))
	stop()
	ok(t, table.Delete(ctx, "2"))
	want(t, "told", told, []string{"+Ann", "Ann>Ada", "+Bob +Cid -Ada"})
}

// TestTableSeesWholeCommits reads while pairs are written together.
func TestTableSeesWholeCommits(t *testing.T) {
	t.Parallel()
	s, ctx := newStore(t), t.Context()
	table := newTable(t, s)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range 300 {
			a, _ := table.PutChange("a", store.Any, &user{"a", i})
			b, _ := table.PutChange("b", store.Any, &user{"b", i})
			if _, err := s.Commit(ctx, a, b); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	for {
		v := table.View()
		a, _, hasA := v.Get("a")
		b, _, hasB := v.Get("b")
		if hasA != hasB || hasA && a.Age != b.Age {
			t.Fatalf("half a commit: %v %v", a, b)
		}
		select {
		case <-done:
			return
		default:
		}
	}
}

func TestTableSchemaVersions(t *testing.T) {
	t.Parallel()
	s, ctx := newStore(t), t.Context()
	_, err := s.Commit(ctx, store.Put("user/1", 0, []byte(`{"v":1,"doc":{"full":"Ann B","years":7}}`)))
	ok(t, err)
	upgrade := func(doc []byte) ([]byte, error) {
		var old struct {
			Full  string
			Years int
		}
		err := json.Unmarshal(doc, &old)
		b, _ := json.Marshal(user{old.Full, old.Years})
		return b, err
	}
	table, err := store.OpenTable[user](ctx, s, "user/", 2, upgrade)
	ok(t, err)
	defer table.Close()
	want(t, "upgraded", keys(table, "", ""), []string{"1=Ann B/7"})
	_, err = table.Update(ctx, "1", func(old *user) (*user, error) { return &user{old.Name, 8}, nil })
	ok(t, err)
	d, err := s.Get(ctx, "user/1")
	ok(t, err)
	want(t, "stored", string(d.Value), `{"v":2,"doc":{"name":"Ann B","age":8}}`)

	_, err = store.OpenTable[user](ctx, s, "user/", 1)
	if err == nil || !strings.Contains(err.Error(), `"user/1": its schema is version 2 and this program knows 1`) {
		t.Fatalf("an older program opened it: %v", err)
	}
	// One that comes later is left out; what is there goes on.
	_, err = s.Commit(ctx, store.Put("user/2", 0, []byte(`{"v":9,"doc":{}}`)))
	ok(t, err)
	ok(t, table.Put(ctx, "3", &user{"Cid", 3}))
	want(t, "documents", keys(table, "", ""), []string{"1=Ann B/8", "3=Cid/3"})
}

func TestTableEnds(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	table := newTable(t, s)
	ok(t, table.Put(t.Context(), "1", &user{"Ann", 1}))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := table.WaitFor(ctx, 1<<40); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("wait for what does not come: %v", err)
	}
	ok(t, s.Close())
	if err := table.WaitFor(t.Context(), 1<<40); !errors.Is(err, store.ErrClosed) {
		t.Fatalf("wait on a closed store: %v", err)
	}
	if err := table.Put(t.Context(), "1", &user{}); !errors.Is(err, store.ErrClosed) {
		t.Fatalf("put on a closed store: %v", err)
	}
	want(t, "documents", keys(table, "", ""), []string{"1=Ann/1"})
	if _, err := store.OpenTable[user](t.Context(), s, "user/", 1); !errors.Is(err, store.ErrClosed) {
		t.Fatalf("open on a closed store: %v", err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := store.OpenTable[user](cancelled, newStore(t), "user/", 1); !errors.Is(err, context.Canceled) {
		t.Fatalf("open with an ended context: %v", err)
	}
}

func benchTable(b *testing.B, n int) (*store.Table[user], []string) {
	s := newStore(b)
	var changes []store.Change
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf("111111111111/us-east-1/%06d", i))
		changes = append(changes, store.Put("user/"+list[i], 0, fmt.Appendf(nil, `{"v":1,"doc":{"name":"x","age":%d}}`, i)))
	}
	for c := range slices.Chunk(changes, 1000) {
		if _, err := s.Commit(b.Context(), c...); err != nil {
			b.Fatal(err)
		}
	}
	return newTable(b, s), list
}

func BenchmarkTableGet5000(b *testing.B) {
	table, list := benchTable(b, 5000)
	i := 0
	for b.Loop() {
		table.Get(list[i%len(list)])
		i += 7919
	}
}

func BenchmarkTablePage5000(b *testing.B) {
	table, list := benchTable(b, 5000)
	for b.Loop() {
		n := 0
		for range table.Range("111111111111/us-east-1/", list[2500]) {
			if n++; n == 25 {
				break
			}
		}
	}
}

func BenchmarkTablePut5000(b *testing.B) {
	table, list := benchTable(b, 5000)
	i := 0
	for b.Loop() {
		if err := table.Put(b.Context(), list[i%len(list)], &user{"y", i}); err != nil {
			b.Fatal(err)
		}
		i += 7919
	}
}
