package iam

import "github.com/lambdagate/lambdagate/internal/awsapi"

func noSuchEntity(format string, args ...any) error {
	return awsapi.Errorf(404, "NoSuchEntity", format, args...)
}

func noSuchRole(name string) error {
	return noSuchEntity("The role with name %s cannot be found.", name)
}

func noSuchUser(name string) error {
	return noSuchEntity("The user with name %s cannot be found.", name)
}

func noSuchGroup(name string) error {
	return noSuchEntity("The group with name %s cannot be found.", name)
}

func noSuchPolicy(arn string) error { return noSuchEntity("Policy %s was not found.", arn) }

func alreadyExists(format string, args ...any) error {
	return awsapi.Errorf(409, "EntityAlreadyExists", format, args...)
}

func deleteConflict(text string) error { return awsapi.Errorf(409, "DeleteConflict", "%s", text) }

func malformedPolicy(text string) error {
	return awsapi.Errorf(400, "MalformedPolicyDocument", "%s", text)
}

func validation(format string, args ...any) error {
	return awsapi.Errorf(400, "ValidationError", format, args...)
}

func invalidInput(format string, args ...any) error {
	return awsapi.Errorf(400, "InvalidInput", format, args...)
}

func limitExceeded(format string, args ...any) error {
	return awsapi.Errorf(409, "LimitExceeded", format, args...)
}

func accessDenied(text string) error { return awsapi.Errorf(403, "AccessDenied", "%s", text) }
