package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// ErrNoImage says that nobody has an image of that name.
var ErrNoImage = errors.New("no such image")

// Image is what a name stands for.
type Image struct {
	// ID names the image at the engine for good: "sha256:…".
	ID string
	// Digest names it for good at its registry, "repository@sha256:…"; it is
	// empty for an image that was made at the engine.
	Digest string
}

// reference is a name as users write it: host, port, path, tag, digest.
var reference = regexp.MustCompile(`^[a-zA-Z0-9][\w.-]*(?::\d+)?(?:/[a-zA-Z0-9][\w.-]*)*(?::[\w][\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$`)

// repositoryOf is a name without tag and digest.
func repositoryOf(name string) string {
	name, _, _ = strings.Cut(name, "@")
	if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
		name = name[:i]
	}
	return name
}

// Resolve tells which image a name stands for now. What the engine does not have
// it gets. The error is ErrNoImage if there is none.
func (e *Engine) Resolve(ctx context.Context, name string) (*Image, error) {
	if !reference.MatchString(name) {
		return nil, ErrNoImage
	}
	image, err := e.inspect(ctx, name)
	if !errors.Is(err, ErrNoImage) {
		return image, err
	}
	if err := e.Pull(ctx, name); err != nil {
		return nil, err
	}
	return e.inspect(ctx, name)
}

func (e *Engine) inspect(ctx context.Context, name string) (*Image, error) {
	var out struct {
		ID          string `json:"Id"`
		RepoDigests []string
	}
	err := e.do(ctx, http.MethodGet, "/images/"+name+"/json", nil, &out)
	if isNotFound(err) {
		return nil, ErrNoImage
	}
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(out.ID, "sha256:") {
		out.ID = "sha256:" + out.ID // Podman
	}
	return &Image{ID: out.ID, Digest: digestOf(name, out.RepoDigests)}, nil
}

// digestOf picks the name that the registry of name has for the image.
func digestOf(name string, digests []string) string {
	_, wanted, given := strings.Cut(name, "@")
	repo := familiar(repositoryOf(name))
	i := slices.IndexFunc(digests, func(d string) bool {
		_, digest, _ := strings.Cut(d, "@")
		return familiar(repositoryOf(d)) == repo && (!given || digest == wanted)
	})
	if i < 0 {
		return ""
	}
	return digests[i]
}

// familiar is a repository as engines shorten it.
func familiar(repo string) string {
	repo, official := strings.CutPrefix(strings.TrimPrefix(repo, "index."), "docker.io/")
	if official {
		repo = strings.TrimPrefix(repo, "library/")
	}
	return repo
}

func isNotFound(err error) bool {
	told, ok := errors.AsType[*Error](err)
	return ok && told.Status == http.StatusNotFound
}

// missing is how registries say that there is no such image, or not for
// everybody.
var missing = regexp.MustCompile(`manifest unknown|name unknown|does not exist|not found: `)

// Pull gets an image. The error is ErrNoImage if its registry has none.
func (e *Engine) Pull(ctx context.Context, image string) error {
	if image == repositoryOf(image) {
		image += ":latest" // or the engine would get all there are
	}
	res, err := e.call(ctx, http.MethodPost, "/images/create?fromImage="+url.QueryEscape(image), nil)
	if isNotFound(err) || err != nil && missing.MatchString(err.Error()) {
		return fmt.Errorf("get image %s: %w: %w", image, ErrNoImage, err)
	}
	if err != nil {
		return fmt.Errorf("get image %s: %w", image, err)
	}
	defer res.Body.Close()
	for d := json.NewDecoder(res.Body); ; {
		var progress struct{ Error string }
		switch err := d.Decode(&progress); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("get image %s: %w", image, err)
		case missing.MatchString(progress.Error):
			return fmt.Errorf("get image %s: %w: %s", image, ErrNoImage, progress.Error)
		case progress.Error != "":
			return fmt.Errorf("get image %s: %s", image, progress.Error)
		}
	}
}
