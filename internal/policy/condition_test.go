package policy

import (
	"strings"
	"testing"
)

// TestConditions lists, for each operator, the request's values of the key
// k:x (separated by blanks, "-" for none) that satisfy it and that do not.
func TestConditions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		operator string
		values   string // of the policy
		yes, no  []string
	}{
		{"StringEquals", "a b", []string{"a", "b", "x a"}, []string{"-", "A", "ab", "*"}},
		{"StringEqualsIfExists", "a", []string{"a", "-"}, []string{"b"}},
		{"StringNotEquals", "a b", []string{"-", "c", "A"}, []string{"a", "b", "c a"}},
		{"StringNotEqualsIfExists", "a", []string{"-", "c"}, []string{"a"}},
		{"StringEqualsIgnoreCase", "Ab", []string{"ab", "AB"}, []string{"-", "a"}},
		{"StringNotEqualsIgnoreCase", "Ab", []string{"-", "a"}, []string{"aB"}},
		{"StringLike", "a*c ?", []string{"abc", "ac", "z"}, []string{"-", "ABC", "zz"}},
		{"StringNotLike", "a*", []string{"-", "b"}, []string{"a", "ab"}},
		{"NumericEquals", "10", []string{"10", "10.0", "1e1"}, []string{"-", "11", "x"}},
		{"NumericNotEquals", "10", []string{"-", "11", "x"}, []string{"10"}},
		{"NumericLessThan", "10", []string{"9.9", "-1"}, []string{"-", "10", "11", "x"}},
		{"NumericLessThanEquals", "10", []string{"10", "9"}, []string{"-", "11"}},
		{"NumericLessThanEquals", "-0.5", []string{"-0.5", "-1", "-5e-1"}, []string{"-", "0", "-0.4"}},
		{"NumericNotEqualsIfExists", "10", []string{"-", "9"}, []string{"10.00"}},
		{"NumericGreaterThan", "10", []string{"11"}, []string{"-", "10", "9"}},
		{"NumericGreaterThanEquals", "10", []string{"10", "11"}, []string{"-", "9"}},
		{"NumericGreaterThanIfExists", "10", []string{"-", "11"}, []string{"9"}},
		{"DateEquals", "2020-01-01T00:00:00Z", []string{"2020-01-01T00:00:00Z", "1577836800", "2020-01-01", "2020", "2020-01-01T01:00:00+01:00"}, []string{"-", "2020-01-02", "x"}},
		{"DateEquals", "2020-01-01T00:00:00.500Z", []string{"2020-01-01T00:00:00.5Z"}, []string{"2020-01-01T00:00:00Z", "1577836800"}},
		{"DateGreaterThanIfExists", "2020-01-01", []string{"-", "1577836801"}, []string{"1577836800"}},
		{"DateNotEquals", "1577836800", []string{"-", "2021"}, []string{"2020-01-01"}},
		{"DateLessThan", "2020-01-01", []string{"2019-12-31T23:59:59Z"}, []string{"-", "2020-01-01"}},
		{"DateLessThanEquals", "2020-01-01", []string{"2020-01-01"}, []string{"-", "2020-01-01T00:00:01Z"}},
		{"DateGreaterThan", "2020-01-01", []string{"2020-01-01T00:00:01Z"}, []string{"-", "2020-01-01"}},
		{"DateGreaterThanEquals", "2020-01-01", []string{"2020-01-01"}, []string{"-", "2019"}},
		{"Bool", "true", []string{"true", "TRUE"}, []string{"-", "false", "1"}},
		{"Bool", "false", []string{"false"}, []string{"-", "true"}},
		{"BoolIfExists", "true", []string{"-", "true"}, []string{"false"}},
		{"ForAllValues:Bool", "true", []string{"-", "true true"}, []string{"true false", "x"}},
		{"ForAnyValue:Bool", "true", []string{"false true"}, []string{"-", "false"}},
		{"BinaryEquals", "YWJj", []string{"YWJj"}, []string{"-", "YWJk", "abc"}},
		{"IpAddress", "10.0.0.0/8 203.0.113.5 2001:db8::/32", []string{"10.255.0.1", "203.0.113.5", "2001:db8:1::1", "::ffff:10.0.0.1"}, []string{"-", "11.0.0.1", "203.0.113.6", "2001:db9::1", "x"}},
		{"IpAddress", "2001:DB8:1234:5678:9abc::1", []string{"2001:db8:1234:5678:9abc:0:0:1"}, []string{"2001:db8:1234:5678:9abc::2"}},
		{"IpAddress", "2001:db8::/33 ::1/128", []string{"2001:db8:7fff::1", "::1"}, []string{"2001:db8:8000::1", "::2", "0.0.0.1"}},
		{"IpAddress", "0.0.0.0/0", []string{"203.0.113.5", "::ffff:203.0.113.5"}, []string{"2001:db8::1"}},
		{"NotIpAddress", "2001:db8::/32", []string{"-", "2001:db9::1", "10.0.0.1"}, []string{"2001:db8::1"}},
		{"IpAddressIfExists", "::/0", []string{"-", "::1"}, []string{"10.0.0.1"}},
		{"IpAddress", "10.1.2.3/8", []string{"10.9.9.9"}, []string{"11.1.2.3"}},
		{"NotIpAddress", "10.0.0.0/8", []string{"-", "11.0.0.1", "::1"}, []string{"10.0.0.1"}},
		{"ArnLike", "arn:aws:execute-api:us-east-1:1:abc/*/GET/pets/*", []string{"arn:aws:execute-api:us-east-1:1:abc/prod/GET/pets/{id}"}, []string{"-", "arn:aws:execute-api:us-east-1:1:abc/prod/GET/pets", "arn:aws:execute-api:us-east-1:1:abc/prod/ANY/pets/{id}", "x"}},
		{"ArnLike", "arn:aws:s3:*:b", []string{}, []string{"arn:aws:s3:::b"}}, // five fields: no star over colons
		{"ArnLike", "arn:aws:s3", []string{}, []string{"arn:aws:s3:::b"}},
		{"ArnLike", "arn:aws:s*:::b", []string{"arn:aws:s3:::b"}, []string{"arn:aws:s3:x::b"}},
		{"ArnLike", "*", []string{"arn:aws:s3:::b"}, []string{"-"}},
		{"ArnLike", "arn:aws:s3:::b?", []string{"arn:aws:s3:::bb"}, []string{"arn:aws:s3:::b"}},
		{"StringLike", "arn:aws:*:b", []string{"arn:aws:s3:::b", "arn:aws::::b"}, []string{"arn:aws:b"}}, // a string's star goes over colons
		{"StringEquals", "arn:aws:s3:::*", []string{"arn:aws:s3:::*"}, []string{"arn:aws:s3:::b"}},       // and is text here
		{"ArnEquals", "arn:aws:sns:*:*:t", []string{"arn:aws:sns:r:1:t"}, []string{"-", "arn:aws:sns:r:1:u"}},
		{"ArnNotEquals", "arn:aws:sns:*:*:t", []string{"-", "arn:aws:sns:r:1:u"}, []string{"arn:aws:sns:r:1:t"}},
		{"ArnNotLike", "arn:aws:sns:*:*:t*", []string{"-", "arn:aws:sns:r:1:u"}, []string{"arn:aws:sns:r:1:tt"}},
		{"ArnLikeIfExists", "arn:aws:sns:*:*:t", []string{"-"}, []string{"arn:aws:sns:r:1:u"}},
		{"Null", "true", []string{"-"}, []string{"a"}},
		{"Null", "false", []string{"a", "a b"}, []string{"-"}},
		{"ForAllValues:Null", "true", []string{"-"}, []string{"a"}},
		{"Null", "true false", []string{"-", "a"}, nil},
		{"ForAllValues:StringEquals", "a b", []string{"-", "a", "b", "a b"}, []string{"c", "a c"}},
		{"ForAnyValue:StringEquals", "a b", []string{"a", "c b"}, []string{"-", "c", "c d"}},
		{"ForAllValues:StringNotEquals", "a b", []string{"-", "c", "c d"}, []string{"a", "c a"}},
		{"ForAnyValue:StringNotEquals", "a b", []string{"c", "a c"}, []string{"-", "a", "a b"}},
		{"ForAllValues:StringLike", "a*", []string{"-", "a ab"}, []string{"a b"}},
		{"ForAnyValue:StringEqualsIfExists", "a", []string{"-", "a b"}, []string{"b"}},
		{"StringEquals", "", nil, []string{"-", "a"}},
		{"StringNotEquals", "", []string{"-", "a"}, nil},
	} {
		c, err := compileCondition(Condition{tt.operator, "K:x", strings.Fields(tt.values)}, true)
		if err != nil {
			t.Errorf("%s %s: %v", tt.operator, tt.values, err)
			continue
		}
		check := func(values string, want bool) {
			r := &Request{}
			if values != "-" {
				r.Keys.Set("k:X", strings.Fields(values)...)
			}
			for _, deny := range []bool{false, true} {
				if got := c.holds(r, deny); got != want {
					t.Errorf("%s %s on %s is %v", tt.operator, tt.values, values, got)
				}
			}
		}
		for _, values := range tt.yes {
			check(values, true)
		}
		for _, values := range tt.no {
			check(values, false)
		}
	}
	for name := range operators {
		if _, ok := operatorNamed("ForAnyValue:" + name + "IfExists"); !ok {
			t.Errorf("%s has no ForAnyValue:…IfExists", name)
		}
	}
}

