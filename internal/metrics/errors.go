package metrics

import (
	"fmt"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

func failure(code, shape, format string, args ...any) error {
	return &awsapi.Error{Code: code, Shape: shape, Status: 400, Message: fmt.Sprintf(format, args...)}
}

func invalidValue(format string, args ...any) error {
	return failure("InvalidParameterValue", "InvalidParameterValueException", format, args...)
}

func invalidCombination(format string, args ...any) error {
	return failure("InvalidParameterCombination", "InvalidParameterCombinationException", format, args...)
}

func missing(format string, args ...any) error {
	return failure("MissingParameter", "MissingRequiredParameterException", format, args...)
}

func validation(format string, args ...any) error {
	return failure("ValidationError", "", format, args...)
}

func invalidToken() error {
	return failure("InvalidNextToken", "", "Invalid nextToken")
}

func tooMany(collection string, most int) error {
	return validation("The collection %s must not have a size greater than %d.", collection, most)
}
