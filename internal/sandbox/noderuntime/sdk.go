package noderuntime

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// sdks are the AWS SDKs for JavaScript, pinned with the digests of every
// package in them.
//
//go:embed sdk
var sdks embed.FS

// ErrNoSDK says that a package is not part of the SDK that AWS ships with a
// runtime, or that the SDK cannot be got.
var ErrNoSDK = errors.New("not in the AWS SDK of this runtime")

// sdkFor is the SDK that AWS ships: version 2 up to Node.js 16, then version 3.
func sdkFor(major int) string {
	if major <= 16 {
		return "v2"
	}
	return "v3"
}

// SDK returns the node_modules folder with the AWS SDK for a major version of
// Node.js, and fetches it first if it is not in the cache. wanted is the
// package that is needed.
func (c *Cache) SDK(ctx context.Context, major int, wanted string) (string, error) {
	name := sdkFor(major)
	manifest, lockfile, err := sdkFiles(name)
	if err != nil {
		return "", err
	}
	if !inSDK(lockfile, wanted) {
		return "", fmt.Errorf("%w: %s", ErrNoSDK, wanted)
	}
	sum := sha256.Sum256(lockfile)
	dir := filepath.Join(c.Dir, "sdk-"+name+"-"+hex.EncodeToString(sum[:8]))
	modules := filepath.Join(dir, "node_modules")
	if _, err := os.Stat(modules); err == nil {
		return modules, nil
	}
	if err := os.MkdirAll(c.Dir, 0o755); err != nil {
		return "", fmt.Errorf("folder for runtimes: %w", err)
	}
	unlock, err := lock(ctx, filepath.Join(c.Dir, ".lock-sdk-"+name))
	if err != nil {
		return "", err
	}
	defer unlock()
	if _, err := os.Stat(modules); err == nil {
		return modules, nil // someone else fetched it meanwhile
	}
	if err := c.installSDK(ctx, name, manifest, lockfile, dir); err != nil {
		return "", fmt.Errorf("%w: %w", ErrNoSDK, err)
	}
	return modules, nil
}

func sdkFiles(name string) (manifest, lockfile []byte, err error) {
	if manifest, err = sdks.ReadFile("sdk/" + name + "/package.json"); err != nil {
		return nil, nil, err
	}
	lockfile, err = sdks.ReadFile("sdk/" + name + "/package-lock.json")
	return manifest, lockfile, err
}

// inSDK says whether the lock file lists the package that a specifier such as
// "@aws-sdk/client-s3/dist-cjs/x.js" belongs to.
func inSDK(lockfile []byte, specifier string) bool {
	parts := strings.SplitN(specifier, "/", 3)
	name := parts[0]
	if strings.HasPrefix(name, "@") && len(parts) > 1 {
		name += "/" + parts[1]
	}
	var l struct {
		Packages map[string]json.RawMessage `json:"packages"`
	}
	if json.Unmarshal(lockfile, &l) != nil {
		return false
	}
	_, ok := l.Packages["node_modules/"+name]
	return ok
}

// installSDK lets npm install exactly what the lock file says, checked against
// its digests and without running any of it.
func (c *Cache) installSDK(ctx context.Context, name string, manifest, lockfile []byte, target string) error {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	npm, err := exec.LookPath("npm")
	if err != nil {
		return errors.New("the AWS SDK for JavaScript has to be fetched with npm, and npm is not on PATH; " +
			"install it, or put the SDK into the function's package or a layer")
	}
	dir, err := os.MkdirTemp(c.Dir, ".fetch-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	whole := filepath.Join(dir, "whole")
	if err := os.Mkdir(whole, 0o755); err != nil {
		return err
	}
	for file, text := range map[string][]byte{"package.json": manifest, "package-lock.json": lockfile} {
		if err := os.WriteFile(filepath.Join(whole, file), text, 0o644); err != nil {
			return err
		}
	}
	c.progress("fetching the AWS SDK for JavaScript %s (once)", name)
	started := time.Now()
	cmd := exec.CommandContext(ctx, npm, "ci", "--ignore-scripts", "--silent", "--no-audit", "--no-fund")
	cmd.Dir = whole
	cmd.WaitDelay = 5 * time.Second
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("npm could not fetch the AWS SDK for JavaScript (%w%s); check the network and npm's registry "+
			"setting, or put the SDK into the function's package or a layer", err, firstLine(stderr.String()))
	}
	if err := os.Rename(whole, target); err != nil {
		return err
	}
	c.progress("fetched the AWS SDK for JavaScript %s in %.1f s", name, time.Since(started).Seconds())
	return nil
}
