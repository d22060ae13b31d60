package certs

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestOrders: an answer to "finalize" names its order, whether or not the
// authority says so; other answers stay as they are, bodies included.
func TestOrders(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	authority := httptest.NewServer(mux)
	defer authority.Close()
	answer := func(path string, status int, location, body string) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			if location != "" {
				w.Header().Set("Location", location)
			}
			w.WriteHeader(status)
			io.WriteString(w, body)
		})
	}
	u := authority.URL
	answer("/account", 201, u+"/account/1", `{"status":"valid"}`)
	answer("/new/a", 201, u+"/order/a", fmt.Sprintf(`{"status":"pending","finalize":%q}`, u+"/finalize/a"))
	answer("/new/b", 201, u+"/order/b", fmt.Sprintf(`{"status":"pending","finalize":%q}`, u+"/finalize/b"))
	answer("/new/long", 201, u+"/order/long", strings.Repeat(" ", maxOrder+10)+"{}")
	answer("/finalize/a", 200, "", `{"status":"processing"}`)
	answer("/finalize/b", 200, u+"/elsewhere", `{"status":"processing"}`)
	answer("/finalize/c", 200, "", `{"status":"processing"}`)
	answer("/finalize/refused", 403, "", `{}`)
	client := &http.Client{Transport: newOrders(new(http.Transport))}
	defer client.CloseIdleConnections()
	for _, c := range []struct{ path, location string }{
		{"/account", "/account/1"}, {"/new/a", "/order/a"}, {"/new/b", "/order/b"}, {"/new/long", "/order/long"},
		{"/finalize/a", "/order/a"}, {"/finalize/b", "/elsewhere"}, {"/finalize/c", ""}, {"/finalize/refused", ""},
		{"/finalize/a", ""}, // once
	} {
		resp, err := client.Post(u+c.path, "application/jose+json", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.TrimPrefix(resp.Header.Get("Location"), u); got != c.location || !strings.HasSuffix(string(b), "}") {
			t.Errorf("%s: location %q, want %q; body of %d bytes", c.path, got, c.location, len(b))
		}
	}
}
