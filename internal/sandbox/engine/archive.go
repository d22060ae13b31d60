package engine

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
)

// Bounds of a folder that is listed: its files come along, in bytes.
const (
	maxArchive = 2 << 30
	maxListed  = 1000
)

// File is one of a container.
type File struct {
	Name       string
	Executable bool
}

// Files lists the files of a folder of the container, none if there is no such
// folder. It works before the container is started.
func (c *Container) Files(ctx context.Context, folder string) ([]File, error) {
	res, err := c.engine.call(ctx, http.MethodGet, "/containers/"+c.id+"/archive?path="+url.QueryEscape(folder), nil)
	if isNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", folder, err)
	}
	defer res.Body.Close()
	var list []File
	// The names begin with the folder's own.
	for r := tar.NewReader(io.LimitReader(res.Body, maxArchive)); ; {
		h, err := r.Next()
		switch {
		case errors.Is(err, io.EOF):
			return list, nil
		case err != nil:
			return nil, fmt.Errorf("list %s: %w", folder, err)
		case len(list) == maxListed:
			return nil, fmt.Errorf("list %s: there are more than %d files", folder, maxListed)
		}
		name := path.Clean(strings.TrimPrefix(h.Name, "/"))
		if path.Dir(name) != path.Base(folder) || h.Typeflag != tar.TypeReg && h.Typeflag != tar.TypeSymlink && h.Typeflag != tar.TypeLink {
			continue
		}
		list = append(list, File{path.Base(name), h.Typeflag == tar.TypeSymlink || h.Mode&0o111 != 0})
	}
}
