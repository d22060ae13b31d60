package awsapi

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
)

// Error is an error with an AWS identity: what a client sees is all here. It is
// made where the fact is known, by the catalogue of the service (errors.go).
type Error struct {
	Code    string // "NotFoundException"
	Shape   string // the model's name of the error, where that is not Code
	Status  int    // HTTP status
	Message string // AWS's exact text
	// MessageKey is the name of the message in JSON; "message" if empty.
	MessageKey string
	// Type is the member "Type" of Lambda's errors: "User" or "Service".
	Type string
	// Fields are further members of the JSON body, name and value in turn.
	Fields []string
	// Header is sent with the answer.
	Header http.Header
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// shape is the error's name in the protocols of services that also speak Query,
// where the code may differ.
func (e *Error) shape() string { return cmp.Or(e.Shape, e.Code) }

// side tells whose fault the error is.
func (e *Error) side() string {
	if e.Status >= 500 {
		return "Receiver"
	}
	return "Sender"
}

// Errorf makes an Error.
func Errorf(status int, code, format string, args ...any) *Error {
	return &Error{Code: code, Status: status, Message: fmt.Sprintf(format, args...)}
}

// AsError returns the Error in err's chain, or nil.
func AsError(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return nil
}

// NotImplemented is the answer of an operation without behaviour.
func NotImplemented(op string) error {
	return &Error{Code: "NotImplementedException", Status: http.StatusNotImplemented, Message: op + " is not implemented by lambdagate yet; docs/parity.md lists what is."}
}

// internalFailure is what a client sees of an error that is not AWS's.
func internalFailure(service string) *Error {
	switch service {
	case "iam", "sts":
		return &Error{Code: "ServiceFailure", Status: 500, Message: "The request processing has failed because of an unknown error, exception or failure."}
	case "lambda":
		return &Error{Code: "ServiceException", Status: 500, Type: "Service", Message: "An error occurred and the request cannot be processed."}
	case "monitoring":
		return &Error{Code: "InternalServiceError", Shape: "InternalServiceFault", Status: 500, MessageKey: "Message", Message: "The request processing has failed because of an unknown error, exception or failure."}
	case "logs":
		return &Error{Code: "ServiceUnavailableException", Status: 500, Message: "The service cannot complete the request."}
	}
	return &Error{Code: "InternalServerErrorException", Status: 500, Message: "Internal server error"}
}
