package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is set by the build; a build without it tells the commit.
var version = ""

type versionCmd struct{}

func (versionCmd) Run() error {
	fmt.Printf("lambdagate %s %s/%s %s\n", versionText(), runtime.GOOS, runtime.GOARCH, runtime.Version())
	return nil
}

func versionText() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return "commit " + s.Value[:12]
		}
	}
	return "development"
}
