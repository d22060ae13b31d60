package server

import "context"

// Reset makes everything empty, as after the first start with an empty folder.
func (s *Server) Reset(ctx context.Context) error {
	return s.store.Reset(ctx)
}
