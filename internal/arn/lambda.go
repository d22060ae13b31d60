package arn

import (
	"fmt"
	"strings"
)

// Function names a Lambda function, a version or an alias:
// arn:aws:lambda:us-east-1:123456789012:function:Calc:prod.
type Function struct {
	Partition, Region, Account, Name string
	Qualifier                        string // "", "$LATEST", a number or an alias
}

// ParseFunction reads every form that Lambda takes as FunctionName:
//
//	Calc                                                  name
//	Calc:prod                                             name and qualifier
//	function:Calc
//	123456789012:function:Calc:prod                       partial ARN
//	us-east-1:123456789012:function:Calc
//	arn:aws:lambda:us-east-1:123456789012:function:Calc   ARN
//
// What s leaves out is taken from caller, whose Name and Qualifier are not
// looked at.
func ParseFunction(s string, caller Function) (Function, error) {
	f := Function{Partition: caller.Partition, Region: caller.Region, Account: caller.Account}
	rest := s
	if Is(s) {
		a, err := Parse(s)
		if err != nil {
			return Function{}, err
		}
		if a.Service != "lambda" || !isPartition(a.Partition) || !isRegion(a.Region) || !IsAccount(a.Account) {
			return Function{}, syntax(s, "not the ARN of a function")
		}
		f.Partition, f.Region, f.Account = a.Partition, a.Region, a.Account
		if rest = a.Resource; !strings.HasPrefix(rest, "function:") {
			return Function{}, syntax(s, "not the ARN of a function")
		}
	}
	part := split(make([]string, 0, 8), rest, ':')
	if len(part) > 1 && isRegion(part[0]) && IsAccount(part[1]) && !Is(s) {
		f.Region, part = part[0], part[1:]
	}
	if len(part) > 1 && IsAccount(part[0]) && !Is(s) {
		f.Account, part = part[0], part[1:]
	}
	if len(part) > 1 && part[0] == "function" {
		part = part[1:]
	}
	f.Name = part[0]
	if len(part) > 1 {
		f.Qualifier = part[1]
	}
	if len(part) > 2 || !isFunctionName(f.Name) || len(part) == 2 && !isQualifier(f.Qualifier) {
		return Function{}, syntax(s, "not a function name, partial ARN or ARN")
	}
	return f, nil
}

// isFunctionName allows letters, digits, dash and underscore.
func isFunctionName(s string) bool { return s != "" && only(s, nameByte) }

// isQualifier allows what a version or alias may be called, and $LATEST.
func isQualifier(s string) bool {
	return s == "$LATEST" || s == "$LATEST.PUBLISHED" || s != "" && only(s, nameByte)
}

func nameByte(c byte) bool { return letter(c) || digit(c) || c == '-' || c == '_' }

// String returns the full ARN, with the qualifier if there is one.
func (f Function) String() string {
	if f.Qualifier == "" {
		return f.Unqualified()
	}
	return f.Unqualified() + ":" + f.Qualifier
}

// Unqualified returns the full ARN without the qualifier.
func (f Function) Unqualified() string {
	partition := f.Partition
	if partition == "" {
		partition = Partition(f.Region)
	}
	return "arn:" + partition + ":lambda:" + f.Region + ":" + f.Account + ":function:" + f.Name
}

// LayerVersion names one version of a layer:
// arn:aws:lambda:us-east-1:123456789012:layer:deps:3. Version 0 is the layer
// itself.
type LayerVersion struct {
	Partition, Region, Account, Name string
	Version                          int
}

// ParseLayerVersion takes the ARN of a layer or of a layer's version apart.
func ParseLayerVersion(s string) (LayerVersion, error) {
	a, err := Parse(s)
	if err != nil {
		return LayerVersion{}, err
	}
	f := strings.Split(a.Resource, ":")
	if a.Service != "lambda" || f[0] != "layer" || len(f) < 2 || len(f) > 3 || !isFunctionName(f[1]) {
		return LayerVersion{}, syntax(s, "not the ARN of a layer")
	}
	l := LayerVersion{Partition: a.Partition, Region: a.Region, Account: a.Account, Name: f[1]}
	if len(f) == 3 {
		if l.Version = versionNumber(f[2]); l.Version == 0 {
			return LayerVersion{}, syntax(s, "the version is not a positive number")
		}
	}
	return l, nil
}

// versionNumber returns 0 for what is not a positive number of up to nine
// digits.
func versionNumber(s string) int {
	if s == "" || len(s) > 9 || !only(s, digit) {
		return 0
	}
	n := 0
	for i := range len(s) {
		n = n*10 + int(s[i]-'0')
	}
	return n
}

// String puts the parts together again.
func (l LayerVersion) String() string {
	s := "arn:" + l.Partition + ":lambda:" + l.Region + ":" + l.Account + ":layer:" + l.Name
	if l.Version == 0 {
		return s
	}
	return fmt.Sprintf("%s:%d", s, l.Version)
}
