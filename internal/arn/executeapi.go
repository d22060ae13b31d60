package arn

import "strings"

// Method is the ARN of a deployed method, which policies and a Lambda
// permission's source ARN are written against:
// arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/prod/GET/pets/7.
type Method struct {
	Region, Account, API, Stage, Verb string
	Path                              string // with or without its leading slash; "/" is the root
}

// String puts the parts together. The ARN of a GET on the root ends in
// "/GET/".
func (m Method) String() string {
	return executeAPI(m.Region, m.Account, m.API) + "/" + m.Stage + "/" + m.Verb + "/" + strings.TrimPrefix(m.Path, "/")
}

// ParseMethod takes the ARN of a method apart; Path has its leading slash.
// Stage, verb and path may be left out or hold wildcards, as in policies.
func ParseMethod(s string) (Method, error) {
	a, err := Parse(s)
	if err != nil {
		return Method{}, err
	}
	if a.Service != "execute-api" {
		return Method{}, syntax(s, "not the ARN of a deployed method")
	}
	m := Method{Region: a.Region, Account: a.Account}
	f := strings.SplitN(a.Resource, "/", 4)
	for i, to := range []*string{&m.API, &m.Stage, &m.Verb, &m.Path} {
		if i < len(f) {
			*to = f[i]
		}
	}
	if len(f) == 4 {
		m.Path = "/" + m.Path
	}
	return m, nil
}

// Authorizer is the source ARN with which API Gateway calls the function of a
// Lambda authorizer.
func Authorizer(region, account, api, authorizer string) string {
	return executeAPI(region, account, api) + "/authorizers/" + authorizer
}

func executeAPI(region, account, api string) string {
	return "arn:" + Partition(region) + ":execute-api:" + region + ":" + account + ":" + api
}

// MaskAccount hides all but the last four digits of the account in s, as API
// Gateway does in messages and logs. What is no ARN stays as it is.
func MaskAccount(s string) string {
	a, err := Parse(s)
	if err != nil || !IsAccount(a.Account) {
		return s
	}
	a.Account = "********" + a.Account[8:]
	return a.String()
}
