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

func noSuchInline(h holder, name string) error {
	return noSuchEntity("The %s policy with name %s cannot be found.", h.kind.noun, name)
}

func noSuchKey(id string) error {
	return noSuchEntity("The Access Key with id %s cannot be found", id)
}

func noSuchProfile(name string) error {
	return noSuchEntity("Instance Profile %s cannot be found.", name)
}

func alreadyExists(format string, args ...any) error {
	return awsapi.Errorf(409, "EntityAlreadyExists", format, args...)
}

// deleteConflict says what has to be done before: "must detach all policies first."
func deleteConflict(first string) error {
	return awsapi.Errorf(409, "DeleteConflict", "Cannot delete entity, %s", first)
}

func malformedPolicy(text string) error {
	return awsapi.Errorf(400, "MalformedPolicyDocument", "%s", text)
}

func validation(format string, args ...any) error {
	return awsapi.Errorf(400, "ValidationError", format, args...)
}

func invalidARN() error { return validation("Invalid ARN:  Could not be parsed!") } // AWS: two blanks

func invalidInput(format string, args ...any) error {
	return awsapi.Errorf(400, "InvalidInput", format, args...)
}

func limitExceeded(format string, args ...any) error {
	return awsapi.Errorf(409, "LimitExceeded", format, args...)
}

// overQuota names the quota as the account summary does: RolesPerAccount.
func overQuota(quota string, limit int) error {
	return limitExceeded("Cannot exceed quota for %s: %d", quota, limit)
}

func unmodifiable(role string) error {
	return awsapi.Errorf(400, "UnmodifiableEntity", "Cannot perform the operation on the protected role '%s' - this role is only modifiable by AWS", role)
}

func passwordPolicyViolation(text string) error {
	return awsapi.Errorf(400, "PasswordPolicyViolation", "%s", text)
}

func accessDenied(text string) error { return awsapi.Errorf(403, "AccessDenied", "%s", text) }
