package server

import (
	"context"

	"github.com/lambdagate/lambdagate/internal/iam"
)

// RootKey makes the root access key of the default account at the first start
// and returns it, to be shown once; nil at every later start.
func (s *Server) RootKey(ctx context.Context) (*iam.RootKey, error) { return s.iam.RootKey(ctx) }
