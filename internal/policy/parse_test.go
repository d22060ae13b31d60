package policy

import (
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	t.Parallel()
	text := `{
	  "Version": "2012-10-17", "Id": "default",
	  "Statement": [
	    {"Sid": "one", "Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"},
	    {"Effect": "Deny", "NotPrincipal": {"AWS": ["123456789012", "arn:aws:iam::123456789012:role/a/b"], "Service": "x.amazonaws.com"},
	     "NotAction": ["a:b", "c:*"], "NotResource": ["*"],
	     "Condition": {"Bool": {"aws:SecureTransport": false}, "NumericLessThan": {"k:n": [1, 2.5]}, "StringLike": {"k:s": [], "k:t": "<&>"}}}
	  ]
	}`
	want := &Document{Version: Version2012, ID: "default", Statements: []Statement{
		{Sid: "one", Effect: Allow, Principal: &Principals{Anyone: true}, Action: []string{"execute-api:Invoke"}, Resource: []string{"execute-api:/*"}},
		{Effect: Deny, NotPrincipal: &Principals{AWS: []string{"123456789012", "arn:aws:iam::123456789012:role/a/b"}, Service: []string{"x.amazonaws.com"}},
			NotAction: []string{"a:b", "c:*"}, NotResource: []string{"*"}, Condition: []Condition{
				{"Bool", "aws:SecureTransport", []string{"false"}},
				{"NumericLessThan", "k:n", []string{"1", "2.5"}},
				{"StringLike", "k:s", []string{}},
				{"StringLike", "k:t", []string{"<&>"}},
			}},
	}}
	got, err := Parse([]byte(text), Resource)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("got  %+v, %v\nwant %+v", got, err, want)
	}
	printed := `{"Version":"2012-10-17","Id":"default","Statement":[` +
		`{"Sid":"one","Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/*"},` +
		`{"Effect":"Deny","NotPrincipal":{"AWS":["123456789012","arn:aws:iam::123456789012:role/a/b"],"Service":"x.amazonaws.com"},` +
		`"NotAction":["a:b","c:*"],"NotResource":"*",` +
		`"Condition":{"Bool":{"aws:SecureTransport":"false"},"NumericLessThan":{"k:n":["1","2.5"]},"StringLike":{"k:s":[],"k:t":"<&>"}}}]}`
	if got.String() != printed {
		t.Errorf("prints\n%s\nwant\n%s", got, printed)
	}
	expanded := got.MapResources(func(s string) string { return strings.Replace(s, "execute-api:/", "arn:/", 1) })
	if expanded.Statements[0].Resource[0] != "arn:/*" || got.Statements[0].Resource[0] != "execute-api:/*" {
		t.Errorf("MapResources gives %s and leaves %s", expanded, got)
	}
}

