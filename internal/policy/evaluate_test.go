package policy

import (
	"reflect"
	"strings"
	"testing"
)

const (
	ours   = "123456789012"
	theirs = "999999999999"
)

var (
	ana = Principal{Kind: User, Account: ours, ARN: "arn:aws:iam::123456789012:user/ana", UserID: "AIDAEXAMPLEEXAMPLE123", Name: "ana"}
	run = Principal{
		Kind: RoleSession, Account: ours, ARN: "arn:aws:sts::123456789012:assumed-role/run/s1",
		RoleARN: "arn:aws:iam::123456789012:role/a/run", UserID: "AROAEXAMPLEEXAMPLE123:s1",
	}
	owner   = Principal{Kind: Root, Account: ours, ARN: "arn:aws:iam::123456789012:root", UserID: ours}
	gateway = Principal{Kind: Service, Name: "apigateway.amazonaws.com"}
)

// doc wraps statements: "allow lambda:* on *" is written A("lambda:*", "*").
func doc(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

func statementText(effect, action, resource, rest string) string {
	return `{"Effect":"` + effect + `","Action":"` + action + `","Resource":"` + resource + `"` + rest + `}`
}

func allow(action, resource string) string { return statementText("Allow", action, resource, "") }
func deny(action, resource string) string  { return statementText("Deny", action, resource, "") }

func allowIf(condition string) string {
	return statementText("Allow", "*", "*", `,"Condition":`+condition)
}

// to makes a statement of a resource policy for that principal, as JSON.
func to(effect, principal string) string {
	return `{"Effect":"` + effect + `","Principal":` + principal + `,"Action":"*","Resource":"*"}`
}

func compiled(tb testing.TB, kind Kind, name, text string) *Policy {
	tb.Helper()
	p, err := New(name, kind, []byte(text))
	if err != nil {
		tb.Fatalf("%s: %v", text, err)
	}
	return p
}

// scene is a request in short form: policies as text, "" for none.
type scene struct {
	name                                       string
	who                                        Principal
	action, resource                           string // "" is lambda:InvokeFunction on a function
	owner                                      string // account of the resource
	identity, boundary, session, policy, trust string
	keys                                       map[string]string
	want                                       Outcome
	missing                                    Kind
}

const function = "arn:aws:lambda:us-east-1:123456789012:function:Calc"

func (s scene) request(tb testing.TB) *Request {
	tb.Helper()
	r := &Request{Principal: s.who, Action: s.action, Resource: s.resource, ResourceAccount: s.owner}
	if r.Action == "" {
		r.Action = "lambda:InvokeFunction"
	}
	if r.Resource == "" {
		r.Resource = function
	}
	for k, v := range s.keys {
		r.Keys.Set(k, v)
	}
	if s.identity != "" {
		r.Identity = []*Policy{compiled(tb, Identity, "identity", s.identity)}
	}
	if s.boundary != "" {
		r.Boundary = compiled(tb, Boundary, "boundary", s.boundary)
	}
	if s.session != "" {
		r.Session = []*Policy{compiled(tb, Session, "session", s.session)}
	}
	if s.policy != "" {
		r.ResourcePolicy = compiled(tb, Resource, "resource", s.policy)
	}
	if s.trust != "" {
		r.ResourcePolicy = compiled(tb, Trust, "trust", s.trust)
	}
	return r
}

func (s scene) run(t *testing.T) {
	t.Helper()
	if d := Evaluate(s.request(t)); d.Outcome != s.want || d.Missing != s.missing {
		t.Errorf("%s: %v, missing %v, want %v, missing %v", s.name, d.Outcome, d.Missing, s.want, s.missing)
	}
}

// TestStatements are single statements and what they match.
func TestStatements(t *testing.T) {
	t.Parallel()
	invoke := "execute-api:Invoke"
	api := func(rest string) string { return "arn:aws:execute-api:us-east-1:123456789012:abc/prod/" + rest }
	notInside := doc(allow("*", "*"), statementText("Deny", invoke, "*", `,"Condition":{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`))
	keyed := func(condition string) scene {
		return scene{name: condition, who: ana, identity: doc(allowIf(condition))}
	}
	with := func(s scene, want Outcome) scene { s.want = want; return s }
	for _, s := range []scene{
		{name: "glob in the action", who: ana, identity: doc(allow("lambda:Invoke*", "*")), want: Allowed},
		{name: "the action's case", who: ana, identity: doc(allow("LAMBDA:invokefunction", "*")), want: Allowed},
		{name: "the resource's case", who: ana, identity: doc(allow("*", "arn:aws:lambda:us-east-1:123456789012:function:calc"))},
		{name: "NotAction", who: ana, action: "iam:CreateRole", identity: doc(`{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}`)},
		{name: "outside NotAction", who: ana, identity: doc(`{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}`), want: Allowed},
		{name: "NotResource", who: ana, identity: doc(`{"Effect":"Allow","Action":"*","NotResource":"` + function + `"}`)},
		{name: "outside NotResource", who: ana, resource: function + "2", identity: doc(`{"Effect":"Allow","Action":"*","NotResource":"` + function + `"}`), want: Allowed},
		{name: "no trailing star", who: ana, action: invoke, resource: api("GET/pets/1"), identity: doc(allow(invoke, "arn:aws:execute-api:*:*:abc/*/GET/pets"))},
		{name: "star needs its slash", who: ana, action: invoke, resource: api("GET/pets"), identity: doc(allow(invoke, "arn:aws:execute-api:*:*:abc/*/GET/pets/*"))},
		{name: "star", who: ana, action: invoke, resource: api("GET/pets/1"), identity: doc(allow(invoke, "arn:aws:execute-api:*:*:abc/*/GET/pets/*")), want: Allowed},
		{name: "deny outside a network, inside", who: ana, action: invoke, resource: api("GET/"), identity: notInside, keys: map[string]string{"aws:SourceIp": "10.1.2.3"}, want: Allowed},
		{name: "deny outside a network, outside", who: ana, action: invoke, resource: api("GET/"), identity: notInside, keys: map[string]string{"aws:SourceIp": "8.8.8.8"}, want: ExplicitDeny},
		keyed(`{"StringEquals":{"k:x":"a"}}`),
		with(keyed(`{"StringNotEquals":{"k:x":"a"}}`), Allowed),
		with(keyed(`{"StringEqualsIfExists":{"k:x":"a"}}`), Allowed),
		with(keyed(`{"Null":{"aws:TokenIssueTime":"true"}}`), Allowed),
		with(keyed(`{"ForAllValues:StringEquals":{"k:x":"a"}}`), Allowed),
		keyed(`{"ForAnyValue:StringEquals":{"k:x":"a"}}`),
		keyed(`{"Null":{"k:x":"true","aws:PrincipalArn":"true"}}`), // all keys have to hold
		keyed(`{"Null":{"k:x":"true"},"StringEquals":{"aws:username":"bob"}}`),
		with(keyed(`{"Null":{"k:x":"true"},"StringEquals":{"aws:username":["bob","ana"]}}`), Allowed),
		{name: "variable in the resource", who: ana, resource: "arn:aws:s3:::home/ana/x", identity: doc(allow("*", "arn:aws:s3:::home/${aws:username}/*")), want: Allowed},
		{name: "no variables in the older version", who: ana, resource: "arn:aws:s3:::home/ana/x", identity: strings.Replace(doc(allow("*", "arn:aws:s3:::home/${aws:username}/*")), Version2012, Version2008, 1)},
		{name: "variable of somebody else", who: ana, resource: "arn:aws:s3:::home/bob/x", identity: doc(allow("*", "arn:aws:s3:::home/${aws:username}/*"))},
		{name: "variable without a value", who: run, resource: "arn:aws:s3:::home//x", identity: doc(allow("*", "arn:aws:s3:::home/${aws:username}/*"))},
		{name: "variable without a value in NotResource", who: run, identity: doc(`{"Effect":"Allow","Action":"*","NotResource":"arn:aws:s3:::${aws:username}"}`)},
		{name: "the same denying", who: run, identity: doc(allow("*", "*"), `{"Effect":"Deny","Action":"*","NotResource":"arn:aws:s3:::${aws:username}"}`), want: ExplicitDeny},
		{name: "unqualified permission, qualified function", who: ana, resource: function + ":prod", identity: doc(allow("lambda:InvokeFunction", function))},
		{name: "permission for qualifiers", who: ana, resource: function + ":prod", identity: doc(allow("lambda:InvokeFunction", function+":*")), want: Allowed},
	} {
		s.run(t)
	}
}

// TestOneAccount: identity-based and resource policies add up, boundaries and
// session policies cut. Pages of the IAM user guide: policy evaluation logic;
// permissions boundaries; session policies.
func TestOneAccount(t *testing.T) {
	t.Parallel()
	all := doc(allow("*", "*"))
	none := doc(allow("s3:*", "*"))
	user, role, session := `{"AWS":"`+ana.ARN+`"}`, `{"AWS":"`+run.RoleARN+`"}`, `{"AWS":"`+run.ARN+`"}`
	account, root := `{"AWS":"123456789012"}`, `{"AWS":"arn:aws:iam::123456789012:root"}`
	for _, s := range []scene{
		{name: "nothing", who: ana},
		{name: "user by identity", who: ana, identity: all, want: Allowed},
		{name: "user by resource", who: ana, policy: doc(to("Allow", user)), want: Allowed},
		{name: "user by unique id", who: ana, policy: doc(to("Allow", `{"AWS":"AIDAEXAMPLEEXAMPLE123"}`)), want: Allowed},
		{name: "somebody else by resource", who: ana, policy: doc(to("Allow", `{"AWS":"arn:aws:iam::123456789012:user/bob"}`))},
		{name: "everybody by resource", who: ana, policy: doc(to("Allow", `"*"`)), want: Allowed},
		{name: "everybody, the other form", who: ana, policy: doc(to("Allow", `{"AWS":"*"}`)), want: Allowed},
		{name: "account only delegates", who: ana, policy: doc(to("Allow", account))},
		{name: "account root only delegates", who: ana, policy: doc(to("Allow", root))},
		{name: "account and identity", who: ana, policy: doc(to("Allow", account)), identity: all, want: Allowed},
		{name: "denied by resource", who: ana, identity: all, policy: doc(to("Deny", user)), want: ExplicitDeny},
		{name: "account denied by resource", who: ana, identity: all, policy: doc(to("Deny", root)), want: ExplicitDeny},
		{name: "denied by identity, allowed by resource", who: ana, identity: doc(deny("*", "*")), policy: doc(to("Allow", user)), want: ExplicitDeny},
		{name: "everybody but the user denied", who: ana, identity: all, policy: doc(strings.Replace(to("Deny", user), "Principal", "NotPrincipal", 1)), want: Allowed},
		{name: "everybody but another denied", who: run, identity: all, policy: doc(strings.Replace(to("Deny", user), "Principal", "NotPrincipal", 1)), want: ExplicitDeny},
		{name: "NotPrincipal denies who has a boundary", who: ana, identity: all, boundary: all, policy: doc(strings.Replace(to("Deny", user), "Principal", "NotPrincipal", 1)), want: ExplicitDeny},

		{name: "boundary allows", who: ana, identity: all, boundary: all, want: Allowed},
		{name: "boundary does not allow", who: ana, identity: all, boundary: none, missing: Boundary},
		{name: "boundary alone", who: ana, boundary: all},
		{name: "boundary denies", who: ana, identity: all, boundary: doc(allow("*", "*"), deny("lambda:*", "*")), want: ExplicitDeny},
		{name: "user named by resource, past the boundary", who: ana, boundary: none, policy: doc(to("Allow", user)), want: Allowed},
		{name: "everybody named, not past the boundary", who: ana, boundary: none, policy: doc(to("Allow", `"*"`)), missing: Boundary},
		{name: "role named, not past the boundary", who: run, boundary: none, policy: doc(to("Allow", role)), missing: Boundary},
		{name: "session named, past the boundary", who: run, boundary: none, policy: doc(to("Allow", session)), want: Allowed},
		{name: "boundary denies past all naming", who: ana, boundary: doc(deny("*", "*")), policy: doc(to("Allow", user)), want: ExplicitDeny},

		{name: "role by identity", who: run, identity: all, want: Allowed},
		{name: "role by resource", who: run, policy: doc(to("Allow", role)), want: Allowed},
		{name: "role by unique id", who: run, policy: doc(to("Allow", `{"AWS":"AROAEXAMPLEEXAMPLE123"}`)), want: Allowed},
		{name: "role without its path", who: run, policy: doc(to("Allow", `{"AWS":"arn:aws:iam::123456789012:role/run"}`))},
		{name: "session policy allows", who: run, identity: all, session: all, want: Allowed},
		{name: "session policy does not allow", who: run, identity: all, session: none, missing: Session},
		{name: "session policy alone", who: run, session: all},
		{name: "session policy denies", who: run, identity: all, session: doc(allow("*", "*"), deny("lambda:*", "*")), want: ExplicitDeny},
		{name: "role named, not past the session policy", who: run, session: none, policy: doc(to("Allow", role)), missing: Session},
		{name: "user named, not past a session policy", who: ana, session: none, policy: doc(to("Allow", user)), missing: Session},
		{name: "session named, past the session policy", who: run, session: none, policy: doc(to("Allow", session)), want: Allowed},
		{name: "another session named", who: run, policy: doc(to("Allow", `{"AWS":"arn:aws:sts::123456789012:assumed-role/run/s2"}`))},
		{name: "boundary and session policy", who: run, identity: all, boundary: none, session: none, missing: Boundary},

		{name: "root", who: owner, want: Allowed},
		{name: "root in another account", who: owner, owner: theirs, missing: Resource},
		{name: "root denied by resource", who: owner, policy: doc(to("Deny", root)), want: ExplicitDeny},
		{name: "root beside a policy for others", who: owner, policy: doc(to("Allow", user)), want: Allowed},

		{name: "service by resource", who: gateway, owner: ours, policy: doc(to("Allow", `{"Service":"apigateway.amazonaws.com"}`)), want: Allowed},
		{name: "another service", who: gateway, owner: ours, policy: doc(to("Allow", `{"Service":"s3.amazonaws.com"}`)), missing: Resource},
		{name: "service without a policy", who: gateway, owner: ours, missing: Resource},
		{name: "service is no account", who: gateway, owner: ours, policy: doc(to("Allow", account)), missing: Resource},
		{name: "service is no account, even with one", who: Principal{Kind: Service, Name: gateway.Name, Account: ours}, policy: doc(to("Allow", account)), missing: Resource},
		{name: "service as everybody", who: gateway, owner: ours, policy: doc(to("Allow", `"*"`)), want: Allowed},
		{name: "anonymous", who: Principal{}, owner: ours, policy: doc(to("Allow", `"*"`)), want: Allowed},
		{name: "anonymous is no user", who: Principal{}, owner: ours, policy: doc(to("Allow", user)), missing: Resource},
		{name: "anonymous without a policy", who: Principal{}, owner: ours, identity: all, missing: Resource},
	} {
		s.run(t)
	}
}

func TestAcrossAccounts(t *testing.T) {
	t.Parallel()
	all := doc(allow("*", "*"))
	user, account := `{"AWS":"`+ana.ARN+`"}`, `{"AWS":"123456789012"}`
	for _, s := range []scene{
		{name: "identity alone", who: ana, owner: theirs, identity: all, missing: Resource},
		{name: "resource alone, by account", who: ana, owner: theirs, policy: doc(to("Allow", account))},
		{name: "resource alone, by user", who: ana, owner: theirs, policy: doc(to("Allow", user))},
		{name: "both, by account", who: ana, owner: theirs, identity: all, policy: doc(to("Allow", account)), want: Allowed},
		{name: "both, by user", who: ana, owner: theirs, identity: all, policy: doc(to("Allow", user)), want: Allowed},
		{name: "both, for another account", who: ana, owner: theirs, identity: all, policy: doc(to("Allow", `{"AWS":"888888888888"}`)), missing: Resource},
		{name: "boundary cuts a user who is named", who: ana, owner: theirs, identity: all, boundary: doc(allow("s3:*", "*")), policy: doc(to("Allow", user)), missing: Boundary},
		{name: "session policy cuts a session that is named", who: run, owner: theirs, identity: all, session: doc(allow("s3:*", "*")), policy: doc(to("Allow", `{"AWS":"`+run.ARN+`"}`)), missing: Session},
		{name: "denied there", who: ana, owner: theirs, identity: all, policy: doc(to("Allow", user), to("Deny", account)), want: ExplicitDeny},
		{name: "root and resource", who: owner, owner: theirs, policy: doc(to("Allow", account)), want: Allowed},
	} {
		s.run(t)
	}
}

func TestTrust(t *testing.T) {
	t.Parallel()
	assume := doc(allow("sts:AssumeRole", "*"))
	trusting := func(principal, rest string) string {
		return doc(`{"Effect":"Allow","Principal":` + principal + `,"Action":"sts:AssumeRole"` + rest + `}`)
	}
	external := `,"Condition":{"StringEquals":{"sts:ExternalId":"42"}}`
	user, account := `{"AWS":"`+ana.ARN+`"}`, `{"AWS":"arn:aws:iam::123456789012:root"}`
	for _, s := range []scene{
		{name: "service", who: gateway, owner: ours, trust: trusting(`{"Service":["lambda.amazonaws.com","apigateway.amazonaws.com"]}`, ""), want: Allowed},
		{name: "another service", who: gateway, owner: ours, trust: trusting(`{"Service":"lambda.amazonaws.com"}`, ""), missing: Trust},
		{name: "user named", who: ana, trust: trusting(user, ""), want: Allowed},
		{name: "account named", who: ana, trust: trusting(account, "")},
		{name: "account named, with permission", who: ana, trust: trusting(account, ""), identity: assume, want: Allowed},
		{name: "permission alone", who: ana, owner: theirs, trust: trusting(`{"Service":"lambda.amazonaws.com"}`, ""), identity: assume, missing: Trust},
		{name: "permission alone, in the role's account", who: ana, trust: trusting(`{"Service":"lambda.amazonaws.com"}`, ""), identity: assume, missing: Trust},
		{name: "neither", who: ana, trust: trusting(`{"Service":"lambda.amazonaws.com"}`, ""), missing: Trust},
		{name: "user of another account named", who: ana, owner: theirs, trust: trusting(user, "")},
		{name: "the same with permission", who: ana, owner: theirs, trust: trusting(user, ""), identity: assume, want: Allowed},
		{name: "without the external id", who: ana, trust: trusting(user, external), missing: Trust},
		{name: "with the external id", who: ana, trust: trusting(user, external), keys: map[string]string{"sts:ExternalId": "42"}, want: Allowed},
		{name: "login", who: Principal{Kind: FederatedLogin, Name: "accounts.google.com"}, owner: ours, trust: trusting(`{"Federated":"accounts.google.com"}`, ""), want: Allowed},
		{name: "login elsewhere", who: Principal{Kind: FederatedLogin, Name: "accounts.google.com"}, owner: ours, trust: trusting(`{"Federated":"graph.facebook.com"}`, ""), missing: Trust},
	} {
		s.action, s.resource = "sts:AssumeRole", "arn:aws:iam::123456789012:role/target"
		s.run(t)
	}
}

// TestLambdaPermission: API Gateway invokes a function as a service, under
// the function's policy and the method's ARN as configured.
func TestLambdaPermission(t *testing.T) {
	t.Parallel()
	permission := doc(`{"Sid":"apigw","Effect":"Allow","Principal":{"Service":"apigateway.amazonaws.com"},"Action":"lambda:InvokeFunction",` +
		`"Resource":"` + function + `","Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:execute-api:us-east-1:123456789012:abc/*/GET/pets/*"}}}`)
	source := func(rest string) map[string]string {
		return map[string]string{"aws:SourceArn": "arn:aws:execute-api:us-east-1:123456789012:abc/prod/" + rest}
	}
	for _, s := range []scene{
		{name: "template path", keys: source("GET/pets/{id}"), want: Allowed},
		{name: "ANY is not GET", keys: source("ANY/pets/{id}"), missing: Resource},
		{name: "the collection", keys: source("GET/pets"), missing: Resource},
		{name: "another API", keys: map[string]string{"aws:SourceArn": "arn:aws:execute-api:us-east-1:123456789012:xyz/prod/GET/pets/1"}, missing: Resource},
		{name: "no source", missing: Resource},
		{name: "an alias", resource: function + ":prod", keys: source("GET/pets/{id}"), missing: Resource},
	} {
		s.who, s.owner, s.policy = gateway, ours, permission
		s.run(t)
	}
}

func TestReasons(t *testing.T) {
	t.Parallel()
	identity := doc(`{"Sid":"Other","Effect":"Allow","Action":"s3:*","Resource":"*"}`, `{"Sid":"Mine","Effect":"Allow","Action":"lambda:*","Resource":"*"}`)
	all := doc(allow("*", "*"))
	for _, tt := range []struct {
		scene
		by      []Match
		message string
	}{
		{scene{name: "allowed", who: ana, identity: identity, boundary: all, session: all, policy: doc(to("Allow", `"*"`), to("Allow", `"*"`))},
			[]Match{{"identity", Identity, 1, "Mine", Allow}, {"resource", Resource, 0, "", Allow}, {"session", Session, 0, "", Allow}, {"boundary", Boundary, 0, "", Allow}}, ""},
		{scene{name: "implicit", who: ana}, nil, " because no identity-based policy allows the lambda:InvokeFunction action"},
		{scene{name: "implicit, other side", who: ana, owner: theirs, identity: all}, nil, " because no resource-based policy allows the lambda:InvokeFunction action"},
		{scene{name: "implicit, boundary", who: ana, identity: all, boundary: doc(allow("s3:*", "*"))}, nil, " because no permissions boundary allows the lambda:InvokeFunction action"},
		{scene{name: "implicit, session", who: run, identity: all, session: doc(allow("s3:*", "*"))}, nil, " because no session policy allows the lambda:InvokeFunction action"},
		{scene{name: "explicit, all", who: run, identity: doc(allow("*", "*"), deny("*", "*")), boundary: doc(deny("*", "*")), session: doc(deny("*", "*")), policy: doc(to("Deny", `"*"`))},
			[]Match{{"identity", Identity, 1, "", Deny}, {"resource", Resource, 0, "", Deny}, {"session", Session, 0, "", Deny}, {"boundary", Boundary, 0, "", Deny}},
			" with an explicit deny in an identity-based policy"},
		{scene{name: "explicit, resource", who: ana, identity: all, policy: doc(to("Deny", `"*"`))}, []Match{{"resource", Resource, 0, "", Deny}}, " with an explicit deny in a resource-based policy"},
		{scene{name: "explicit, boundary", who: ana, identity: all, boundary: doc(deny("*", "*"))}, []Match{{"boundary", Boundary, 0, "", Deny}}, " with an explicit deny in a permissions boundary"},
		{scene{name: "explicit, session", who: run, identity: all, session: doc(deny("*", "*"))}, []Match{{"session", Session, 0, "", Deny}}, " with an explicit deny in a session policy"},
		{scene{name: "trust", who: ana, trust: doc(`{"Effect":"Deny","Principal":"*","Action":"sts:*"}`), action: "sts:AssumeRole"}, []Match{{"trust", Trust, 0, "", Deny}}, ""},
	} {
		r := tt.request(t)
		d := Evaluate(r)
		if got := d.By(); len(got)+len(tt.by) > 0 && !reflect.DeepEqual(got, tt.by) {
			t.Errorf("%s: decided by %+v, want %+v", tt.name, got, tt.by)
		}
		want := "User: " + tt.who.ARN + " is not authorized to perform: " + r.Action + " on resource: " + function + tt.message
		if d.Outcome == Allowed {
			want = ""
		}
		if got := Message(d, tt.who.ARN, r.Action, r.Resource); got != want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, want)
		}
	}
	if got, want := Message(Decision{Missing: Resource}, "", "execute-api:Invoke", "r"),
		"User: anonymous is not authorized to perform: execute-api:Invoke on resource: r because no resource-based policy allows the execute-api:Invoke action"; got != want {
		t.Error(got)
	}
	if (Decision{}).Outcome == Allowed {
		t.Error("the zero decision allows")
	}
}
