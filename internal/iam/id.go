package iam

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"strings"
)

// Prefixes of unique ids; AWS's kinds.
const (
	roleID      = "AROA"
	userID      = "AIDA"
	groupID     = "AGPA"
	policyID    = "ANPA"
	profileID   = "AIPA"
	longKeyID   = "AKIA"
	sessionID   = "ASIA"
	idLength    = 21
	keyIDLength = 20
)

// newID returns a random id of n characters that begins with prefix.
func newID(prefix string, n int) string {
	b := make([]byte, 16)
	rand.Read(b)
	return (prefix + base32.StdEncoding.EncodeToString(b))[:n]
}

// newSecret returns a secret access key: 40 characters of base64.
func newSecret() string {
	b := make([]byte, 30)
	rand.Read(b)
	return base64.StdEncoding.EncodeToString(b)
}

// pathOr is a path as given, or "/".
func pathOr(p *string) string {
	if p == nil || *p == "" {
		return "/"
	}
	return *p
}

// arnOf is the ARN of a thing of an account: arn:aws:iam::…:role/path/name.
func arnOf(account, kind, path, name string) string {
	return "arn:aws:iam::" + account + ":" + kind + path + name
}

// nameOfARN is the last part of an ARN's path.
func nameOfARN(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }
