package console

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/andybalholm/brotli"
)

func packed(t *testing.T, text string) (br, gz *fstest.MapFile) {
	t.Helper()
	var b, g bytes.Buffer
	bw, gw := brotli.NewWriter(&b), gzip.NewWriter(&g)
	for _, w := range []io.WriteCloser{bw, gw} {
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return &fstest.MapFile{Data: b.Bytes()}, &fstest.MapFile{Data: g.Bytes()}
}

func built(t *testing.T) files {
	t.Helper()
	out := fstest.MapFS{}
	for name, text := range map[string]string{"index.html": "<p>page</p>", "assets/index-1.js": "script()", "assets/index-1.css": "p{}"} {
		out[name+".br"], out[name+".gz"] = packed(t, text)
	}
	return files{out}
}

func TestFiles(t *testing.T) {
	const immutable, revalidate = "public, max-age=31536000, immutable", "no-cache"
	type answer struct {
		status                          int
		body, kind, encoding, cacheable string
	}
	for _, c := range []struct {
		name, path, accept string
		want               answer
	}{
		{"brotli first", "/console/", "gzip, deflate, br", answer{200, "<p>page</p>", "text/html; charset=utf-8", "br", revalidate}},
		{"gzip", "/console/", "gzip", answer{200, "<p>page</p>", "text/html; charset=utf-8", "gzip", revalidate}},
		{"neither", "/console/", "", answer{200, "<p>page</p>", "text/html; charset=utf-8", "", revalidate}},
		{"brotli refused", "/console/", "br;q=0, gzip;q=0.5", answer{200, "<p>page</p>", "text/html; charset=utf-8", "gzip", revalidate}},
		{"deep link", "/console/apigateway/abc/resources", "br", answer{200, "<p>page</p>", "text/html; charset=utf-8", "br", revalidate}},
		{"script", "/console/assets/index-1.js", "br", answer{200, "script()", "text/javascript; charset=utf-8", "br", immutable}},
		{"style", "/console/assets/index-1.css", "gzip", answer{200, "p{}", "text/css; charset=utf-8", "gzip", immutable}},
		{"no such asset", "/console/assets/index-2.js", "br", answer{404, "404 page not found\n", "text/plain; charset=utf-8", "", ""}},
		{"out of the folder", "/console/assets/../../secret", "br", answer{200, "<p>page</p>", "text/html; charset=utf-8", "br", revalidate}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest("GET", c.path, nil)
			r.Header.Set("Accept-Encoding", c.accept)
			w := httptest.NewRecorder()
			built(t).ServeHTTP(w, r)
			got := answer{w.Code, unpack(t, w), w.Header().Get("Content-Type"), w.Header().Get("Content-Encoding"), w.Header().Get("Cache-Control")}
			if got != c.want {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
			if policy := w.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'self'") || strings.Contains(policy, "script-src 'self' '") {
				t.Errorf("policy %q", policy)
			}
		})
	}
}

func unpack(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	var r io.Reader = w.Body
	switch w.Header().Get("Content-Encoding") {
	case "br":
		r = brotli.NewReader(r)
	case "gzip":
		g, err := gzip.NewReader(r)
		if err != nil {
			t.Fatal(err)
		}
		r = g
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestUnbuilt(t *testing.T) {
	w := httptest.NewRecorder()
	files{fstest.MapFS{}}.ServeHTTP(w, httptest.NewRequest("GET", "/console/", nil))
	if w.Code != 503 || !strings.Contains(w.Body.String(), "make build") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// A request that a page of another site could send without asking first is
// refused; with the header it passes.
func TestOwnPages(t *testing.T) {
	api := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "answer to "+r.URL.Path) })
	h := New(Config{API: api, CheckTemplate: func(text string) *TemplateError {
		if text == "#if" {
			return &TemplateError{1, 4, "unexpected end"}
		}
		return nil
	}})
	type headers map[string]string
	own := headers{Header: "1", "Content-Type": "application/json"}
	for _, c := range []struct {
		name, method, path, body string
		headers                  headers
		status                   int
		want                     string
	}{
		{"own page", "POST", "/console/api/iam/ListRoles", "{}", own, 200, "answer to /console/api/iam/ListRoles"},
		{"no header", "POST", "/console/api/iam/ListRoles", "{}", headers{"Content-Type": "application/json"}, 403, `{"code":"ForbiddenException","message":"Only the console's own pages may call this."}`},
		{"form", "POST", "/console/api/iam/ListRoles", "{}", headers{Header: "1", "Content-Type": "text/plain"}, 403, `{"code":"ForbiddenException","message":"Only the console's own pages may call this."}`},
		{"template", "POST", "/console/check-template", `{"template":"$a"}`, own, 200, `{"ok":true}`},
		{"template with a fault", "POST", "/console/check-template", `{"template":"#if"}`, own, 200, "{\"line\":1,\"column\":4,\"message\":\"unexpected end\"}\n"},
		{"template, not JSON", "POST", "/console/check-template", `{`, own, 400, `{"code":"SerializationException","message":"The body is not the JSON expected."}`},
		{"template, no header", "POST", "/console/check-template", `{"template":"$a"}`, nil, 403, `{"code":"ForbiddenException","message":"Only the console's own pages may call this."}`},
		{"without the slash", "GET", "/console", "", nil, 301, "<a href=\"/console/\">Moved Permanently</a>.\n\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(c.method, c.path, strings.NewReader(c.body))
			for k, v := range c.headers {
				r.Header.Set(k, v)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != c.status || w.Body.String() != c.want {
				t.Errorf("got %d %q\nwant %d %q", w.Code, w.Body, c.status, c.want)
			}
		})
	}
}
