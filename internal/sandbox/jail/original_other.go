//go:build !linux || !amd64

package jail

import (
	"context"
	"fmt"
)

// Original is a program that was started once to be copied, which cannot be done
// here.
type Original struct{}

// CopyPid is of no use here.
const CopyPid = 0

// CanCopy returns ErrUnsupported.
func (p *Pool) CanCopy() error {
	return fmt.Errorf("%w: programs are copied on Linux on amd64 only", ErrUnsupported)
}

// StartOriginal returns ErrUnsupported.
func (p *Pool) StartOriginal(context.Context, *Spec) (*Original, error) { return nil, ErrUnsupported }

// Copy returns ErrUnsupported.
func (p *Pool) Copy(context.Context, *Original, *Spec) (*Process, error) { return nil, ErrUnsupported }

// Hold returns ErrUnsupported.
func (o *Original) Hold(context.Context, uint32) error { return ErrUnsupported }

// Close does nothing.
func (o *Original) Close() {}