// TestUnresolved: a variable without a value never matches and never helps to
// allow.
func TestUnresolved(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		operator    string
		allow, deny bool
	}{
		{"StringEquals", false, false},
		{"StringNotEquals", false, true},
		{"StringEqualsIgnoreCase", false, false},
		{"StringLike", false, false},
		{"StringNotLike", false, true},
		{"ArnLike", false, false},
		{"ArnNotLike", false, true},
	} {
		c, err := compileCondition(Condition{tt.operator, "k:x", []string{"arn:aws:a:b:c:${aws:missing}"}}, true)
		if err != nil {
			t.Fatal(err)
		}
		r := &Request{}
		r.Keys.Set("k:x", "arn:aws:a:b:c:d")
		if allow, deny := c.holds(r, false), c.holds(r, true); allow != tt.allow || deny != tt.deny {
			t.Errorf("%s: allow %v, deny %v, want %v, %v", tt.operator, allow, deny, tt.allow, tt.deny)
		}
	}
}

func TestVariablesInConditions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ operator, value, actual string }{
		{"StringEquals", "${aws:PrincipalTag/team}", "red"},
		{"StringEqualsIgnoreCase", "${aws:PrincipalTag/team}", "RED"},
		{"StringLike", "${aws:PrincipalTag/team}*", "reddish"},
		{"ArnLike", "arn:aws:a:b:c:${aws:PrincipalTag/team, 'x:y'}/*", "arn:aws:a:b:c:red/1"},
		{"ArnEquals", "arn:aws:a:b:c:${aws:PrincipalTag/none, 'x:y'}", "arn:aws:a:b:c:x:y"},
	} {
		r := &Request{}
		r.Keys.Set("aws:principaltag/TEAM", "red")
		r.Keys.Set("k:x", tt.actual)
		with, err := compileCondition(Condition{tt.operator, "k:x", []string{tt.value}}, true)
		if err != nil || !with.holds(r, false) {
			t.Errorf("%s %s does not hold on %s: %v", tt.operator, tt.value, tt.actual, err)
		}
		if without, err := compileCondition(Condition{tt.operator, "k:x", []string{tt.value}}, false); err != nil || without.holds(r, false) {
			t.Errorf("%s %s holds without variables: %v", tt.operator, tt.value, err)
		}
	}
}

