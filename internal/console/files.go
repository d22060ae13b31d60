package console

import (
	"embed"
	"io/fs"
	"mime"
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

// files are the built pages, each with its compressed forms beside it.
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
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/console")
	name = strings.TrimPrefix(name, "/")
	if !strings.HasPrefix(name, "assets/") {
		name = "index.html" // every page is the one program; its address says which
	}
	f.send(w, r, name)
}

// send answers with a file in the smallest form that the client takes.
func (f files) send(w http.ResponseWriter, r *http.Request, name string) {
	h := w.Header()
	h.Set("Cache-Control", "no-cache")
	if strings.HasPrefix(name, "assets/") { // named by their content
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	h.Set("Vary", "Accept-Encoding")
	h.Set("Content-Type", contentType(name))
	accepted := r.Header.Get("Accept-Encoding")
	for _, form := range []struct{ suffix, encoding string }{{".br", "br"}, {".gz", "gzip"}, {"", ""}} {
		if form.encoding != "" && !strings.Contains(accepted, form.encoding) {
			continue
		}
		b, err := fs.ReadFile(f.fs, name+form.suffix)
		if err != nil {
			continue
		}
		if form.encoding != "" {
			h.Set("Content-Encoding", form.encoding)
		}
		h.Set("Content-Length", strconv.Itoa(len(b)))
		w.Write(b) //nolint:errcheck // the client is gone; nothing is left to do
		return
	}
	if name == "index.html" {
		w.WriteHeader(http.StatusServiceUnavailable)
		w.Write([]byte(unbuilt)) //nolint:errcheck // as above
		return
	}
	http.NotFound(w, r)
}

func contentType(name string) string {
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "application/octet-stream"
}
