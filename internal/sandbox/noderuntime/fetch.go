package noderuntime

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// fetchTimeout bounds one download.
const fetchTimeout = 10 * time.Minute

// maxBinary bounds what is unpacked from a package, in bytes.
const maxBinary = 400 << 20

// fetch gets the package with npm, checks it, unpacks what is needed, and
// renames it to its place when it is whole.
func (c *Cache) fetch(ctx context.Context, p pack) error {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	name := "node-" + platform() + "@" + p.version
	dir, err := os.MkdirTemp(c.Dir, ".fetch-")
	if err != nil {
		return fmt.Errorf("fetch %s: %w", name, err)
	}
	defer os.RemoveAll(dir)
	c.progress("fetching Node.js %s (once; npm package %s)", p.version, name)
	started := time.Now()
	archive, err := npmPack(ctx, dir, name)
	if err != nil {
		return err
	}
	if err := check(archive, p.digest); err != nil {
		return fmt.Errorf("%w: package %s: %w", ErrMissing, name, err)
	}
	whole := filepath.Join(dir, "whole")
	if err := unpack(archive, whole); err != nil {
		return fmt.Errorf("unpack %s: %w", name, err)
	}
	target := filepath.Dir(filepath.Dir(c.path(p)))
	if err := os.Rename(whole, target); err != nil {
		return fmt.Errorf("put Node.js %s in place: %w", p.version, err)
	}
	c.progress("fetched Node.js %s in %.1f s", p.version, time.Since(started).Seconds())
	return nil
}

// npmPack downloads a package into dir and returns the archive's path.
func npmPack(ctx context.Context, dir, name string) (string, error) {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return "", fmt.Errorf("%w: %s has to be fetched with npm, and npm is not on PATH; "+
			"install it, or give the path of a binary in the configuration", ErrMissing, name)
	}
	cmd := exec.CommandContext(ctx, npm, "pack", name, "--pack-destination", dir, "--ignore-scripts", "--silent")
	cmd.Dir = dir
	cmd.WaitDelay = 5 * time.Second
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if _, err := cmd.Output(); err != nil {
		return "", fmt.Errorf("%w: npm could not fetch %s (%w%s); check the network and npm's registry setting, "+
			"or give the path of a binary in the configuration", ErrMissing, name, err, firstLine(stderr.String()))
	}
	archives, _ := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if len(archives) != 1 {
		return "", fmt.Errorf("npm left %d archives for %s", len(archives), name)
	}
	return archives[0], nil
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	if s == "" {
		return ""
	}
	return ": " + s
}

// check compares a file's sha512, in base64, with what is expected.
func check(name, want string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha512.New()
	if _, err := io.Copy(h, f); err != nil {
		return err
	}
	if got := base64.StdEncoding.EncodeToString(h.Sum(nil)); got != want {
		return fmt.Errorf("its sha512 is %s and must be %s", got, want)
	}
	return nil
}

// unpack takes the binary and the licence out of a package's archive.
func unpack(archive, dir string) error {
	f, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	want := map[string]os.FileMode{"package/bin/node": 0o755, "package/LICENSE": 0o644}
	for r := tar.NewReader(z); len(want) > 0; {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		mode, ok := want[h.Name]
		if !ok || h.Typeflag != tar.TypeReg {
			continue
		}
		delete(want, h.Name)
		if err := write(filepath.Join(dir, strings.TrimPrefix(h.Name, "package/")), r, mode); err != nil {
			return err
		}
	}
	if _, missing := want["package/bin/node"]; missing {
		return errors.New("there is no bin/node in it")
	}
	return nil
}

func write(name string, r io.Reader, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	n, err := io.Copy(f, io.LimitReader(r, maxBinary+1))
	if err == nil && n > maxBinary {
		err = fmt.Errorf("%s is larger than %d bytes", filepath.Base(name), maxBinary)
	}
	return errors.Join(err, f.Close())
}
