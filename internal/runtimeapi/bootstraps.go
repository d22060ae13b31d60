package runtimeapi

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

//go:embed bootstraps
var files embed.FS

// Bootstraps lists the languages that have an embedded bootstrap.
var Bootstraps = []string{"node", "python"}

// PackagesDir is the empty folder, relative to a bootstrap's, on which packages
// can be mounted.
const PackagesDir = "sdk/node_modules"

// WriteBootstrap writes the files of a language's bootstrap below dir and
// returns the folder they are in. Its name tells the content, so that programs
// of different versions can share dir, and a folder that is there is whole.
func WriteBootstrap(dir, language string) (string, error) {
	sub, err := fs.Sub(files, "bootstraps/"+language)
	if err != nil {
		return "", err
	}
	sum, err := digest(sub)
	if err != nil {
		return "", fmt.Errorf("bootstrap of %s: %w", language, err)
	}
	target := filepath.Join(dir, "bootstrap-"+language+"-"+sum)
	if _, err := os.Stat(target); err == nil {
		return target, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	temporary, err := os.MkdirTemp(dir, ".bootstrap-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(temporary)
	whole := filepath.Join(temporary, "whole")
	if err := os.CopyFS(whole, sub); err != nil {
		return "", err
	}
	if err := os.Chmod(whole, 0o755); err != nil {
		return "", err
	}
	// Packages that AWS ships with the runtime can be mounted here.
	if err := os.MkdirAll(filepath.Join(whole, filepath.FromSlash(PackagesDir)), 0o755); err != nil {
		return "", err
	}
	if err := os.Rename(whole, target); err != nil {
		if _, there := os.Stat(target); there == nil {
			return target, nil // someone else was quicker
		}
		return "", err
	}
	return target, nil
}

// digest names the content of a tree of files.
func digest(tree fs.FS) (string, error) {
	h := sha256.New()
	count := 0
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(tree, name)
		fmt.Fprintf(h, "%s %d\n", name, len(text))
		h.Write(text)
		count++
		return err
	})
	if err == nil && count == 0 {
		err = fs.ErrNotExist
	}
	return hex.EncodeToString(h.Sum(nil)[:8]), err
}
