package iam

import (
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/policy"
)

func BenchmarkEvaluate(b *testing.B) {
	s, ctx, _ := newService(b)
	role := makeRole(b, s, ctx, "r", trustAPI)
	for _, name := range []string{"service-role/AWSLambdaBasicExecutionRole", "service-role/AWSLambdaRole"} {
		must(b, nil, second(s.AttachRolePolicy(ctx, &AttachRolePolicyRequest{RoleName: "r", PolicyArn: awsPolicyPrefix + "/" + name})))
	}
	caller := s.Issue(Session{Account: testAccount, RoleARN: role.Arn, ID: role.RoleId, Name: "s"}, time.Hour).Caller
	q := Question{Action: "lambda:InvokeFunction", Resource: calc, ResourceAccount: testAccount}
	b.ReportAllocs()
	for b.Loop() {
		if s.Evaluate(caller, q).Outcome != policy.Allowed {
			b.Fatal("refused")
		}
	}
}

func BenchmarkAssumeServiceRole(b *testing.B) {
	s, ctx, _ := newService(b)
	role := makeRole(b, s, ctx, "r", trustAPI)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.AssumeServiceRole(ctx, role.Arn, apiGateway, testAccount, "s", nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCredential(b *testing.B) {
	s, ctx, _ := newService(b)
	role := makeRole(b, s, ctx, "r", trustAPI)
	makeUser(b, s, ctx, "ann")
	key := ok[*CreateAccessKeyResponse](b)(s.CreateAccessKey(ctx, &CreateAccessKeyRequest{UserName: new("ann")})).AccessKey
	session := s.Issue(Session{Account: testAccount, RoleARN: role.Arn, ID: role.RoleId, Name: "s"}, time.Hour)
	for name, c := range map[string]struct{ id, token string }{"key": {key.AccessKeyId, ""}, "session": {session.AccessKeyID, session.SessionToken}} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, found := s.Credential(c.id, c.token); !found {
					b.Fatal("not found")
				}
			}
		})
	}
}
