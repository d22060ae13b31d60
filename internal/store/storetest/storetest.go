// Package storetest is the suite that every store engine has to pass.
//
// Read storetest.go (Run, Reopen), then a file for each part of the contract:
// documents.go, watch.go, blobs.go, queue.go, logs.go, counters.go, whole.go
// (backup, reset, close), reopen.go.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/store"
)

// patience bounds every wait of the suite.
const patience = 3 * time.Minute

// Run runs the suite. open returns a new empty store, which it closes when its
// test ends.
func Run(t *testing.T, open func(testing.TB) store.Store) {
	for _, part := range []struct {
		name string
		run  func(*testing.T, func(testing.TB) store.Store)
	}{
		{"Documents", documents},
		{"Watch", watches},
		{"Blobs", blobs},
		{"Queue", queues},
		{"Logs", logs},
		{"Counters", counters},
		{"Whole", whole},
	} {
		t.Run(part.name, func(t *testing.T) {
			t.Parallel()
			part.run(t, open)
		})
	}
}

// a test is one case of a part; each has a store of its own.
type test struct {
	name string
	run  func(*testing.T, store.Store)
}

func runAll(t *testing.T, open func(testing.TB) store.Store, tests []test) {
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.run(t, open(t))
		})
	}
}

func ctxOf(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// must fails the test if err is not nil.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantErr fails the test unless err is want.
func wantErr(t testing.TB, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("%s: got error %v, want %v", what, err, want)
	}
}

// same compares whole values.
func same(t testing.TB, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%s:\n got %s\nwant %s", what, show(got), show(want))
	}
}

func show(v any) string {
	s := fmt.Sprintf("%+v", v)
	if len(s) > 2000 {
		s = s[:2000] + "…"
	}
	return s
}

// until waits until cond holds.
func until(t testing.TB, what string, cond func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !cond(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited %v for %s", patience, what)
		}
	}
}

// put writes one document whatever its revision.
func put(t testing.TB, s store.Store, key, value string) store.Revision {
	t.Helper()
	rev, err := s.Commit(ctxOf(t), store.Put(key, store.Any, []byte(value)))
	must(t, err)
	return rev
}

// content lists documents as key=value.
func content(t testing.TB, s store.Store, prefix string) []string {
	t.Helper()
	docs, err := s.List(ctxOf(t), prefix)
	must(t, err)
	var list []string
	for _, d := range docs {
		list = append(list, d.Key+"="+string(d.Value))
	}
	return list
}
