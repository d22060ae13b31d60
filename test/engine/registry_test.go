package engine

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// registry has images for engines to get, on the loopback, where they need no
// TLS.
type registry struct {
	host string

	mu   sync.Mutex
	kept map[string][]byte // by the path below /v2/
}

func newRegistry(t *testing.T) *registry {
	t.Helper()
	r := &registry{kept: map[string][]byte{"": nil}}
	s := httptest.NewServer(r)
	t.Cleanup(s.Close)
	r.host = s.Listener.Addr().String()
	return r
}

func (r *registry) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	path := strings.TrimPrefix(req.URL.Path, "/v2/")
	r.mu.Lock()
	defer r.mu.Unlock()
	content, ok := r.kept[path]
	if !ok {
		w.WriteHeader(404)
		w.Write([]byte(`{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}`))
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	if strings.Contains(path, "/manifests/") {
		w.Header().Set("Content-Type", manifestType)
		w.Header().Set("Docker-Content-Digest", digestOf(content))
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(content)))
	w.Write(content)
}

const manifestType = "application/vnd.docker.distribution.manifest.v2+json"

func digestOf(content []byte) string {
	sum := sha256.Sum256(content)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// part is how a manifest names a piece.
type part struct {
	MediaType string `json:"mediaType"`
	Size      int    `json:"size"`
	Digest    string `json:"digest"`
}

// push puts an image of files under a name and returns the digest of its
// manifest.
func (r *registry) push(t *testing.T, name, tag string, f files, env ...string) string {
	t.Helper()
	layer := f.tar().Bytes()
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	z.Write(layer)
	z.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	keep := func(kind string, content []byte) part {
		r.kept[name+"/blobs/"+digestOf(content)] = content
		return part{kind, len(content), digestOf(content)}
	}
	encode := func(v any) []byte {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	manifest := encode(map[string]any{
		"schemaVersion": 2, "mediaType": manifestType,
		"config": keep("application/vnd.docker.container.image.v1+json", encode(map[string]any{
			"architecture": runtime.GOARCH, "os": "linux", "config": map[string]any{"Entrypoint": []string{"/bootstrap"}, "Env": env},
			"rootfs": map[string]any{"type": "layers", "diff_ids": []string{digestOf(layer)}},
		})),
		"layers": []part{keep("application/vnd.docker.image.rootfs.diff.tar.gzip", zipped.Bytes())},
	})
	r.kept[name+"/manifests/"+tag], r.kept[name+"/manifests/"+digestOf(manifest)] = manifest, manifest
	return digestOf(manifest)
}
