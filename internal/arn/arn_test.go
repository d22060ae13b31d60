package arn

import (
	"errors"
	"testing"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in   string
		want ARN
	}{
		{"arn:aws:iam::123456789012:role/a/b", ARN{"aws", "iam", "", "123456789012", "role/a/b"}},
		{"arn:aws-cn:lambda:cn-north-1:123456789012:function:f:1", ARN{"aws-cn", "lambda", "cn-north-1", "123456789012", "function:f:1"}},
		{"arn:aws:s3:::bucket/k:1", ARN{"aws", "s3", "", "", "bucket/k:1"}},
		{"arn:aws:apigateway:us-east-1::/restapis/abc", ARN{"aws", "apigateway", "us-east-1", "", "/restapis/abc"}},
		{"arn:*:*:*:*:*", ARN{"*", "*", "*", "*", "*"}},
	} {
		got, err := Parse(tt.in)
		if err != nil || got != tt.want || got.String() != tt.in {
			t.Errorf("Parse(%q) = %+v, %v, prints %q", tt.in, got, err, got.String())
		}
	}
	for _, bad := range []string{"", "arn", "arn:", "arn:aws:iam::123456789012", "arn:aws:iam::1:", "urn:aws:iam::1:x", "arn::iam::1:x", "arn:aws:::1:x"} {
		if _, err := Parse(bad); !errors.Is(err, ErrSyntax) {
			t.Errorf("Parse(%q): %v, want ErrSyntax", bad, err)
		}
	}
}

func TestEntities(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in   string
		want Entity
	}{
		{Role("123456789012", "/", "Calc"), Entity{"aws", "123456789012", "role", "/", "Calc"}},
		{Role("123456789012", "/service-role/x/", "a+=,.@-_b"), Entity{"aws", "123456789012", "role", "/service-role/x/", "a+=,.@-_b"}},
		{"arn:aws-us-gov:iam::123456789012:role/r", Entity{"aws-us-gov", "123456789012", "role", "/", "r"}},
		{User("123456789012", "/a/", "u"), Entity{"aws", "123456789012", "user", "/a/", "u"}},
		{Group("123456789012", "/", "g"), Entity{"aws", "123456789012", "group", "/", "g"}},
		{Policy("aws", "/service-role/", "AWSLambdaRole"), Entity{"aws", "aws", "policy", "/service-role/", "AWSLambdaRole"}},
	} {
		got, err := ParseEntity(tt.in)
		if err != nil || got != tt.want || got.String() != tt.in {
			t.Errorf("ParseEntity(%q) = %+v, %v, prints %q", tt.in, got, err, got.String())
		}
	}
	for _, bad := range []string{
		"arn:aws:iam::123456789012:user/u", "arn:aws:iam::123456789012:role/", "arn:aws:iam::123456789012:role",
		"arn:aws:iam::12:role/r", "arn:aws:iam:us-east-1:123456789012:role/r", "arn:aws:sts::123456789012:role/r",
		"arn:aws:iam::123456789012:role/r*", "arn:aws:iam::*:role/r", "Calc",
	} {
		if got, err := ParseRole(bad); !errors.Is(err, ErrSyntax) {
			t.Errorf("ParseRole(%q) = %+v, %v, want ErrSyntax", bad, got, err)
		}
	}
}

func TestSession(t *testing.T) {
	t.Parallel()
	in := AssumedRole("123456789012", "Calc", "BackplaneAssumeRoleSession")
	got, err := ParseSession(in)
	if want := (Session{"aws", "123456789012", "Calc", "BackplaneAssumeRoleSession"}); err != nil || got != want || got.String() != in {
		t.Errorf("ParseSession(%q) = %+v, %v", in, got, err)
	}
	for _, bad := range []string{"arn:aws:iam::123456789012:role/r", "arn:aws:sts::1:assumed-role/r", "arn:aws:sts::1:assumed-role//s", "arn:aws:sts::1:assumed-role/a/b/c"} {
		if _, err := ParseSession(bad); !errors.Is(err, ErrSyntax) {
			t.Errorf("ParseSession(%q): %v, want ErrSyntax", bad, err)
		}
	}
	if got := Root("123456789012"); got != "arn:aws:iam::123456789012:root" {
		t.Error(got)
	}
}

