package server

import (
	"context"
	"runtime/debug"
	"time"
)

// settleAfter is when a started server gives back the memory that only starting
// took.
const settleAfter = 2 * time.Second

// settle makes a server that has nothing to do small.
func settle(ctx context.Context) {
	select {
	case <-ctx.Done():
		return
	case <-time.After(settleAfter):
	}
	debug.FreeOSMemory()
	forgetExecutable()
}
