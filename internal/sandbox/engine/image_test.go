package engine

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

var (
	idA     = "sha256:" + strings.Repeat("a", 64)
	digestB = "@sha256:" + strings.Repeat("b", 64)
	digestC = "@sha256:" + strings.Repeat("c", 64)
)

// newClient is a client of an engine that has images, with their names at
// registries, and gets others if the pull's answer says so.
func newClient(t *testing.T, has map[string]string, pulls map[string]string) *Engine {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1.41/images/", func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/v1.41/images/"), "/json")
		digests, ok := has[name]
		if !ok {
			w.WriteHeader(404)
			fmt.Fprintf(w, `{"message":"No such image: %s"}`, name)
			return
		}
		fmt.Fprintf(w, `{"Id":%q,"RepoDigests":[%s]}`, idA, digests)
	})
	mux.HandleFunc("POST /v1.41/images/create", func(w http.ResponseWriter, r *http.Request) {
		name := r.URL.Query().Get("fromImage")
		switch answer, ok := pulls[name]; {
		case !ok:
			w.WriteHeader(404)
			fmt.Fprintf(w, `{"message":"pull access denied for %s"}`, name)
		case answer == "500":
			w.WriteHeader(500)
			fmt.Fprint(w, `{"message":"no route to host"}`)
		default:
			fmt.Fprint(w, `{"status":"Pulling"}`+"\n"+answer+"\n")
			has[strings.TrimSuffix(name, ":latest")] = ""
		}
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	e, err := New("tcp://" + s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestResolve(t *testing.T) {
	const host = "127.0.0.1:5000/team/app"
	e := newClient(t, map[string]string{
		"made:1": "", "app": `"app` + digestB + `"`, host + ":1": `"other/app` + digestC + `","` + host + digestB + `"`, host + digestC: `"` + host + digestB + `","` + host + digestC + `"`,
		"docker.io/library/app:1": `"app` + digestB + `"`,
	}, map[string]string{
		"new:latest": `{"status":"done"}`, "bad:1": `{"error":"manifest unknown"}`, "far:1": "500", "full:1": `{"error":"no space left on device"}`,
	})
	for _, test := range []struct{ name, digest, err string }{
		{"made:1", "", ""},
		{"app", "app" + digestB, ""},
		{host + ":1", host + digestB, ""},
		{host + digestC, host + digestC, ""},
		{"docker.io/library/app:1", "app" + digestB, ""},
		{"new", "", ""},
		{"bad:1", "", ErrNoImage.Error()},
		{"none:1", "", ErrNoImage.Error()},
		{"far:1", "", "get image far:1: the container engine answered 500: no route to host"},
		{"full:1", "", "get image full:1: no space left on device"},
		{"../containers/x", "", ErrNoImage.Error()},
		{"a/../b", "", ErrNoImage.Error()},
		{"a?b=c", "", ErrNoImage.Error()},
		{"", "", ErrNoImage.Error()},
	} {
		image, err := e.Resolve(t.Context(), test.name)
		switch {
		case test.err == ErrNoImage.Error():
			if !errors.Is(err, ErrNoImage) {
				t.Errorf("%s: %v", test.name, err)
			}
		case test.err != "":
			if err == nil || err.Error() != test.err {
				t.Errorf("%s: %v, want %s", test.name, err, test.err)
			}
		case err != nil:
			t.Errorf("%s: %v", test.name, err)
		case image.ID != idA || image.Digest != test.digest:
			t.Errorf("%s: %+v, want %s", test.name, image, test.digest)
		}
	}
	away, err := New("unix:///no/such/engine.sock")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := away.Resolve(t.Context(), "made:1"); !errors.Is(err, ErrAway) {
		t.Errorf("with an engine that is away: %v", err)
	}
}