func TestParseFunction(t *testing.T) {
	t.Parallel()
	caller := Function{Partition: "aws", Region: "eu-west-1", Account: "111111111111", Name: "ignored", Qualifier: "ignored"}
	mine := Function{"aws", "eu-west-1", "111111111111", "Calc", ""}
	with := func(f Function, q string) Function { f.Qualifier = q; return f }
	other := Function{"aws", "eu-west-1", "222222222222", "Calc", ""}
	far := Function{"aws", "us-east-1", "222222222222", "Calc", ""}
	for _, tt := range []struct {
		in   string
		want Function
	}{
		{"Calc", mine},
		{"Calc:prod", with(mine, "prod")},
		{"Calc:$LATEST", with(mine, "$LATEST")},
		{"Calc:7", with(mine, "7")},
		{"function:Calc", mine},
		{"function:Calc:1", with(mine, "1")},
		{"function", Function{"aws", "eu-west-1", "111111111111", "function", ""}},
		{"222222222222:function:Calc", other},
		{"222222222222:function:Calc:prod", with(other, "prod")},
		{"222222222222:Calc", other},
		{"222222222222", Function{"aws", "eu-west-1", "111111111111", "222222222222", ""}},
		{"us-east-1:222222222222:function:Calc", far},
		{"arn:aws:lambda:us-east-1:222222222222:function:Calc", far},
		{"arn:aws:lambda:us-east-1:222222222222:function:Calc:prod", with(far, "prod")},
		{"arn:aws-us-gov:lambda:us-gov-west-1:222222222222:function:Calc", Function{"aws-us-gov", "us-gov-west-1", "222222222222", "Calc", ""}},
	} {
		if got, err := ParseFunction(tt.in, caller); err != nil || got != tt.want {
			t.Errorf("ParseFunction(%q) = %+v, %v, want %+v", tt.in, got, err, tt.want)
		}
	}
	for _, bad := range []string{
		"", ":", "Calc:", ":prod", "a:b:c", "Ca lc", "Calc:a b", "Calc/x", "function:", "$LATEST",
		"arn:aws:lambda:us-east-1:222222222222:layer:Calc", "arn:aws:lambda:us-east-1:222222222222:function",
		"arn:aws:lambda:us-east-1:222222222222:function:Calc:1:2", "arn:aws:lambda:us-east-1:22:function:Calc",
		"arn:aws:lambda:nowhere:222222222222:function:Calc", "arn:aws:iam::222222222222:function:Calc",
		"arn:aws:lambda:us-east-1:222222222222:Calc",
	} {
		if got, err := ParseFunction(bad, caller); !errors.Is(err, ErrSyntax) {
			t.Errorf("ParseFunction(%q) = %+v, %v, want ErrSyntax", bad, got, err)
		}
	}
}

func TestFunctionString(t *testing.T) {
	t.Parallel()
	f := Function{Region: "cn-north-1", Account: "111111111111", Name: "f", Qualifier: "1"}
	if got := f.String(); got != "arn:aws-cn:lambda:cn-north-1:111111111111:function:f:1" {
		t.Error(got)
	}
	if got := f.Unqualified(); got != "arn:aws-cn:lambda:cn-north-1:111111111111:function:f" {
		t.Error(got)
	}
}

func TestLayerVersion(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"arn:aws:lambda:us-east-1:111111111111:layer:deps", "arn:aws:lambda:us-east-1:111111111111:layer:deps:12"} {
		if got, err := ParseLayerVersion(in); err != nil || got.String() != in {
			t.Errorf("ParseLayerVersion(%q) = %+v, %v", in, got, err)
		}
	}
	for _, bad := range []string{"deps", "arn:aws:lambda:us-east-1:1:layer", "arn:aws:lambda:us-east-1:1:layer:d:0", "arn:aws:lambda:us-east-1:1:layer:d:x", "arn:aws:lambda:us-east-1:1:layer:d:1:2", "arn:aws:lambda:us-east-1:1:layer:d:99999999999999999999"} {
		if _, err := ParseLayerVersion(bad); !errors.Is(err, ErrSyntax) {
			t.Errorf("ParseLayerVersion(%q): %v, want ErrSyntax", bad, err)
		}
	}
}