func TestParseErrors(t *testing.T) {
	t.Parallel()
	in := func(statement string) string { return `{"Version":"2012-10-17","Statement":` + statement + `}` }
	trust := func(rest string) string {
		return in(`{"Effect":"Allow","Principal":{"Service":"apigateway.amazonaws.com"},"Action":"sts:AssumeRole"` + rest + `}`)
	}
	for _, tt := range []struct {
		name string
		kind Kind
		text string
		want string
	}{
		{"empty", Identity, ``, "This policy contains invalid Json"},
		{"not JSON", Identity, `{"Statement":[}`, "This policy contains invalid Json"},
		{"more after it", Identity, `{} {}`, "This policy contains invalid Json"},
		{"a list", Identity, `[]`, "Syntax errors in policy."},
		{"no statement", Identity, `{"Version":"2012-10-17"}`, "Syntax errors in policy."},
		{"no statements", Identity, in(`[]`), "Syntax errors in policy."},
		{"statement is text", Identity, in(`"x"`), "Syntax errors in policy."},
		{"version", Identity, `{"Version":"2012-10-18","Statement":[]}`, "Syntax errors in policy."},
		{"unknown element", Identity, in(`{"Effect":"Allow","Action":"*","Resource":"*","Foo":1}`), "Syntax errors in policy."},
		{"element twice", Identity, in(`{"Effect":"Allow","Effect":"Deny","Action":"*","Resource":"*"}`), "Syntax errors in policy."},
		{"no effect", Identity, in(`{"Action":"*","Resource":"*"}`), "Missing required field Effect"},
		{"effect's case", Identity, in(`{"Effect":"allow","Action":"*","Resource":"*"}`), "Syntax errors in policy."},
		{"no action", Identity, in(`{"Effect":"Allow","Resource":"*"}`), "Policy statement must contain actions."},
		{"empty actions", Identity, in(`{"Effect":"Allow","Action":[],"Resource":"*"}`), "Policy statement must contain actions."},
		{"no resource", Identity, in(`{"Effect":"Allow","Action":"*"}`), "Policy statement must contain resources."},
		{"both actions", Identity, in(`{"Effect":"Allow","Action":"*","NotAction":"*","Resource":"*"}`), "Syntax errors in policy."},
		{"action is a number", Identity, in(`{"Effect":"Allow","Action":1,"Resource":"*"}`), "Syntax errors in policy."},
		{"no vendor", Identity, in(`{"Effect":"Allow","Action":"Invoke","Resource":"*"}`), "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."},
		{"vendor", Boundary, in(`{"Effect":"Allow","Action":"a b:c","Resource":"*"}`), "Vendor a b is not valid"},
		{"resource", Identity, in(`{"Effect":"Allow","Action":"*","Resource":"bucket"}`), `Resource bucket must be in ARN format or "*".`},
		{"short resource", Identity, in(`{"Effect":"Allow","Action":"*","Resource":"arn:aws:iam:123"}`), "The policy failed legacy parsing"},
		{"partition", Session, in(`{"Effect":"Allow","Action":"*","Resource":"arn:gws:s3:::b"}`), `Partition "gws" is not valid for resource "arn:gws:s3:::b".`},
		{"principal", Identity, in(`{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}`), "Policy document should not specify a principal."},
		{"sid", Identity, in(`{"Sid":"a b","Effect":"Allow","Action":"*","Resource":"*"}`), "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"},
		{"sid twice", Resource, in(`[{"Sid":"a-b","Effect":"Allow","Principal":"*","Action":"*","Resource":"*"},{"Sid":"a-b","Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]`), "Statement IDs (SID) in a single policy must be unique."},
		{"operator", Identity, in(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringIs":{"a:b":"c"}}}`), "Invalid Condition type : StringIs"},
		{"NullIfExists", Identity, in(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"NullIfExists":{"a:b":"true"}}}`), "Invalid Condition type : NullIfExists"},
		{"key", Identity, in(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"b":"c"}}}`), "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."},
		{"condition is text", Identity, in(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":"x"}`), "Syntax errors in policy."},
		{"value is an object", Identity, in(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"a:b":{}}}}`), "Syntax errors in policy."},
		{"number", Identity, in(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"NumericEquals":{"a:b":"x"}}}`), "Syntax errors in policy."},
		{"date", Identity, in(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"DateEquals":{"a:b":"x"}}}`), "Syntax errors in policy."},
		{"address", Identity, in(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"IpAddress":{"a:b":"10.0.0.0/33"}}}`), "Syntax errors in policy."},
		{"boolean", Identity, in(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"a:b":"yes"}}}`), "Syntax errors in policy."},
		{"null's value", Identity, in(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Null":{"a:b":"yes"}}}`), "Syntax errors in policy."},
		{"base64", Identity, in(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"BinaryEquals":{"a:b":"?"}}}`), "Syntax errors in policy."},
		{"resource in trust", Trust, trust(`,"Resource":"*"`), "Has prohibited field Resource"},
		{"no principal in trust", Trust, in(`{"Effect":"Allow","Action":"sts:AssumeRole"}`), "Missing required field Principal"},
		{"action in trust", Trust, in(`{"Effect":"Allow","Principal":"*","Action":["sts:AssumeRole","iam:PassRole"]}`), "AssumeRole policy may only specify STS AssumeRole actions."},
		{"no action in trust", Trust, in(`{"Effect":"Allow","Principal":"*"}`), "Missing required field Action"},
		{"account", Trust, in(`{"Effect":"Allow","Principal":{"AWS":"1234"},"Action":"sts:AssumeRole"}`), `Invalid principal in policy: "AWS":"1234"`},
		{"star in a principal", Trust, in(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:user/*"},"Action":"sts:AssumeRole"}`), `Invalid principal in policy: "AWS":"arn:aws:iam::123456789012:user/*"`},
		{"group as principal", Resource, in(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:group/g"},"Action":"*","Resource":"*"}`), `Invalid principal in policy: "AWS":"arn:aws:iam::123456789012:group/g"`},
		{"service", Trust, in(`{"Effect":"Allow","Principal":{"Service":"apigateway"},"Action":"sts:AssumeRole"}`), `Invalid principal in policy: "SERVICE":"apigateway"`},
		{"principal is text", Trust, in(`{"Effect":"Allow","Principal":"123456789012","Action":"sts:AssumeRole"}`), `Invalid principal in policy: "123456789012"`},
		{"empty principal", Trust, in(`{"Effect":"Allow","Principal":{},"Action":"sts:AssumeRole"}`), "Syntax errors in policy."},
		{"empty list of principals", Trust, in(`{"Effect":"Allow","NotPrincipal":{"AWS":[]},"Action":"sts:AssumeRole"}`), "Syntax errors in policy."},
		{"type of principal", Trust, in(`{"Effect":"Allow","Principal":{"User":"x"},"Action":"sts:AssumeRole"}`), "Syntax errors in policy."},
		{"too deep", Identity, in(strings.Repeat("[", 60) + strings.Repeat("]", 60)), "Syntax errors in policy."},
		{"too long", Identity, strings.Repeat(" ", maxSize+1), "Syntax errors in policy."},
	} {
		_, err := Parse([]byte(tt.text), tt.kind)
		var refusal *Error
		if !errors.As(err, &refusal) || refusal.Message != tt.want {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}

func TestErrorPosition(t *testing.T) {
	t.Parallel()
	_, err := Parse([]byte("{\n \"Statement\": {\n  \"Effect\": \"allow\"\n }\n}"), Identity)
	want := &Error{"Syntax errors in policy.", "the effect is neither Allow nor Deny", 3, 13}
	if !reflect.DeepEqual(err, want) {
		t.Errorf("%+v, want %+v", err, want)
	}
}

// TestAccepted: what looks odd and is right.
func TestAccepted(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		kind Kind
		text string
	}{
		{Trust, `{"Statement":[{"Effect":"Allow","Principal":{"Service":["apigateway.amazonaws.com","lambda.amazonaws.com"]},"Action":"sts:AssumeRole"}]}`},
		{Trust, `{"Version":"2008-10-17","Statement":{"Sid":"","Effect":"Allow","Principal":{"AWS":"AROAEXAMPLEEXAMPLE123"},"Action":"sts:*"}}`},
		{Trust, `{"Statement":{"Effect":"Allow","Principal":{"Federated":"cognito-identity.amazonaws.com"},"Action":"sts:AssumeRoleWithWebIdentity"}}`},
		{Identity, `{"Statement":{"Effect":"Allow","Action":"*:*","Resource":["arn:aws:*","arn:*:s3:::b/${aws:username}","arn:aws-cn:iam::1:role/x"]}}`},
		{Identity, `{"Statement":[{"Sid":"","Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"","Effect":"Allow","Action":"*","Resource":"*","Condition":{}}]}`},
		{Resource, `{"Statement":{"Sid":"a b-c","Effect":"Allow","Principal":{"AWS":["*","arn:aws:iam::123456789012:root","arn:aws:sts::123456789012:assumed-role/r/s"],"CanonicalUser":"79a5"},"Action":"x","Resource":"execute-api:/*"}}`},
		{Authorizer, `{"Statement":[]}`},
		{Authorizer, `{"Version":"2012-10-17","Statement":[{"Action":"execute-api:Invoke","Effect":"Deny","Resource":["a/b"]}]}`},
	} {
		d, err := Parse([]byte(tt.text), tt.kind)
		if err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		if _, err := Compile("p", tt.kind, d); err != nil {
			t.Errorf("%s: %v", tt.text, err)
		}
	}
}

// TestCompileByHand: documents that did not come through Parse are checked
// for what would otherwise open a door.
func TestCompileByHand(t *testing.T) {
	t.Parallel()
	whole := Statement{Effect: Allow, Principal: &Principals{Anyone: true}, Action: []string{"a:b"}, Resource: []string{"*"}}
	for name, change := range map[string]func(*Statement){
		"no principal": func(s *Statement) { s.Principal = nil },
		"no action":    func(s *Statement) { s.Action = nil },
		"no resource":  func(s *Statement) { s.Resource = nil },
		"effect":       func(s *Statement) { s.Effect = "allow" },
		"principal":    func(s *Statement) { s.Principal = &Principals{AWS: []string{"x"}} },
		"operator":     func(s *Statement) { s.Condition = []Condition{{"X", "y", nil}} },
		"value":        func(s *Statement) { s.Condition = []Condition{{"Bool", "y", []string{"z"}}} },
	} {
		s := whole
		change(&s)
		if _, err := Compile("p", Resource, &Document{Statements: []Statement{s}}); err == nil {
			t.Errorf("%s: compiles", name)
		}
	}
	if _, err := Compile("p", Resource, &Document{Statements: []Statement{whole}}); err != nil {
		t.Error(err)
	}
	if _, err := Compile("p", Identity, &Document{Statements: []Statement{whole}}); err == nil {
		t.Error("an identity's policy with a principal compiles")
	}
}

// FuzzParse: what is read prints and reads again as the same; it compiles and
// evaluates.
func FuzzParse(f *testing.F) {
	for _, name := range []string{"parse_test.go", "evaluate_test.go"} { // every policy that the tests hold
		source, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for part := range strings.SplitSeq(string(source), "`") {
			if strings.HasPrefix(part, "{") {
				f.Add([]byte(part), uint8(len(part)))
			}
		}
	}
	f.Fuzz(func(t *testing.T, text []byte, k uint8) {
		kind := Kind(k % 6)
		d, err := Parse(text, kind)
		if err != nil {
			if _, ok := err.(*Error); !ok {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		again, err := Parse([]byte(d.String()), kind)
		if err != nil || !reflect.DeepEqual(d, again) {
			t.Fatalf("%s\nreads again as\n%s, %v", d, again, err)
		}
		p, err := Compile("p", kind, d)
		if err != nil {
			t.Fatalf("%s does not compile: %v", d, err)
		}
		r := &Request{Principal: Principal{Kind: User, Account: "123456789012", Name: "u"}, Action: "a:b", Resource: "arn:aws:s3:::b"}
		r.Keys.Set("aws:SourceIp", "10.1.2.3")
		if kind == Resource || kind == Trust {
			r.ResourcePolicy = p
		} else {
			r.Identity = []*Policy{p}
		}
		if first := Evaluate(r); first != Evaluate(r) {
			t.Fatal("two decisions on one request")
		}
	})
}
