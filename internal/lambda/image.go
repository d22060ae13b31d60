package lambda

import (
	"context"
	"errors"
	"strings"
)

// takeImage finds the container image that a URI names now and makes that the
// code: a tag that moves later changes neither versions nor $LATEST.
func (s *Service) takeImage(ctx context.Context, uri string) (codePackage, error) {
	if s.cfg.Images == nil {
		return codePackage{}, invalidParameter("Container images need a container engine, and lambdagate has none configured: start it with --engine unix:///var/run/docker.sock (or DOCKER_HOST, or engine in [runtimes]), or give the code as a .zip file.")
	}
	found, err := s.cfg.Images.Resolve(ctx, uri)
	if errors.Is(err, ErrNoImage) {
		return codePackage{}, invalidParameter("Source image %s does not exist. Provide a valid source image.", uri)
	}
	if err != nil {
		return codePackage{}, invalidParameter("Source image %s cannot be used: %s.", uri, err)
	}
	c := codePackage{Image: uri, ImageID: found.ID, ImageDigest: found.Digest}
	_, c.Digest, _ = strings.Cut(c.resolvedImage(), "@sha256:")
	return c, nil
}

// resolvedImage is the image's name for good, as AWS shows it.
func (c codePackage) resolvedImage() string {
	switch {
	case c.ImageDigest != "":
		return c.ImageDigest
	case c.ImageID != "":
		return repositoryOf(c.Image) + "@" + c.ImageID
	}
	return c.Image
}

// repositoryOf is an image's URI without tag and digest.
func repositoryOf(uri string) string {
	uri, _, _ = strings.Cut(uri, "@")
	if i := strings.LastIndexByte(uri, ':'); i > strings.LastIndexByte(uri, '/') {
		uri = uri[:i]
	}
	return uri
}

// image is the runnable of a container image.
func (t *target) image() *Runnable {
	r := *t.run
	c := t.version.Code
	r.Image = &Image{URI: c.Image, ID: c.ImageID, Digest: c.ImageDigest}
	if c := t.version.Config.ImageConfigResponse; c != nil && c.ImageConfig != nil {
		r.Image.EntryPoint, r.Image.Command = c.ImageConfig.EntryPoint, c.ImageConfig.Command
		r.Image.WorkingDirectory = deref(c.ImageConfig.WorkingDirectory)
	}
	return &r
}
