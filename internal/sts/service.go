package sts

import "github.com/lambdagate/lambdagate/internal/iam"

// Service implements the operations.
type Service struct {
	unimplemented

	iam *iam.Service
}

// New returns the service, on the entities, the seal key and the clock of iam.
func New(entities *iam.Service) *Service { return &Service{iam: entities} }
