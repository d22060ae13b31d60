package vtl

import (
	"context"
	"testing"
)

func TestAppendKeepsWhatIsThere(t *testing.T) {
	p, err := Parse(`Hello, $name!`, Options{})
	if err != nil {
		t.Fatal(err)
	}
	out, err := p.Append(context.Background(), []byte("> "), Vars{"name": "World"}, Limits{})
	if got := string(out); got != "> Hello, World!" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}
