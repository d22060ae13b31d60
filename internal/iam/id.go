package iam

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"github.com/lambdagate/lambdagate/internal/arn"
)

// Prefixes of unique ids; AWS's kinds.
const (
	roleID        = "AROA"
	userID        = "AIDA"
	groupID       = "AGPA"
	policyID      = "ANPA"
	profileID     = "AIPA"
	certificateID = "ASCA"
	longKeyID     = "AKIA"
	sessionID     = "ASIA"
	idLength      = 21
)

// newID returns a random id of 21 characters that begins with prefix.
func newID(prefix string) string {
	b := make([]byte, 16)
	rand.Read(b)
	return (prefix + base32.StdEncoding.EncodeToString(b))[:idLength]
}

// newKeyID returns a random access key id of 20 characters. As in AWS's ids, its
// 80 bits behind the prefix hold the account: 40 bits of them, from the second.
func newKeyID(prefix, account string) string {
	b := make([]byte, 10)
	rand.Read(b)
	n, _ := strconv.ParseUint(account, 10, 40) // twelve digits always fit
	head := binary.BigEndian.Uint64(append([]byte{0, 0}, b[:6]...))
	head = head&^(accountMask<<accountShift) | n<<accountShift
	for i := range 6 {
		b[i] = byte(head >> (8 * (5 - i)))
	}
	return prefix + base32.StdEncoding.EncodeToString(b)
}

const (
	accountShift = 7
	accountMask  = 1<<40 - 1
)

// AccountOfKey reads the account out of an access key id, this server's or
// AWS's own; it is false for what is no such id.
func AccountOfKey(accessKeyID string) (account string, ok bool) {
	if len(accessKeyID) != 20 || !strings.HasPrefix(accessKeyID, longKeyID) && !strings.HasPrefix(accessKeyID, sessionID) {
		return "", false
	}
	b, err := base32.StdEncoding.DecodeString(accessKeyID[4:])
	if err != nil {
		return "", false
	}
	head := binary.BigEndian.Uint64(append([]byte{0, 0}, b[:6]...))
	account = fmt.Sprintf("%012d", head>>accountShift&accountMask)
	return account, arn.IsAccount(account)
}

// newSecret returns a secret access key: 40 characters of base64.
func newSecret() string {
	b := make([]byte, 30)
	rand.Read(b)
	return base64.StdEncoding.EncodeToString(b)
}

// entityKey is the key of what an account has under a name. AWS: names of users,
// groups, roles and policies differ by more than case.
func entityKey(account, name string) string { return account + "/" + strings.ToLower(name) }

// nameOfARN is the last part of an ARN's path.
func nameOfARN(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

// checkPath is a path as given, "/" if none is, or IAM's refusal.
func checkPath(p *string) (string, error) {
	if p == nil || *p == "" {
		return "/", nil
	}
	if !strings.HasPrefix(*p, "/") || !strings.HasSuffix(*p, "/") || strings.Contains(*p, "//") || strings.IndexFunc(*p, notInPath) >= 0 {
		return "", validation("The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.")
	}
	return *p, nil
}

func notInPath(c rune) bool {
	return !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.ContainsRune("/_+=,.@-", c))
}
