//go:build !linux

package jail

import (
	"context"
	"runtime"

	"github.com/lambdagate/lambdagate/internal/sandbox/engine"
)

// Main does nothing: there are no jails on this operating system.
func Main() {}

func newVacant(_ context.Context, _ *Base, _ int, ended func()) (*Process, error) {
	ended()
	return nil, ErrUnsupported
}

func occupy(context.Context, *Process, *Spec, bool) ([]string, error) { return nil, ErrUnsupported }

// entrance is of no use on this operating system.
type entrance struct{}

func openEntrance() *entrance { return nil }

func (*entrance) close() {}

// peak knows no memory figures on this operating system.
type peak struct{}

func (*peak) close() {}

func (w *plain) usage() Usage { return Usage{} }

// ownsSocket cannot be told on this operating system.
func (w *plain) ownsSocket(string) bool { return true }

// Probe reports that there are no walls on this operating system.
func Probe(context.Context, Base) Report {
	return Report{Reason: "not available on " + runtime.GOOS}
}

func (w *plain) batch(bool) {}

func groupOf(*engine.Container) string { return "" }

func (w *container) usage() Usage { return Usage{} }

func (w *container) ownsSocket(string) bool { return true }
