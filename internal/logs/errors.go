package logs

import "github.com/lambdagate/lambdagate/internal/awsapi"

func invalidParameter(format string, args ...any) error {
	return awsapi.Errorf(400, "InvalidParameterException", format, args...)
}

func validation(format string, args ...any) error {
	return awsapi.Errorf(400, "ValidationException", format, args...)
}

func groupNotFound() error {
	return awsapi.Errorf(400, "ResourceNotFoundException", "The specified log group does not exist.")
}

func streamNotFound() error {
	return awsapi.Errorf(400, "ResourceNotFoundException", "The specified log stream does not exist.")
}

func groupExists() error {
	return awsapi.Errorf(400, "ResourceAlreadyExistsException", "The specified log group already exists")
}

func streamExists() error {
	return awsapi.Errorf(400, "ResourceAlreadyExistsException", "The specified log stream already exists")
}
