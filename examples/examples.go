// Package examples holds the examples that the binary can load by itself: each
// folder has an example.json, a list of operations to call, and the files that
// those name.
package examples

import "embed"

// FS holds the examples, one folder each.
//
//go:embed calc
var FS embed.FS
