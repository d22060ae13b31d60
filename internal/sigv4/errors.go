package sigv4

import (
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// Kind is what is wrong with a request's signature.
type Kind int

// The kinds, in the order in which they are looked for.
const (
	MissingToken Kind = iota + 1 // the request is not signed
	Incomplete                   // the signature's parts are missing or malformed
	Mismatch                     // scope, clock or signature do not fit
	UnknownKey                   // no such access key, or its token is not the right one
	ExpiredToken                 // the temporary key has expired
)

// Error refuses a request. Message is AWS's text; code and status depend on
// the service, see Answer.
type Error struct {
	Kind    Kind
	Message string
}

func (e *Error) Error() string { return e.Message }

// Answer is how a service puts a refusal on the wire.
type Answer struct {
	Status        int
	Code, Message string
}

// Answer words the error as the service does: IAM and STS have codes and, for
// unsigned requests, a text of their own.
func (e *Error) Answer(serviceName string) Answer {
	f := serviceNamed(serviceName).family
	status, ok := f.status[e.Kind]
	if !ok {
		status = 403
	}
	message := e.Message
	if e.Kind == MissingToken && f == &queryFamily {
		message = "Request is missing Authentication Token"
	}
	return Answer{status, f.codes[e.Kind], message}
}

// NewUnknownKey refuses a request whose access key does not exist or is
// inactive. The caller of Parse, who looks keys up, returns it.
func NewUnknownKey() *Error {
	return &Error{UnknownKey, "The security token included in the request is invalid."}
}

// NewExpiredToken refuses a request whose temporary key has expired.
func NewExpiredToken() *Error {
	return &Error{ExpiredToken, "The security token included in the request is expired"}
}

func missingToken() *Error { return &Error{MissingToken, "Missing Authentication Token"} }

// notKeyValue refuses "Bearer abc" and the like. AWS hashes the header's value
// since 2024 and so keeps tokens out of answers and logs; that it is the whole
// value which is hashed is inferred.
func notKeyValue(header string) *Error {
	return &Error{Incomplete, "Invalid key=value pair (missing equal-sign) in Authorization header " +
		"(hashed with SHA-256 and encoded with Base64): '" + hashed(header) + "'."}
}

func missingParts(sentences []string, header string) *Error {
	return &Error{Incomplete, strings.Join(sentences, " ") +
		" (Hashed with SHA-256 and encoded with Base64) Authorization=" + hashed(header)}
}

func missingParameters(sentences []string) *Error {
	return &Error{Incomplete, strings.Join(sentences, " ") + " Re-examine the query-string parameters."}
}

func unsupportedAlgorithm(name string) *Error {
	return &Error{Incomplete, "Unsupported AWS 'algorithm': '" + shorten(name) + "'."}
}

func badCredential(credential string) *Error {
	return &Error{Incomplete, "Credential must have exactly 5 slash-delimited elements, " +
		"e.g. keyid/date/region/service/term, got '" + shorten(credential) + "'"}
}

func badDate(date string) *Error {
	return &Error{Incomplete, "Date must be in ISO-8601 'basic format'. Got '" + shorten(date) +
		"'. See http://en.wikipedia.org/wiki/ISO_8601"}
}

func badExpires(text string) *Error {
	return &Error{Incomplete, "X-Amz-Expires must be a number between 1 and 604800, got '" + shorten(text) + "'."}
}

// wrongScope joins the sentences on each part of the scope that does not fit.
// Each ends in a blank: that is AWS's text.
func wrongScope(sentences string) *Error { return &Error{Mismatch, sentences} }

func wrongDate(scope, timestamp string) *Error {
	return &Error{Mismatch, "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '" +
		shorten(scope) + "' != '" + timestamp[:8] + "', from '" + timestamp + "'."}
}

func signatureExpired(signed, now time.Time, life time.Duration) *Error {
	return &Error{Mismatch, "Signature expired: " + signed.Format(timestampShape) + " is now earlier than " +
		now.Add(-life).Format(timestampShape) + " (" + now.Format(timestampShape) + " - " + inMinutes(life) + ")"}
}

func notYetCurrent(signed, now time.Time, skew time.Duration) *Error {
	return &Error{Mismatch, "Signature not yet current: " + signed.Format(timestampShape) + " is still later than " +
		now.Add(skew).Format(timestampShape) + " (" + now.Format(timestampShape) + " + " + inMinutes(skew) + ")"}
}

func notSigned(header string) *Error {
	return &Error{Mismatch, header + " must be a 'SignedHeader' in the AWS Authorization."}
}

func mismatch() *Error {
	return &Error{Mismatch, "The request signature we calculated does not match the signature you provided. " +
		"Check your AWS Secret Access Key and signing method. Consult the service documentation for details."}
}

// inMinutes prints "5 min.", or "90 sec." for what is not whole minutes.
func inMinutes(d time.Duration) string {
	if d%time.Minute == 0 {
		return strconv.Itoa(int(d/time.Minute)) + " min."
	}
	return strconv.Itoa(int(d/time.Second)) + " sec."
}

func hashed(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// shorten bounds what a message repeats of a request.
func shorten(s string) string {
	const most = 256
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}