func TestDerivedKeys(t *testing.T) {
	t.Parallel()
	session := Principal{
		Kind: RoleSession, Account: "123456789012", ARN: "arn:aws:sts::123456789012:assumed-role/r/s",
		RoleARN: "arn:aws:iam::123456789012:role/p/r", UserID: "AROAX:s",
	}
	for _, tt := range []struct {
		p    Principal
		want map[string]string
	}{
		{session, map[string]string{
			"aws:PrincipalArn": session.RoleARN, "aws:PrincipalAccount": "123456789012", "aws:PrincipalType": "AssumedRole",
			"aws:userid": "AROAX:s", "aws:username": "", "aws:PrincipalIsAWSService": "false", "aws:ResourceAccount": "999999999999",
		}},
		{Principal{Kind: User, Account: "123456789012", ARN: "arn:aws:iam::123456789012:user/u", Name: "u", UserID: "AIDAX"}, map[string]string{
			"aws:PrincipalArn": "arn:aws:iam::123456789012:user/u", "aws:PrincipalType": "User", "aws:username": "u",
		}},
		{Principal{Kind: Root, Account: "123456789012", ARN: "arn:aws:iam::123456789012:root"}, map[string]string{"aws:PrincipalType": "Account", "aws:username": ""}},
		{Principal{Kind: Service, Name: "apigateway.amazonaws.com"}, map[string]string{
			"aws:PrincipalIsAWSService": "true", "aws:PrincipalServiceName": "apigateway.amazonaws.com", "aws:PrincipalArn": "", "aws:PrincipalAccount": "", "aws:PrincipalType": "",
		}},
		{Principal{}, map[string]string{"aws:PrincipalType": "Anonymous", "aws:PrincipalArn": "", "aws:userid": ""}},
	} {
		r := &Request{Principal: tt.p, ResourceAccount: "999999999999"}
		for key, want := range tt.want {
			r.Keys.Set(key, "forged")
			v := r.lookup(strings.ToLower(key))
			if want == "" && v.len() != 0 || want != "" && (v.len() != 1 || v.at(0) != want) {
				t.Errorf("%s of %+v is %+v, want %q", key, tt.p, v, want)
			}
		}
	}
}
