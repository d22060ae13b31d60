package server

import "context"

// Reset makes everything empty, as after the first start with an empty folder.
func (s *Server) Reset(ctx context.Context) error {
	if err := s.store.Reset(ctx); err != nil {
		return err
	}
	if err := s.markSealKey(ctx); err != nil {
		return err
	}
	return s.metrics.Clear(ctx)
}
