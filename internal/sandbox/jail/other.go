//go:build !linux

package jail

import (
	"context"
	"runtime"
)

// Main does nothing: there are no jails on this operating system.
func Main() {}

func start(context.Context, *Spec) (*Process, error) { return nil, ErrUnsupported }

// peak knows no memory figures on this operating system.
type peak struct{}

func (*peak) close() {}

func (w *plain) usage() Usage { return Usage{} }

// ownsSocket cannot be told on this operating system.
func (w *plain) ownsSocket(string) bool { return true }

// Probe reports that there are no walls on this operating system.
func Probe(context.Context, string) Report {
	return Report{Reason: "not available on " + runtime.GOOS}
}
