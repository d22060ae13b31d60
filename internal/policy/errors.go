package policy

import (
	"bytes"
	"fmt"
)

// IAM's texts for malformed documents.
const (
	invalidJSON         = "This policy contains invalid Json"
	syntaxErrors        = "Syntax errors in policy."
	legacyParsing       = "The policy failed legacy parsing"
	prohibitedResource  = "Has prohibited field Resource"
	onlyAssumeRole      = "AssumeRole policy may only specify STS AssumeRole actions."
	prohibitedPrincipal = "Policy document should not specify a principal."
	noActions           = "Policy statement must contain actions."
	noResources         = "Policy statement must contain resources."
	noVendor            = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
	sidNotUnique        = "Statement IDs (SID) in a single policy must be unique."
	sidCharacters       = "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"
)

// Error refuses a document. Message is IAM's text for it, to be answered as
// MalformedPolicyDocument; the rest is for the person who looks for the place.
type Error struct {
	Message      string
	Detail       string
	Line, Column int // from 1; 0 if the document was not read from text
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s (%s)", e.Message, e.Detail)
	}
	return fmt.Sprintf("%s (line %d, column %d: %s)", e.Message, e.Line, e.Column, e.Detail)
}

// fail makes an Error for the place at that offset of text.
func fail(text []byte, offset int, message, detail string) *Error {
	before := text[:min(max(offset, 0), len(text))]
	return &Error{
		Message: message, Detail: detail,
		Line:   1 + bytes.Count(before, []byte("\n")),
		Column: len(before) - bytes.LastIndexByte(before, '\n'),
	}
}
