package sts

import "github.com/lambdagate/lambdagate/internal/awsapi"

func validation(format string, args ...any) error {
	return awsapi.Errorf(400, "ValidationError", format, args...)
}

func accessDenied(format string, args ...any) error {
	return awsapi.Errorf(403, "AccessDenied", format, args...)
}

func malformedPolicy(text string) error {
	return awsapi.Errorf(400, "MalformedPolicyDocument", "%s", text)
}

func packedTooLarge(percent int64) error {
	return awsapi.Errorf(400, "PackedPolicyTooLarge", "Packed policy consumes %d%% of allotted space, please use smaller policy.", percent)
}