func TestMethod(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		m    Method
		want string
	}{
		{Method{"us-east-1", "123456789012", "abc", "prod", "GET", "/pets/7"}, "arn:aws:execute-api:us-east-1:123456789012:abc/prod/GET/pets/7"},
		{Method{"us-east-1", "123456789012", "abc", "prod", "GET", "/"}, "arn:aws:execute-api:us-east-1:123456789012:abc/prod/GET/"},
		{Method{"us-east-1", "123456789012", "abc", "test-invoke-stage", "ANY", "/{proxy+}"}, "arn:aws:execute-api:us-east-1:123456789012:abc/test-invoke-stage/ANY/{proxy+}"},
		{Method{"us-east-1", "123456789012", "abc", "prod", "GET", "//a//"}, "arn:aws:execute-api:us-east-1:123456789012:abc/prod/GET//a//"},
	} {
		back, err := ParseMethod(tt.want)
		if got := tt.m.String(); got != tt.want || err != nil || back != tt.m {
			t.Errorf("%+v prints %q, want %q; parsed %+v, %v", tt.m, got, tt.want, back, err)
		}
	}
	if got, err := ParseMethod("arn:aws:execute-api:*:*:abc/*"); err != nil || got != (Method{"*", "*", "abc", "*", "", ""}) {
		t.Errorf("%+v, %v", got, err)
	}
	if got := Authorizer("us-east-1", "123456789012", "abc", "x1y2z3"); got != "arn:aws:execute-api:us-east-1:123456789012:abc/authorizers/x1y2z3" {
		t.Error(got)
	}
	if got := MaskAccount("arn:aws:execute-api:us-east-1:123456789012:abc/prod/GET/"); got != "arn:aws:execute-api:us-east-1:********9012:abc/prod/GET/" {
		t.Error(got)
	}
}

func TestAPIGateway(t *testing.T) {
	t.Parallel()
	in := APIGateway("us-east-1", "/restapis/abc/stages/prod")
	region, path, err := ParseAPIGateway(in)
	if in != "arn:aws:apigateway:us-east-1::/restapis/abc/stages/prod" || region != "us-east-1" || path != "/restapis/abc/stages/prod" || err != nil {
		t.Error(in, region, path, err)
	}
	for _, bad := range []string{"arn:aws:apigateway:us-east-1:1:/x", "arn:aws:apigateway:us-east-1::x", "arn:aws:iam:::/x"} {
		if _, _, err := ParseAPIGateway(bad); !errors.Is(err, ErrSyntax) {
			t.Errorf("%q: %v, want ErrSyntax", bad, err)
		}
	}
}

func TestIntegration(t *testing.T) {
	t.Parallel()
	function := "arn:aws:lambda:us-east-1:123456789012:function:Calc:prod"
	uri := InvokeFunction("us-east-1", function)
	in, err := ParseIntegration(uri)
	if err != nil || in.String() != uri {
		t.Fatalf("%+v, %v", in, err)
	}
	if got, ok := in.Function(); !ok || got != function {
		t.Errorf("Function() = %q, %v", got, ok)
	}
	bucket := "arn:aws:apigateway:us-east-1:my.bucket.s3:path/key/a"
	in, err = ParseIntegration(bucket)
	want := Integration{"aws", "us-east-1", "s3", "my.bucket", "path", "key/a"}
	if _, ok := in.Function(); err != nil || in != want || in.String() != bucket || ok {
		t.Errorf("%+v, %v, want %+v", in, err, want)
	}
	for _, bad := range []string{"http://example.com", "arn:aws:apigateway:us-east-1:lambda:other/x", "arn:aws:apigateway:us-east-1:lambda:path", "arn:aws:apigateway:us-east-1::path/x", "arn:aws:lambda:us-east-1:lambda:path/x", "arn:aws:apigateway:us-east-1:.s3:path/x"} {
		if _, err := ParseIntegration(bad); !errors.Is(err, ErrSyntax) {
			t.Errorf("%q: %v, want ErrSyntax", bad, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"arn:aws:iam::123456789012:role/a", "Calc:prod", "123456789012:function:f", "arn:aws:execute-api:us-east-1:1:a/b/GET/c", "arn:aws:apigateway:us-east-1:lambda:path/x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if a, err := Parse(s); err == nil && a.String() != s {
			t.Errorf("Parse(%q) prints %q", s, a.String())
		}
		if e, err := ParseEntity(s); err == nil && e.String() != s {
			t.Errorf("ParseEntity(%q) prints %q", s, e.String())
		}
		if in, err := ParseIntegration(s); err == nil && in.String() != s {
			t.Errorf("ParseIntegration(%q) prints %q", s, in.String())
		}
		fn, err := ParseFunction(s, Function{Partition: "aws", Region: "us-east-1", Account: "111111111111"})
		if err != nil {
			return
		}
		if again, err := ParseFunction(fn.String(), Function{}); err != nil || again != fn {
			t.Errorf("ParseFunction(%q) = %+v, its ARN gives %+v, %v", s, fn, again, err)
		}
	})
}
