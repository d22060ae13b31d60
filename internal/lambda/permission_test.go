package lambda

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

func TestPermissionStatements(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	s.create("f")
	for _, tt := range []struct {
		name string
		in   AddPermissionRequest
		want string // statement, or the error
	}{
		{"gateway", AddPermissionRequest{StatementId: "apigw", Principal: "apigateway.amazonaws.com", SourceArn: new("arn:aws:execute-api:us-east-1:123456789012:abc123/*/GET/pets")},
			`{"Sid":"apigw","Effect":"Allow","Principal":{"Service":"apigateway.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:us-east-1:123456789012:function:f","Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:execute-api:us-east-1:123456789012:abc123/*/GET/pets"}}}`},
		{"source account", AddPermissionRequest{StatementId: "s3", Principal: "s3.amazonaws.com", SourceArn: new("arn:aws:s3:::b"), SourceAccount: new("111111111111")},
			`{"Sid":"s3","Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:us-east-1:123456789012:function:f","Condition":{"StringEquals":{"AWS:SourceAccount":"111111111111"},"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::b"}}}`},
		{"account", AddPermissionRequest{StatementId: "acc", Principal: "111111111111", PrincipalOrgID: new("o-1234567890")},
			`{"Sid":"acc","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:us-east-1:123456789012:function:f","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1234567890"}}}`},
		{"role", AddPermissionRequest{StatementId: "role", Principal: "arn:aws:iam::111111111111:role/x", EventSourceToken: new("tok")},
			`{"Sid":"role","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:role/x"},"Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:us-east-1:123456789012:function:f","Condition":{"StringEquals":{"lambda:EventSourceToken":"tok"}}}`},
		{"anybody", AddPermissionRequest{StatementId: "any", Principal: "*", Action: "lambda:InvokeFunctionUrl", FunctionUrlAuthType: new("NONE")},
			`{"Sid":"any","Effect":"Allow","Principal":"*","Action":"lambda:InvokeFunctionUrl","Resource":"arn:aws:lambda:us-east-1:123456789012:function:f","Condition":{"StringEquals":{"lambda:FunctionUrlAuthType":"NONE"}}}`},
		{"twice", AddPermissionRequest{StatementId: "any", Principal: "*"}, "409 ResourceConflictException: The statement id (any) provided already exists. Please provide a new statement id, or remove the existing statement."},
		{"principal", AddPermissionRequest{StatementId: "bad", Principal: "nobody"}, "400 InvalidParameterValueException: The provided principal was invalid. Please check the principal and try again."},
		{"$LATEST", AddPermissionRequest{StatementId: "l", Principal: "*", Qualifier: new(latest)}, "400 InvalidParameterValueException: We currently do not support adding policies for $LATEST."},
		{"no version", AddPermissionRequest{StatementId: "v", Principal: "*", Qualifier: new("7")}, "404 ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:123456789012:function:f:7"},
		{"statement id", AddPermissionRequest{StatementId: "a b", Principal: "*"}, `400 ValidationException: 1 validation error detected: Value 'a b' at 'statementId' failed to satisfy constraint: Member must satisfy regular expression pattern: ([a-zA-Z0-9-_]+)`},
		{"revision", AddPermissionRequest{StatementId: "r", Principal: "*", RevisionId: new("x")}, "412 PreconditionFailedException: The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API to retrieve the latest Revision Id"},
	} {
		in := tt.in
		in.FunctionName = "f"
		if in.Action == "" {
			in.Action = "lambda:InvokeFunction"
		}
		out, err := s.call("AddPermission", &in)
		got := errorText(err)
		if err == nil {
			got = *out.(*AddPermissionResponse).Statement
		}
		if got != tt.want {
			t.Errorf("%s:\n\t%s, want\n\t%s", tt.name, got, tt.want)
		}
	}
}

func TestPolicies(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	s.create("f")
	must[FunctionConfiguration](s, "PublishVersion", &PublishVersionRequest{FunctionName: "f"})
	must[AliasConfiguration](s, "CreateAlias", &CreateAliasRequest{FunctionName: "f", Name: "live", FunctionVersion: "1"})
	get := func(q string) (*GetPolicyResponse, error) {
		out, err := s.call("GetPolicy", &GetPolicyRequest{FunctionName: "f", Qualifier: nonEmpty(q)})
		if err != nil {
			return nil, err
		}
		return out.(*GetPolicyResponse), nil
	}
	_, err := get("")
	wantError(t, err, 404, "ResourceNotFoundException", "The resource you requested does not exist.")
	remove := func(sid, q string, rev *string) error {
		_, err := s.call("RemovePermission", &RemovePermissionRequest{FunctionName: "f", StatementId: sid, Qualifier: nonEmpty(q), RevisionId: rev})
		return err
	}
	wantError(t, remove("a", "", nil), 404, "ResourceNotFoundException", "No policy is associated with the given resource.")
	_, err = s.call("RemovePermission", &RemovePermissionRequest{FunctionName: "none", StatementId: "a"})
	wantError(t, err, 404, "ResourceNotFoundException", "No policy found for: "+testARN+"none")

	for _, q := range []string{"", "1", "live"} {
		for _, sid := range []string{"a", "b"} {
			must[AddPermissionResponse](s, "AddPermission", &AddPermissionRequest{FunctionName: "f", Qualifier: nonEmpty(q), StatementId: sid, Action: "lambda:InvokeFunction", Principal: "*"})
		}
	}
	statement := func(sid, q string) string {
		return `{"Sid":"` + sid + `","Effect":"Allow","Principal":"*","Action":"lambda:InvokeFunction","Resource":"` + testARN + `f` + q + `"}`
	}
	p, err := get("live")
	if want := `{"Version":"2012-10-17","Id":"default","Statement":[` + statement("a", ":live") + "," + statement("b", ":live") + `]}`; err != nil || *p.Policy != want {
		t.Errorf("policy of live is\n\t%s, %v, want\n\t%s", *p.Policy, err, want)
	}
	wantError(t, remove("c", "live", nil), 404, "ResourceNotFoundException", "Statement c is not found in resource policy.")
	wantError(t, remove("a", "live", new("x")), 412, "PreconditionFailedException", "The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API to retrieve the latest Revision Id")
	if err := remove("a", "live", p.RevisionId); err != nil {
		t.Error(err)
	}
	after, err := get("live")
	if want := `{"Version":"2012-10-17","Id":"default","Statement":[` + statement("b", ":live") + `]}`; err != nil || *after.Policy != want || *after.RevisionId == *p.RevisionId {
		t.Errorf("policy of live is %v, %v", after, err)
	}
	if err := remove("b", "live", nil); err != nil {
		t.Error(err)
	}
	if _, err = get("live"); errorText(err) != "404 ResourceNotFoundException: The resource you requested does not exist." {
		t.Errorf("emptied policy: %v", err)
	}
	if p, err = get(""); err != nil || !json.Valid([]byte(*p.Policy)) || !strings.Contains(*p.Policy, testARN+`f"`) {
		t.Errorf("the function's own policy is %v, %v", p, err)
	}
	// Policies are limited in size.
	for i := 0; ; i++ {
		_, err := s.call("AddPermission", &AddPermissionRequest{FunctionName: "f", StatementId: strings.Repeat("x", 90) + string('a'+rune(i/26)) + string('a'+rune(i%26)), Action: "lambda:InvokeFunction", Principal: "*"})
		if err != nil {
			if e := awsapi.AsError(err); e.Code != "PolicyLengthExceededException" || i < 50 {
				t.Errorf("after %d statements: %v", i, err)
			}
			break
		}
	}
}
