package lambda

import (
	"context"
	"sync/atomic"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// PutFunctionConcurrency reserves a share of the account's concurrency for a
// function; 0 stops it.
func (s *Service) PutFunctionConcurrency(ctx context.Context, in *PutFunctionConcurrencyRequest) (*Concurrency, error) {
	ref, err := unqualified(ctx, in.FunctionName)
	if err != nil {
		return nil, err
	}
	n := in.ReservedConcurrentExecutions
	err = s.edit(ctx, ref, func(e *edit) error {
		if sum := e.f.totalProvisioned(); n < sum {
			return invalidParameter(" ReservedConcurrentExecutions  %d should not be lower than function's total provisioned concurrency [%d].", n, sum)
		}
		if n > s.unreserved(ref.Account, ref.Region, ref.Name)-s.cfg.UnreservedMinimum {
			return invalidParameter("Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [%d].", s.cfg.UnreservedMinimum)
		}
		e.f.Reserved = &n
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &Concurrency{ReservedConcurrentExecutions: &n}, nil
}

// GetFunctionConcurrency shows a function's reserved concurrency.
func (s *Service) GetFunctionConcurrency(ctx context.Context, in *GetFunctionConcurrencyRequest) (*GetFunctionConcurrencyResponse, error) {
	f, _, err := s.functionOf(ctx, in.FunctionName)
	if err != nil {
		return nil, err
	}
	return &GetFunctionConcurrencyResponse{ReservedConcurrentExecutions: f.Reserved}, nil
}

// DeleteFunctionConcurrency gives a function's share back.
func (s *Service) DeleteFunctionConcurrency(ctx context.Context, in *DeleteFunctionConcurrencyRequest) (*awsapi.Empty, error) {
	ref, err := unqualified(ctx, in.FunctionName)
	if err != nil {
		return nil, err
	}
	return nil, s.edit(ctx, ref, func(e *edit) error {
		e.f.Reserved = nil
		return nil
	})
}

// unreserved is what an account has in a region besides the shares of all
// functions but one.
func (s *Service) unreserved(account, region, except string) int64 {
	left := s.cfg.AccountConcurrency
	for _, f := range s.functions.under(account + "/" + region + "/") {
		if f.Name != except {
			left -= deref(f.Reserved)
		}
	}
	return left
}

// gate counts the running invocations of a function, or those of an account
// and region that have no share of their own. It outlives edits.
type gate struct{ running atomic.Int64 }

// enter takes a place if there are fewer than limit.
func (g *gate) enter(limit int64) bool {
	if g.running.Add(1) <= limit {
		return true
	}
	g.running.Add(-1)
	return false
}

func (g *gate) leave() { g.running.Add(-1) }

// accountGate is the gate of an account and region; all counts the running
// invocations of functions with a share of their own too.
type accountGate struct {
	gate
	all atomic.Int64
}
