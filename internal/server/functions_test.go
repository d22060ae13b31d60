package server

import (
	"maps"
	"testing"
)

func TestSortPaths(t *testing.T) {
	t.Parallel()
	got := sortPaths(map[string]string{"nodejs20.x": "a", "22": "b", "python3.12": "c", "java21": "d"})
	for _, tt := range []struct{ got, want map[string]string }{
		{got.node, map[string]string{"nodejs20.x": "a", "22": "b"}},
		{got.python, map[string]string{"3.12": "c"}},
		{got.folders, map[string]string{"java21": "d"}},
	} {
		if !maps.Equal(tt.got, tt.want) {
			t.Errorf("got %v, want %v", tt.got, tt.want)
		}
	}
}

func TestInspected(t *testing.T) {
	t.Parallel()
	got, err := LambdaConfig{Inspect: []string{"a", "b=127.0.0.1:5000", "c"}}.inspected()
	want := map[string]string{"a": "127.0.0.1:9229", "b": "127.0.0.1:5000", "c": "127.0.0.1:9231"}
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("got %v %v, want %v", got, err, want)
	}
	for _, bad := range []string{"a=9230", "a=0.0.0.0:9229"} {
		if _, err := (LambdaConfig{Inspect: []string{bad}}).inspected(); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
