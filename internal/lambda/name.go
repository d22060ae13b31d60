package lambda

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
)

const (
	latest = "$LATEST"

	functionNamePattern = `(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?`
	maxFunctionName     = 64
)

// functionNamed resolves what a management request calls a function: a name, a
// partial or a full ARN, with or without qualifier, and the member Qualifier.
// The function need not exist. Functions of other regions and accounts are
// refused as AWS does.
func functionNamed(ctx context.Context, name string, qualifier *string) (arn.Function, error) {
	call := awsapi.CallFrom(ctx)
	f, err := parseFunction(call.Caller.Account, call.Region, name, qualifier)
	if err != nil {
		return f, err
	}
	if f.Region != call.Region {
		return f, notFound("Functions from '%s' are not reachable in this region ('%s')", f.Region, call.Region)
	}
	if f.Account != call.Caller.Account {
		return f, accessDenied(call.Caller.ARN, "lambda:"+call.Operation, f.String())
	}
	return f, nil
}

// parseFunction resolves a function's name as seen from account and region.
func parseFunction(account, region, name string, qualifier *string) (arn.Function, error) {
	f, err := arn.ParseFunction(name, arn.Function{Region: region, Account: account})
	if err != nil {
		return f, invalidValue("'"+name+"'", "functionName", "Member must satisfy regular expression pattern: "+functionNamePattern)
	}
	if len(f.Name) > maxFunctionName {
		return f, invalidParameter("1 validation error detected: Value '%s' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64", f.Name)
	}
	if qualifier == nil || *qualifier == "" {
		return f, nil
	}
	if f.Qualifier != "" && f.Qualifier != *qualifier {
		return f, errQualifierClash
	}
	f.Qualifier = *qualifier
	return f, nil
}

// unqualified resolves a function's name where AWS takes no version or alias.
func unqualified(ctx context.Context, name string) (arn.Function, error) {
	f, err := functionNamed(ctx, name, nil)
	if err == nil && f.Qualifier != "" {
		err = invalidParameter("This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.")
	}
	return f, err
}

// key is where the document of a function is, below the prefix of its table.
func key(f arn.Function) string { return f.Account + "/" + f.Region + "/" + f.Name }

// scope is the prefix of everything that a caller sees.
func scope(ctx context.Context) string {
	call := awsapi.CallFrom(ctx)
	return call.Caller.Account + "/" + call.Region + "/"
}

// isVersion reports whether a qualifier is a version number.
func isVersion(q string) bool {
	return q != "" && strings.Trim(q, "0123456789") == ""
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// deref returns what p points to, or the zero value.
func deref[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}
