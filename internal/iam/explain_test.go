package iam

import "testing"

func TestExplain(t *testing.T) {
	t.Parallel()
	s, ctx, _ := newService(t)
	role := makeRole(t, s, ctx, "r", trustAPI)
	a := makePolicy(t, s, ctx, "calls", `{"Version":"2012-10-17","Statement":[
		{"Sid":"Calc","Effect":"Allow","Action":"lambda:InvokeFunction","Resource":"`+calc+`"},
		{"Effect":"Deny","NotAction":"lambda:*","NotResource":"arn:aws:logs:*:*:*"},
		{"Effect":"Allow","Action":["logs:*","iam:*"],"Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":["eu-west-1","eu-west-2"]},"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}]}`)
	must(t, nil, second(s.AttachRolePolicy(ctx, &AttachRolePolicyRequest{RoleName: "r", PolicyArn: a})))
	session := "arn:aws:sts::" + testAccount + ":assumed-role/r/session"

	calcText := "{\n  \"Sid\": \"Calc\",\n  \"Effect\": \"Allow\",\n  \"Action\": \"lambda:InvokeFunction\",\n  \"Resource\": \"" + calc + "\"\n}"
	denyText := "{\n  \"Effect\": \"Deny\",\n  \"NotAction\": \"lambda:*\",\n  \"NotResource\": \"arn:aws:logs:*:*:*\"\n}"
	logsText := "{\n  \"Effect\": \"Allow\",\n  \"Action\": [\n    \"logs:*\",\n    \"iam:*\"\n  ],\n  \"Resource\": \"*\",\n  \"Condition\": {\n    \"StringEquals\": {\n      \"aws:RequestedRegion\": [\n        \"eu-west-1\",\n        \"eu-west-2\"\n      ]\n    },\n    \"IpAddress\": {\n      \"aws:SourceIp\": \"10.0.0.0/8\"\n    }\n  }\n}"
	region := func(holds bool, actual ...string) ExplainedCondition {
		return ExplainedCondition{"StringEquals", "aws:RequestedRegion", []string{"eu-west-1", "eu-west-2"}, append([]string{}, actual...), holds}
	}
	address := func(holds bool, actual ...string) ExplainedCondition {
		return ExplainedCondition{"IpAddress", "aws:SourceIp", []string{"10.0.0.0/8"}, append([]string{}, actual...), holds}
	}
	none := []ExplainedCondition{}
	policy := func(statements ...ExplainedStatement) []ExplainedPolicy {
		return []ExplainedPolicy{{"calls", "identity-based policy", statements}}
	}

	got, err := s.Explain(role.Arn, Question{Action: "lambda:InvokeFunction", Resource: calc})
	same(t, "allowed", []any{got, err}, []any{&Explanation{
		Principal: session, Action: "lambda:InvokeFunction", Resource: calc, Allowed: true, Outcome: "allowed",
		Because: "Allowed by the identity-based policy calls; nothing denies it.",
		Policies: policy(
			ExplainedStatement{0, "Calc", "Allow", calcText, true, true, []string{}, none},
			ExplainedStatement{1, "", "Deny", denyText, false, false, []string{"the action lambda:InvokeFunction is among those excepted: lambda:*"}, none},
			ExplainedStatement{2, "", "Allow", logsText, false, false, []string{
				"the action lambda:InvokeFunction is not among logs:*, iam:*",
				"the condition StringEquals of aws:RequestedRegion wants eu-west-1 or eu-west-2, and the request does not have it",
				"the condition IpAddress of aws:SourceIp wants 10.0.0.0/8, and the request does not have it",
			}, []ExplainedCondition{region(false), address(false)}},
		),
	}, nil})

	group := "arn:aws:logs:eu-west-1:" + testAccount + ":log-group:g:log-stream:"
	q := Question{Action: "logs:DeleteLogGroup", Resource: group}
	q.Keys.Set("aws:RequestedRegion", "eu-west-1")
	q.Keys.Set("aws:SourceIp", "192.0.2.1")
	got, err = s.Explain(session, q)
	same(t, "implicit deny", []any{got, err}, []any{&Explanation{
		Principal: session, Action: "logs:DeleteLogGroup", Resource: group, Outcome: "implicit deny",
		Because: "No identity-based policy allows it, and what nothing allows is denied.",
		Text:    "User: " + session + " is not authorized to perform: logs:DeleteLogGroup on resource: " + group + " because no identity-based policy allows the logs:DeleteLogGroup action",
		Policies: policy(
			ExplainedStatement{0, "Calc", "Allow", calcText, false, false, []string{
				"the action logs:DeleteLogGroup is not among lambda:InvokeFunction", "the resource " + group + " is not among " + calc,
			}, none},
			ExplainedStatement{1, "", "Deny", denyText, false, false, []string{"the resource " + group + " is among those excepted: arn:aws:logs:*:*:*"}, none},
			ExplainedStatement{2, "", "Allow", logsText, false, false, []string{
				"the condition IpAddress of aws:SourceIp wants 10.0.0.0/8, and the request has 192.0.2.1",
			}, []ExplainedCondition{region(true, "eu-west-1"), address(false, "192.0.2.1")}},
		),
	}, nil})

	for _, tt := range []struct {
		name, principal, action, resource, outcome, because string
	}{
		{"explicit deny", role.Arn, "iam:GetUser", "*", "explicit deny", "A statement of the identity-based policy calls denies it, which no other can lift."},
		{"a service takes a role", "apigateway.amazonaws.com", "sts:AssumeRole", role.Arn, "allowed", "Allowed by the role trust policy; nothing denies it."},
		{"another service does not", "events.amazonaws.com", "sts:AssumeRole", role.Arn, "implicit deny", "No role trust policy allows it, and what nothing allows is denied."},
		{"root", "arn:aws:iam::" + testAccount + ":root", "iam:GetUser", "*", "allowed", "The root user of an account may do everything in it."},
	} {
		got, err := s.Explain(tt.principal, Question{Action: tt.action, Resource: tt.resource})
		if err != nil {
			t.Fatal(err)
		}
		same(t, tt.name, []string{got.Outcome, got.Because}, []string{tt.outcome, tt.because})
	}
	for _, who := range []string{role.Arn + "x", "arn:aws:iam::111122223333:user/x", session[:len(session)-9] + "x/y", "nonsense", ""} {
		if _, err := s.Explain(who, Question{}); err != ErrNoPrincipal {
			t.Errorf("%s: %v", who, err)
		}
	}
}
