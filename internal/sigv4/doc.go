// Package sigv4 verifies and makes AWS Signature Version 4: in the
// Authorization header, or in the query of a presigned URL.
//
// Verification has three steps, because the secret lies between them:
//
//	a, err := sigv4.Parse(r)                            // who claims to have signed what
//	err = a.Check(sigv4.Expected{Service: "lambda"}, now) // scope and clock
//	key := …                                            // the caller looks a.AccessKeyID up
//	err = sigv4.Verify(a, key, r, now, expected)        // token and signature
//
// Errors are *Error; (*Error).Answer words them as the service in question
// does. No error shows a secret, an expected signature or a bearer token.
//
// Read in this order: request.go (what is signed), canonical.go (its one
// canonical form), authorization.go (what a request claims), verify.go,
// sign.go, service.go (how services differ), errors.go (AWS's words).
package sigv4
