package sts

// Service implements the operations.
type Service struct{ unimplemented }
