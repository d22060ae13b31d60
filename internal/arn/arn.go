package arn

import (
	"errors"
	"fmt"
	"strings"
)

// ErrSyntax says that a string is not an ARN, or not one of the wanted kind.
// Every parse error of this package wraps it.
var ErrSyntax = errors.New("invalid ARN")

// DefaultPartition is the partition of all regions that are neither in China
// nor GovCloud.
const DefaultPartition = "aws"

// ARN is the general form, arn:partition:service:region:account:resource.
// Region and Account are empty where the service has none; Resource is kept
// as it is and may hold further colons and slashes.
type ARN struct {
	Partition, Service, Region, Account, Resource string
}

// Parse splits s at its first five colons. Partition, service and resource
// have to be there; what they may hold is the business of each service.
func Parse(s string) (ARN, error) {
	rest, ok := strings.CutPrefix(s, "arn:")
	if !ok {
		return ARN{}, syntax(s, "does not start with arn:")
	}
	var a ARN
	for _, part := range [...]*string{&a.Partition, &a.Service, &a.Region, &a.Account} {
		if *part, rest, ok = strings.Cut(rest, ":"); !ok {
			return ARN{}, syntax(s, "has fewer than six parts")
		}
	}
	a.Resource = rest
	if a.Partition == "" || a.Service == "" || a.Resource == "" {
		return ARN{}, syntax(s, "partition, service and resource are required")
	}
	return a, nil
}

// String puts the parts together again.
func (a ARN) String() string {
	return "arn:" + a.Partition + ":" + a.Service + ":" + a.Region + ":" + a.Account + ":" + a.Resource
}

// Is reports whether s looks like an ARN at all.
func Is(s string) bool { return strings.HasPrefix(s, "arn:") }

// AccountOf returns the account field of s, "" if s is no ARN or names none.
func AccountOf(s string) string {
	a, err := Parse(s)
	if err != nil {
		return ""
	}
	return a.Account
}

// IsAccount reports whether s is an account id: twelve digits.
func IsAccount(s string) bool {
	return len(s) == 12 && only(s, digit)
}

// Partition returns the partition that region belongs to.
func Partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return DefaultPartition
}

// isPartition reports whether s is aws or aws followed by letters and dashes.
func isPartition(s string) bool {
	rest, ok := strings.CutPrefix(s, "aws")
	return ok && only(rest, func(c byte) bool { return c == '-' || letter(c) })
}

// split appends the parts of s between separators to dst, which can live on the
// stack of the caller.
func split(dst []string, s string, separator byte) []string {
	for {
		i := strings.IndexByte(s, separator)
		if i < 0 {
			return append(dst, s)
		}
		dst, s = append(dst, s[:i]), s[i+1:]
	}
}

// isRegion reports whether s has the form of a region: aa-word-1.
func isRegion(s string) bool {
	f := split(make([]string, 0, 8), s, '-')
	if len(f) < 3 || len(f[0]) != 2 {
		return false
	}
	last := f[len(f)-1]
	if len(last) != 1 || !only(last, digit) {
		return false
	}
	for _, word := range f[:len(f)-1] {
		if word == "" || !only(word, lower) {
			return false
		}
	}
	return true
}

func only(s string, ok func(byte) bool) bool {
	for i := range len(s) {
		if !ok(s[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) bool  { return 'a' <= c && c <= 'z' }
func letter(c byte) bool { return lower(c | 0x20) }
func digit(c byte) bool  { return '0' <= c && c <= '9' }

func syntax(s, why string) error {
	return fmt.Errorf("%w %q: %s", ErrSyntax, s, why)
}
