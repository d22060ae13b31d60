package policy

import "testing"

// TestGuide are the worked examples of the IAM user guide, told in short: who
// has which policies, what is asked, and what comes of it.
func TestGuide(t *testing.T) {
	t.Parallel()
	bucket := func(name string) string { return `"arn:aws:s3:::` + name + `","arn:aws:s3:::` + name + `/*"` }
	named := `{"AWS":"` + ana.ARN + `"}`

	// Policy evaluation for requests within a single account.
	mine := doc(`{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*"}`,
		`{"Effect":"Allow","Action":"s3:*","Resource":[`+bucket("mine")+`]}`,
		`{"Effect":"Deny","Action":"s3:*","Resource":[`+bucket("logs")+`]}`)
	logs := doc(`{"Effect":"Allow","Principal":` + named + `,"Action":"s3:*","Resource":[` + bucket("logs") + `]}`)
	// Permissions boundaries.
	bounded := doc(`{"Effect":"Allow","Action":["s3:*","cloudwatch:*","ec2:*"],"Resource":"*"}`)
	// Cross-account policy evaluation.
	production := doc(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":["s3:GetObject*","s3:PutObject*"],"Resource":"arn:aws:s3:::production/*"}`)
	reader := doc(`{"Effect":"Allow","Action":"s3:*","Resource":[`+bucket("production")+`]}`, `{"Effect":"Deny","Action":"s3:*","Resource":[`+bucket("logs")+`]}`)
	// Everything but IAM, which needs a second factor.
	factor := doc(allow("*", "*"), `{"Effect":"Deny","NotAction":["iam:ListUsers","iam:ChangePassword"],"Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}`)
	// A team's folder, or that of all.
	folders := doc(allow("s3:GetObject", "arn:aws:s3:::files/${aws:PrincipalTag/team, 'company-wide'}/*"))
	// Only these tags, and not without.
	tags := doc(`{"Effect":"Allow","Action":"ec2:CreateTags","Resource":"*","Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":["env","cost"]}}}`)
	some := doc(`{"Effect":"Allow","Action":"ec2:CreateTags","Resource":"*","Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":["env","cost"]},"Null":{"aws:TagKeys":"false"}}}`)
	// Who is in none of these networks is out, unless a service asks for them.
	networks := doc(allow("*", "*"), statementText("Deny", "*", "*", `,"Condition":{"NotIpAddress":{"aws:SourceIp":["192.0.2.0/24","2001:DB8:1234:5678::/64"]},"Bool":{"aws:ViaAWSService":"false"}}`))
	via := func(ip, service string) map[string]string {
		return map[string]string{"aws:SourceIp": ip, "aws:ViaAWSService": service}
	}

	for _, s := range []scene{
		{name: "one's own bucket", who: ana, action: "s3:PutObject", resource: "arn:aws:s3:::mine/x", identity: mine, want: Allowed},
		{name: "the list of all", who: ana, action: "s3:ListAllMyBuckets", resource: "*", identity: mine, want: Allowed},
		{name: "another's bucket", who: ana, action: "s3:GetObject", resource: "arn:aws:s3:::other/x", identity: mine},
		{name: "denied, though the bucket allows it", who: ana, action: "s3:GetObject", resource: "arn:aws:s3:::logs/x", identity: mine, policy: logs, want: ExplicitDeny},
		{name: "another service", who: ana, action: "ec2:RunInstances", resource: "*", identity: mine},

		{name: "allowed, outside the boundary", who: ana, action: "iam:CreateUser", resource: "arn:aws:iam::123456789012:user/new", identity: doc(allow("iam:CreateUser", "*")), boundary: bounded, missing: Boundary},
		{name: "within the boundary, not allowed", who: ana, action: "s3:GetObject", resource: "arn:aws:s3:::b/x", identity: doc(allow("iam:CreateUser", "*")), boundary: bounded},
		{name: "both", who: ana, action: "s3:GetObject", resource: "arn:aws:s3:::b/x", identity: doc(allow("*", "*")), boundary: bounded, want: Allowed},

		{name: "both accounts allow", who: ana, owner: theirs, action: "s3:PutObject", resource: "arn:aws:s3:::production/x", identity: reader, policy: production, want: Allowed},
		{name: "only the user's does", who: ana, owner: theirs, action: "s3:DeleteObject", resource: "arn:aws:s3:::production/x", identity: reader, policy: production, missing: Resource},
		{name: "only the bucket's does", who: ana, owner: theirs, action: "s3:PutObject", resource: "arn:aws:s3:::production/x", identity: mine, policy: production},
		{name: "the user's own denies", who: ana, owner: theirs, action: "s3:PutObject", resource: "arn:aws:s3:::logs/x", identity: reader, policy: doc(to("Allow", named)), want: ExplicitDeny},

		{name: "no factor", who: run, action: "lambda:InvokeFunction", identity: factor, keys: map[string]string{"aws:MultiFactorAuthPresent": "false"}, want: ExplicitDeny},
		{name: "no word of a factor", who: ana, action: "lambda:InvokeFunction", identity: factor, want: ExplicitDeny},
		{name: "a factor", who: run, action: "lambda:InvokeFunction", identity: factor, keys: map[string]string{"aws:MultiFactorAuthPresent": "true"}, want: Allowed},
		{name: "what needs none", who: ana, action: "iam:ListUsers", identity: factor, want: Allowed},

		{name: "the team's folder", who: ana, action: "s3:GetObject", resource: "arn:aws:s3:::files/yellow/x", identity: folders, keys: map[string]string{"aws:PrincipalTag/team": "yellow"}, want: Allowed},
		{name: "another team's folder", who: ana, action: "s3:GetObject", resource: "arn:aws:s3:::files/red/x", identity: folders, keys: map[string]string{"aws:PrincipalTag/team": "yellow"}},
		{name: "nobody's team, the folder of all", who: ana, action: "s3:GetObject", resource: "arn:aws:s3:::files/company-wide/x", identity: folders, want: Allowed},
		{name: "a team, the folder of all", who: ana, action: "s3:GetObject", resource: "arn:aws:s3:::files/company-wide/x", identity: folders, keys: map[string]string{"aws:PrincipalTag/team": "yellow"}},

		{name: "one of the tags", who: ana, action: "ec2:CreateTags", resource: "*", identity: tags, keys: map[string]string{"aws:TagKeys": "env"}, want: Allowed},
		{name: "another tag", who: ana, action: "ec2:CreateTags", resource: "*", identity: tags, keys: map[string]string{"aws:TagKeys": "owner"}},
		{name: "no tag at all is all of them", who: ana, action: "ec2:CreateTags", resource: "*", identity: tags, want: Allowed},
		{name: "but not with Null", who: ana, action: "ec2:CreateTags", resource: "*", identity: some},
		{name: "one of the tags, with Null", who: ana, action: "ec2:CreateTags", resource: "*", identity: some, keys: map[string]string{"aws:TagKeys": "env"}, want: Allowed},

		{name: "from the network", who: ana, identity: networks, keys: via("192.0.2.7", "false"), want: Allowed},
		{name: "from the network, IPv6", who: ana, identity: networks, keys: via("2001:db8:1234:5678::9", "false"), want: Allowed},
		{name: "from outside", who: ana, identity: networks, keys: via("203.0.113.7", "false"), want: ExplicitDeny},
		{name: "from outside, IPv6", who: ana, identity: networks, keys: via("2001:db8:1234:5679::9", "false"), want: ExplicitDeny},
		{name: "by a service", who: ana, identity: networks, keys: via("203.0.113.7", "true"), want: Allowed},
	} {
		s.run(t)
	}
}

// TestFederatedUser: a federated user has what the user's own policies and the
// passed ones allow both, and what a resource allows the session itself.
func TestFederatedUser(t *testing.T) {
	t.Parallel()
	fed := Principal{
		Kind: FederatedUser, Account: ours, ARN: "arn:aws:sts::123456789012:federated-user/bob",
		RoleARN: ana.ARN, UserID: "123456789012:bob",
	}
	all, none := doc(allow("*", "*")), doc(allow("s3:*", "*"))
	session, user := `{"AWS":"`+fed.ARN+`"}`, `{"AWS":"`+ana.ARN+`"}`
	for _, s := range []scene{
		{name: "no policy was passed", who: fed, identity: all, session: doc(`{"Effect":"Deny","NotAction":"*","Resource":"*"}`), missing: Session},
		{name: "both allow", who: fed, identity: all, session: all, want: Allowed},
		{name: "only the user's", who: fed, identity: all, session: none, missing: Session},
		{name: "only the passed one", who: fed, identity: none, session: all},
		{name: "the session is named by the resource", who: fed, identity: none, session: none, policy: doc(to("Allow", session)), want: Allowed},
		{name: "the user is named by the resource, and the session allows", who: fed, identity: none, session: all, policy: doc(to("Allow", user)), want: Allowed},
		{name: "the user is named by the resource, not past the session", who: fed, identity: all, session: none, policy: doc(to("Allow", user)), missing: Session},
		{name: "another is named", who: fed, identity: none, session: all, policy: doc(to("Allow", `{"AWS":"arn:aws:sts::123456789012:federated-user/eve"}`))},
		{name: "a Deny of the session", who: fed, identity: all, session: all, policy: doc(to("Deny", session)), want: ExplicitDeny},
		{name: "a Deny of the user", who: fed, identity: all, session: all, policy: doc(to("Deny", user)), want: ExplicitDeny},
	} {
		s.run(t)
	}
}
