package logs

// Service implements the operations.
type Service struct{ unimplemented }
