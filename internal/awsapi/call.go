package awsapi

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/http"
)

// Call is one request to an operation: who asks for what, from where.
type Call struct {
	RequestID          string // UUID, also sent back
	Service, Operation string
	Region             string // of the credential scope, "us-east-1" if there is none
	Caller             Caller
	SourceIP           string
	UserAgent          string
	Secure             bool // came over TLS
	// Resource is how a refusal names what the call is about, where that is not
	// the ARN; the service's Permission sets it.
	Resource string
	// Keys are condition keys that the service's Permission found in the input,
	// such as iam:PolicyARN or aws:RequestTag/team.
	Keys map[string][]string
	// Decision is what the authorizer said: "allowed" or "denied"; "" where nobody
	// was asked.
	Decision string
	// TraceID is the request's X-Amzn-Trace-Id, "" for none.
	TraceID string
	// Reply are further headers of the answer on the wire; operations may add to
	// it where it is not nil.
	Reply http.Header
}

// CallerKind says what sort of principal a caller is.
type CallerKind int

// Kinds of callers.
const (
	Anonymous CallerKind = iota
	Root                 // the account itself
	User                 // an IAM user
	Session              // an assumed role
	ServicePrincipal
	FederatedUser // somebody to whom a user lends a part of its permissions
)

// Caller is who signed a request.
type Caller struct {
	Kind      CallerKind
	Account   string // 12 digits
	ARN       string // arn:aws:iam::000000000000:root, …:user/x, arn:aws:sts::…:assumed-role/r/s
	UserID    string // account id, AIDA…, AROA…:session
	Name      string // user name, role name, service host name
	AccessKey string // the key id that signed
	// RoleARN is the role behind a Session, the user (or root) behind a
	// FederatedUser.
	RoleARN string
	// SessionPolicies are the policy documents passed when a session was made.
	SessionPolicies []string
	// Tags are the principal's and the session's tags; TransitiveTags names
	// those that a session taken by this one inherits.
	Tags           map[string]string
	TransitiveTags []string
	// Keys are condition keys that a temporary key carries, by lower-case name:
	// aws:tokenissuetime, which long-term keys do not have, and others.
	Keys map[string]string
	// Unchecked callers need no permission: dev mode's unknown keys, which are
	// root of the account that they name.
	Unchecked bool
}

// RootCaller is the root of an account.
func RootCaller(account string) Caller {
	return Caller{Kind: Root, Account: account, ARN: "arn:aws:iam::" + account + ":root", UserID: account}
}

type callKey struct{}

// WithCall returns a context that carries call.
func WithCall(ctx context.Context, call *Call) context.Context {
	return context.WithValue(ctx, callKey{}, call)
}

// CallFrom returns the call that ctx carries. Service methods always have one.
func CallFrom(ctx context.Context) *Call {
	if c, ok := ctx.Value(callKey{}).(*Call); ok {
		return c
	}
	return &Call{Region: DefaultRegion, Caller: RootCaller(DefaultAccount)}
}

// Defaults where a caller names neither account nor region.
const (
	DefaultAccount = "000000000000"
	DefaultRegion  = "us-east-1"
)

// NewRequestID returns a random UUID (version 4).
func NewRequestID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	var s [36]byte
	hex.Encode(s[:8], b[:4])
	hex.Encode(s[9:13], b[4:6])
	hex.Encode(s[14:18], b[6:8])
	hex.Encode(s[19:23], b[8:10])
	hex.Encode(s[24:], b[10:])
	s[8], s[13], s[18], s[23] = '-', '-', '-', '-'
	return string(s[:])
}
