package sandbox

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"runtime"
	"strings"
)

// built holds the first process of jails as a small program of its own, if it
// was built, beside the sum of the sources that it was built of; and those
// sources as they are now.
//
//go:embed all:built jail/*.go jail/first/*.go
var built embed.FS

// firstProgram is that program, nil if there is none for this processor or if
// its sources have changed since.
func firstProgram() fs.File {
	sum, err := built.ReadFile("built/first.sum")
	if err != nil || strings.TrimSpace(string(sum)) != runtime.GOARCH+" "+firstSum() {
		return nil
	}
	program, err := built.Open("built/first")
	if err != nil {
		return nil
	}
	return program
}

// firstSum is the sum of the sources, in the order of their names; the Makefile
// makes it too.
func firstSum() string {
	h := sha256.New()
	for _, pattern := range []string{"jail/*.go", "jail/first/*.go"} {
		names, _ := fs.Glob(built, pattern) // the pattern is well-formed
		for _, name := range names {
			text, _ := built.ReadFile(name) // it is there
			h.Write(text)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}
