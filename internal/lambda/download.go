package lambda

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/lambdagate/lambdagate/internal/store"
)

// DownloadPath is where the server hands requests to [Service.ServeCode].
const DownloadPath = "/_lambdagate/lambda/code/"

// linkTime is how long a link to a code package works. AWS: 10 minutes.
const linkTime = 10 * time.Minute

// codeLocation is a link to a zip that needs no further permission.
func (s *Service) codeLocation(account string, code codePackage) string {
	if code.Folder != "" {
		return "file://" + (&url.URL{Path: code.Folder}).EscapedPath()
	}
	expires := strconv.FormatInt(s.now().Add(linkTime).Unix(), 10)
	path := account + "/" + code.Digest
	return s.cfg.Endpoint + DownloadPath + path + "?Expires=" + expires + "&Signature=" + s.linkSignature(path, expires)
}

func (s *Service) linkSignature(path, expires string) string {
	mac := hmac.New(sha256.New, s.cfg.Secret)
	mac.Write([]byte("lambda code\n" + path + "\n" + expires))
	return hex.EncodeToString(mac.Sum(nil))
}

// ServeCode answers requests below DownloadPath with the zip that the link
// names, as long as it is valid.
func (s *Service) ServeCode(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, DownloadPath)
	q := r.URL.Query()
	expires, err := strconv.ParseInt(q.Get("Expires"), 10, 64)
	signed := hmac.Equal([]byte(q.Get("Signature")), []byte(s.linkSignature(path, q.Get("Expires"))))
	if err != nil || !signed || s.now().Unix() > expires {
		http.Error(w, "The link is not valid or has expired.", http.StatusForbidden)
		return
	}
	_, digest, _ := strings.Cut(path, "/")
	blob, err := s.cfg.Store.OpenBlob(r.Context(), digest)
	if errors.Is(err, store.ErrNotFound) {
		http.Error(w, "The code package does not exist any more.", http.StatusNotFound)
		return
	}
	if err != nil {
		s.log.ErrorContext(r.Context(), "code package cannot be read", "digest", digest, "error", err)
		http.Error(w, "The code package cannot be read.", http.StatusInternalServerError)
		return
	}
	defer blob.Close()
	w.Header().Set("Content-Type", "application/zip")
	io.Copy(w, blob) //nolint:errcheck // the client is gone; nothing is left to do
}
