package iam

// Service implements the operations.
type Service struct{ unimplemented }
