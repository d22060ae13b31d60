package sigv4

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	algorithm      = "AWS4-HMAC-SHA256"
	terminator     = "aws4_request"
	timestampShape = "20060102T150405Z"
)

// Authorization is what a request claims about its signature. Nothing in it
// is proven before Verify.
type Authorization struct {
	AccessKeyID     string
	Date            string // of the scope, yyyymmdd
	Region, Service string
	SignedHeaders   []string // as sent
	Signature       string   // as sent
	SessionToken    string   // "" if none was sent
	Time            time.Time
	Presigned       bool
	Expires         time.Duration // of a presigned URL; 0 if it does not say

	terminator string
}

// Parse reads the claim from the Authorization header, or from the query if
// the request is presigned. Its errors are *Error of kind MissingToken or
// Incomplete.
func Parse(r *Request) (*Authorization, error) {
	if headers := r.get("Authorization"); len(headers) > 0 && strings.TrimSpace(headers[0]) != "" {
		return parseHeader(r, strings.TrimSpace(strings.Join(headers, ",")))
	}
	if q := presignParameters(r.Query); q != nil {
		return parsePresigned(q)
	}
	return nil, missingToken()
}

// parseHeader reads: algorithm Credential=…, SignedHeaders=…, Signature=…
// in any order, separated by commas or blanks.
func parseHeader(r *Request, value string) (*Authorization, error) {
	scheme, rest, found := strings.Cut(value, " ")
	if !found {
		scheme, rest = "", value
	}
	params := map[string]string{}
	for _, token := range strings.FieldsFunc(rest, func(c rune) bool { return c == ',' || c == ' ' || c == '\t' }) {
		key, v, ok := strings.Cut(token, "=")
		if !ok {
			return nil, notKeyValue(value)
		}
		params[key] = v
	}
	date := r.header("X-Amz-Date")
	if date == "" {
		date = r.header("Date")
	}
	var missing []string
	for _, key := range []string{"Credential", "Signature", "SignedHeaders"} {
		if params[key] == "" {
			missing = append(missing, "Authorization header requires '"+key+"' parameter.")
		}
	}
	if date == "" {
		missing = append(missing, "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
	}
	if missing != nil {
		return nil, missingParts(missing, value)
	}
	if scheme != algorithm {
		return nil, unsupportedAlgorithm(scheme)
	}
	a := &Authorization{Signature: params["Signature"], SessionToken: r.header("X-Amz-Security-Token")}
	return a, a.fill(params["Credential"], params["SignedHeaders"], date)
}

// parsePresigned reads the X-Amz-* parameters of the query.
func parsePresigned(q map[string]string) (*Authorization, error) {
	var missing []string
	for _, key := range []string{"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date"} {
		if q[key] == "" {
			missing = append(missing, "AWS query-string parameters must include '"+key+"'.")
		}
	}
	if missing != nil {
		return nil, missingParameters(missing)
	}
	if q["X-Amz-Algorithm"] != algorithm {
		return nil, unsupportedAlgorithm(q["X-Amz-Algorithm"])
	}
	a := &Authorization{Signature: q["X-Amz-Signature"], SessionToken: q["X-Amz-Security-Token"], Presigned: true}
	if text, ok := q["X-Amz-Expires"]; ok {
		seconds, err := strconv.Atoi(text)
		if err != nil || seconds < 1 || seconds > maxExpires {
			return nil, badExpires(text)
		}
		a.Expires = time.Duration(seconds) * time.Second
	}
	return a, a.fill(q["X-Amz-Credential"], q["X-Amz-SignedHeaders"], q["X-Amz-Date"])
}

// maxExpires is the longest life of a presigned URL: seven days, in seconds.
const maxExpires = 7 * 24 * 60 * 60

// presignParameters returns the decoded X-Amz-* parameters, the first of each,
// or nil if the query does not look signed.
func presignParameters(query string) map[string]string {
	if !strings.Contains(query, "X-Amz-") {
		return nil
	}
	q := map[string]string{}
	for part := range strings.SplitSeq(query, "&") {
		key, value, _ := strings.Cut(part, "=")
		if _, seen := q[key]; !seen && strings.HasPrefix(key, "X-Amz-") {
			q[key] = decode(value)
		}
	}
	for _, key := range []string{"X-Amz-Algorithm", "X-Amz-Credential", signatureParameter} {
		if _, ok := q[key]; ok {
			return q
		}
	}
	return nil
}

// fill takes scope, signed headers and date apart.
func (a *Authorization) fill(credential, signedHeaders, date string) error {
	f := strings.Split(credential, "/")
	if len(f) != 5 {
		return badCredential(credential)
	}
	a.AccessKeyID, a.Date, a.Region, a.Service, a.terminator = f[0], f[1], f[2], f[3], f[4]
	a.SignedHeaders = strings.Split(signedHeaders, ";")
	var err error
	if a.Time, err = parseTime(date); err != nil {
		return badDate(date)
	}
	return nil
}

// parseTime reads X-Amz-Date, or a Date header in one of HTTP's forms.
func parseTime(s string) (time.Time, error) {
	if t, err := time.Parse(timestampShape, s); err == nil {
		return t, nil
	}
	t, err := http.ParseTime(s)
	return t.UTC(), err
}

// Timestamp is the time as it stands in the string to sign:
// 20150830T123600Z.
func (a *Authorization) Timestamp() string { return a.Time.Format(timestampShape) }

// signs reports whether the header is among the signed ones.
func (a *Authorization) signs(name string) bool {
	return slices.ContainsFunc(a.SignedHeaders, func(s string) bool { return strings.EqualFold(s, name) })
}
