package gateway

import (
	"time"

	"github.com/lambdagate/lambdagate/internal/javaregex"
	"github.com/lambdagate/lambdagate/jsonpath"
	"github.com/lambdagate/lambdagate/vtl"
)

// patternTimeout bounds one use of a regular expression on the request path.
const patternTimeout = 250 * time.Millisecond

// selectionOptions compile selectionPattern and identityValidationExpression.
var selectionOptions = javaregex.Options{Timeout: patternTimeout}

// templateRegexp gives mapping templates Java's regular expressions.
func templateRegexp(pattern string, whole bool) (vtl.Regexp, error) {
	return javaregex.Compile(pattern, javaregex.Options{Whole: whole, Timeout: patternTimeout})
}

// jsonpathRegexp is for =~ in JSONPath filters.
func jsonpathRegexp(pattern, flags string) (jsonpath.Matcher, error) {
	return javaregex.Compile(pattern, javaregex.Options{Flags: flags, Timeout: patternTimeout})
}
