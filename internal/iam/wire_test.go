package iam

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// newWire serves the service as clients see it; who asks is the user named in
// the header X-Caller, or the root.
func newWire(t *testing.T, s *Service) func(caller string, form ...string) (int, string) {
	t.Helper()
	registry := awsapi.NewRegistry(slog.New(slog.DiscardHandler), s, nil, Operations.Bind(s))
	wire := &awsapi.Wire{
		Registry: registry,
		Authenticate: func(r *http.Request, _ string, _ []byte) (awsapi.Caller, error) {
			if name := r.Header.Get("X-Caller"); name != "" {
				return userCallerOf(s, name), nil
			}
			return awsapi.RootCaller(testAccount), nil
		},
		Region:   func(*http.Request) string { return "us-east-1" },
		ClientIP: func(*http.Request) string { return "127.0.0.1" },
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { wire.ServeService(w, r, "iam") }))
	t.Cleanup(server.Close)
	return func(caller string, form ...string) (int, string) {
		values := url.Values{"Version": {"2010-05-08"}, "Action": {form[0]}}
		for i := 1; i < len(form); i += 2 {
			values.Set(form[i], form[i+1])
		}
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, strings.NewReader(values.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("X-Caller", caller)
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		b, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, varying.ReplaceAllString(string(b), "$1…$2")
	}
}

// varying are ids that differ from one run to the next.
var varying = regexp.MustCompile(`(<(?:RequestId|RoleId|UserId|PolicyId|AccessKeyId|SecretAccessKey)>)[^<]+(<)`)

func TestWire(t *testing.T) {
	t.Parallel()
	s, ctx, _ := newService(t)
	makeUser(t, s, ctx, "ann")
	call := newWire(t, s)
	const meta = "<ResponseMetadata><RequestId>…</RequestId></ResponseMetadata>"
	const ns = ` xmlns="https://iam.amazonaws.com/doc/2010-05-08/"`
	fail := func(code, message string) string {
		return "<ErrorResponse" + ns + "><Error><Type>Sender</Type><Code>" + code + "</Code><Message>" + message + "</Message></Error><RequestId>…</RequestId></ErrorResponse>"
	}
	document := encodeDocument(trustAPI)
	for _, c := range []struct {
		caller string
		form   []string
		status int
		want   string
	}{
		{"", []string{"CreateRole", "RoleName", "r", "AssumeRolePolicyDocument", trustAPI, "Tags.member.1.Key", "k", "Tags.member.1.Value", "v"}, 200,
			"<CreateRoleResponse" + ns + "><CreateRoleResult><Role><Path>/</Path><RoleName>r</RoleName><RoleId>…</RoleId><Arn>arn:aws:iam::111122223333:role/r</Arn>" +
				"<CreateDate>2026-03-04T05:06:07Z</CreateDate><AssumeRolePolicyDocument>" + document + "</AssumeRolePolicyDocument>" +
				"<Tags><member><Key>k</Key><Value>v</Value></member></Tags></Role></CreateRoleResult>" + meta + "</CreateRoleResponse>"},
		{"", []string{"AttachRolePolicy", "RoleName", "r", "PolicyArn", "arn:aws:iam::aws:policy/AdministratorAccess"}, 200,
			"<AttachRolePolicyResponse" + ns + ">" + meta + "</AttachRolePolicyResponse>"},
		{"", []string{"ListAttachedRolePolicies", "RoleName", "r"}, 200,
			"<ListAttachedRolePoliciesResponse" + ns + "><ListAttachedRolePoliciesResult><AttachedPolicies><member><PolicyName>AdministratorAccess</PolicyName>" +
				"<PolicyArn>arn:aws:iam::aws:policy/AdministratorAccess</PolicyArn></member></AttachedPolicies><IsTruncated>false</IsTruncated></ListAttachedRolePoliciesResult>" + meta + "</ListAttachedRolePoliciesResponse>"},
		{"", []string{"CreateAccessKey", "UserName", "ann"}, 200,
			"<CreateAccessKeyResponse" + ns + "><CreateAccessKeyResult><AccessKey><UserName>ann</UserName><AccessKeyId>…</AccessKeyId><Status>Active</Status>" +
				"<SecretAccessKey>…</SecretAccessKey><CreateDate>2026-03-04T05:06:07Z</CreateDate></AccessKey></CreateAccessKeyResult>" + meta + "</CreateAccessKeyResponse>"},
		{"", []string{"DeleteRole", "RoleName", "r"}, 409, fail("DeleteConflict", "Cannot delete entity, must detach all policies first.")},
		{"", []string{"GetRole", "RoleName", "nobody"}, 404, fail("NoSuchEntity", "The role with name nobody cannot be found.")},
		{"", []string{"CreateRole", "RoleName", "r", "AssumeRolePolicyDocument", trustAPI}, 409, fail("EntityAlreadyExists", "Role with name r already exists.")},
		{"", []string{"CreateUser"}, 400, fail("ValidationError", "1 validation error detected: Value null at &#39;userName&#39; failed to satisfy constraint: Member must not be null")},
		{"ann", []string{"GetRole", "RoleName", "r"}, 403, fail("AccessDenied",
			"User: arn:aws:iam::111122223333:user/ann is not authorized to perform: iam:GetRole on resource: role r because no identity-based policy allows the iam:GetRole action")},
		{"ann", []string{"CreateServiceLinkedRole", "AWSServiceName", "x.amazonaws.com"}, 403, fail("AccessDenied",
			"User: arn:aws:iam::111122223333:user/ann is not authorized to perform: iam:CreateServiceLinkedRole on resource: arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX because no identity-based policy allows the iam:CreateServiceLinkedRole action")},
	} {
		status, body := call(c.caller, c.form...)
		if status != c.status || body != c.want {
			t.Errorf("%v:\n got %d %s\nwant %d %s", c.form, status, body, c.status, c.want)
		}
	}
	must(t, nil, second(s.PutUserPolicy(ctx, &PutUserPolicyRequest{UserName: "ann", PolicyName: "p", PolicyDocument: allow("iam:GetRole", "*")})))
	if status, body := call("ann", "GetRole", "RoleName", "r"); status != 200 {
		t.Errorf("allowed, but got %d %s", status, body)
	}
}
