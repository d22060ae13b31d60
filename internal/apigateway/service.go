package apigateway

// Service implements the operations.
type Service struct{ unimplemented }
