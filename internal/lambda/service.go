package lambda

// Service implements the operations.
type Service struct{ unimplemented }
