package engine

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestVersion: an engine that no longer has the version of the API that is asked
// for first is asked for its oldest.
func TestVersion(t *testing.T) {
	var asked []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked = append(asked, r.URL.Path+" "+string(body))
		if strings.HasPrefix(r.URL.Path, "/v1.41/") {
			w.WriteHeader(400)
			io.WriteString(w, `{"message":"client version 1.41 is too old. Minimum supported API version is 1.44, please upgrade your client to a newer version"}`)
			return
		}
		io.WriteString(w, `{"Id":"c"}`)
	}))
	defer s.Close()
	e, err := New(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := e.do(t.Context(), "POST", "/x", "in", nil); err != nil {
			t.Error(err)
		}
	}
	if got, want := strings.Join(asked, ","), `/v1.41/x "in",/v1.44/x "in",/v1.44/x "in"`; got != want {
		t.Errorf("asked %s, want %s", got, want)
	}
}
