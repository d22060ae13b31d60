package iam

import (
	"strings"
	"testing"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

func TestCredentialReport(t *testing.T) {
	t.Parallel()
	s, ctx, c := newService(t)
	must(t, nil, second(s.CreateUser(ctx, &CreateUserRequest{UserName: "ann", Path: new("/staff/")})))
	must(t, nil, second(s.CreateAccessKey(ctx, &CreateAccessKeyRequest{UserName: new("ann")})))
	must(t, nil, second(s.CreateUser(ctx, &CreateUserRequest{UserName: "bob"})))
	at := c.Now().UTC().Format(reportTime)
	got := ok[*GetCredentialReportResponse](t)(s.GetCredentialReport(ctx, &awsapi.Empty{}))
	lines := strings.Split(strings.TrimSpace(string(got.Content)), "\n")
	root := lines[1]
	same(t, "report", lines, []string{
		"user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated",
		root,
		"ann,arn:aws:iam::" + testAccount + ":user/staff/ann," + at + ",false,N/A,N/A,N/A,false,true," + at + ",N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A",
		"bob,arn:aws:iam::" + testAccount + ":user/bob," + at + ",false,N/A,N/A,N/A,false,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A",
	})
	if !strings.HasPrefix(root, "<root_account>,arn:aws:iam::"+testAccount+":root,") || strings.Count(root, ",") != len(reportColumns)-1 {
		t.Errorf("the root's row is %s", root)
	}
}
