package console

import (
	"compress/gzip"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:embed all:dist
var dist embed.FS

// policy of the pages: nothing comes from any other origin. Cloudscape sets
// style attributes, and its fonts and icons are part of the files.
const policy = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; " +
	"worker-src 'self' blob:; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// unbuilt is shown where the console was not built into the program.
const unbuilt = `<!doctype html><html lang="en"><meta charset="utf-8"><title>lambdagate</title>
<body><h1>The console is not built in</h1><p>This program was built without its console. Run <code>make build</code> where npm is installed, and start it again.</p></body></html>`

// files are the built pages, each as name.br and name.gz.
type files struct{ fs fs.FS }

func embedded() http.Handler {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // dist is embedded above
	}
	return files{sub}
}

func (f files) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/console")
	name = strings.TrimPrefix(name, "/")
	if !strings.HasPrefix(name, "assets/") {
		name = "index.html" // every page is the one program; its address says which
	}
	f.send(w, r, name)
}

// send answers with a file in the smallest form that the client takes.
func (f files) send(w http.ResponseWriter, r *http.Request, name string) {
	body, encoding, err := f.read(name, r.Header.Get("Accept-Encoding"))
	switch {
	case err == nil:
	case name == "index.html":
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusServiceUnavailable)
		io.WriteString(w, unbuilt) //nolint:errcheck // the client is gone; nothing is left to do
		return
	default:
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "no-cache")
	if strings.HasPrefix(name, "assets/") { // named by their content
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	h.Set("Vary", "Accept-Encoding")
	h.Set("Content-Type", contentType(name))
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.Write(body) //nolint:errcheck // the client is gone; nothing is left to do
}

// read returns a file in a form that accepted, an Accept-Encoding header,
// admits, and what that form is called.
func (f files) read(name, accepted string) (body []byte, encoding string, err error) {
	for _, form := range []struct{ suffix, encoding string }{{".br", "br"}, {".gz", "gzip"}} {
		if !accepts(accepted, form.encoding) {
			continue
		}
		if body, err := fs.ReadFile(f.fs, name+form.suffix); err == nil {
			return body, form.encoding, nil
		}
	}
	packed, err := f.fs.Open(name + ".gz")
	if err != nil {
		return nil, "", err
	}
	defer packed.Close()
	plain, err := gzip.NewReader(packed)
	if err != nil {
		return nil, "", fmt.Errorf("unpack %s: %w", name, err)
	}
	body, err = io.ReadAll(plain)
	return body, "", err
}

// accepts tells whether an Accept-Encoding header names a coding, and not to
// refuse it.
func accepts(header, coding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(name), coding) {
			weight, given := strings.CutPrefix(strings.TrimSpace(q), "q=")
			return !given || strings.Trim(weight, "0.") != ""
		}
	}
	return false
}

// contentType is fixed for what a build makes, whatever the machine's own
// tables say.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	}
	return "application/octet-stream"
}
