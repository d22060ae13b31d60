package iam

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/policy"
	"github.com/lambdagate/lambdagate/internal/store/sqlite"
)

func TestAccessKeys(t *testing.T) {
	t.Parallel()
	s, ctx, c := newService(t)
	ann := makeUser(t, s, ctx, "ann")
	made := ok[*CreateAccessKeyResponse](t)(s.CreateAccessKey(ctx, &CreateAccessKeyRequest{UserName: new("Ann")})).AccessKey
	now := awsapi.Seconds(c.Now())
	same(t, "created", made, &AccessKey{UserName: "ann", AccessKeyId: made.AccessKeyId, Status: "Active", SecretAccessKey: made.SecretAccessKey, CreateDate: &now})
	if !strings.HasPrefix(made.AccessKeyId, "AKIA") || len(made.AccessKeyId) != 20 || len(made.SecretAccessKey) != 40 {
		t.Errorf("key %s with a secret of %d characters", made.AccessKeyId, len(made.SecretAccessKey))
	}
	account, _ := AccountOfKey(made.AccessKeyId)
	same(t, "account in the id", account, testAccount)
	want := Credential{AccessKeyID: made.AccessKeyId, Secret: made.SecretAccessKey, Caller: awsapi.Caller{
		Kind: awsapi.User, Account: testAccount, ARN: ann.Arn, UserID: ann.UserId, Name: "ann", AccessKey: made.AccessKeyId,
	}}
	find := func() any {
		c, found := s.Credential(made.AccessKeyId, "")
		return []any{c, found}
	}
	same(t, "credential", find(), []any{want, true})
	list := ok[*ListAccessKeysResponse](t)(s.ListAccessKeys(ctx, &ListAccessKeysRequest{UserName: new("ann")}))
	same(t, "listed", list, &ListAccessKeysResponse{
		AccessKeyMetadata: []*AccessKeyMetadata{{UserName: new("ann"), AccessKeyId: &made.AccessKeyId, Status: new("Active"), CreateDate: &now}}, IsTruncated: new(false),
	})

	set := func(status string) error {
		return second(s.UpdateAccessKey(ctx, &UpdateAccessKeyRequest{UserName: new("ann"), AccessKeyId: made.AccessKeyId, Status: status}))
	}
	must(t, nil, set("Inactive"))
	same(t, "switched off", find(), []any{Credential{}, false})
	must(t, nil, set("Active"))
	same(t, "switched on", find(), []any{want, true})
	must(t, nil, second(s.TagUser(ctx, &TagUserRequest{UserName: "ann", Tags: []*Tag{{"a", "1"}}})))
	want.Caller.Tags = map[string]string{"a": "1"}
	same(t, "tagged", find(), []any{want, true})

	another := ok[*CreateAccessKeyResponse](t)(s.CreateAccessKey(ctx, &CreateAccessKeyRequest{UserName: new("ann")})).AccessKey
	wantError(t, second(s.CreateAccessKey(ctx, &CreateAccessKeyRequest{UserName: new("ann")})), refusal{"LimitExceeded", 409, "Cannot exceed quota for AccessKeysPerUser: 2"})
	must(t, nil, second(s.DeleteAccessKey(ctx, &DeleteAccessKeyRequest{UserName: new("ann"), AccessKeyId: made.AccessKeyId})))
	same(t, "deleted", find(), []any{Credential{}, false})
	if _, found := s.Credential(another.AccessKeyId, ""); !found {
		t.Error("the other key is gone too")
	}
	gone := refusal{"NoSuchEntity", 404, "The Access Key with id " + made.AccessKeyId + " cannot be found"}
	wantError(t, set("Active"), gone)
	makeUser(t, s, ctx, "bob")
	wantError(t, second(s.DeleteAccessKey(ctx, &DeleteAccessKeyRequest{UserName: new("bob"), AccessKeyId: another.AccessKeyId})),
		refusal{"NoSuchEntity", 404, "The Access Key with id " + another.AccessKeyId + " cannot be found"})
}

// A user that was made anew has nothing to do with those who speak for the
// first one.
func TestUserMadeAnew(t *testing.T) {
	t.Parallel()
	s, ctx, _ := newService(t)
	makeUser(t, s, ctx, "ann")
	first := userCallerOf(s, "ann")
	must(t, nil, second(s.DeleteUser(ctx, &DeleteUserRequest{UserName: "ann"})))
	makeUser(t, s, ctx, "ann")
	must(t, nil, second(s.PutUserPolicy(ctx, &PutUserPolicyRequest{UserName: "ann", PolicyName: "p", PolicyDocument: allowAll})))
	same(t, "the first one", outcome(s, first, "lambda:ListFunctions", "*"), policy.ImplicitDeny)
	same(t, "the second one", outcome(s, userCallerOf(s, "ann"), "lambda:ListFunctions", "*"), policy.Allowed)
}

// Two keys are the limit, however many are asked for at once.
func TestKeysAtOnce(t *testing.T) {
	t.Parallel()
	s, ctx, _ := newService(t)
	makeUser(t, s, ctx, "ann")
	errs := make([]error, 6)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { errs[i] = second(s.CreateAccessKey(ctx, &CreateAccessKeyRequest{UserName: new("ann")})) })
	}
	all.Wait()
	made := 0
	for _, err := range errs {
		if err == nil {
			made++
			continue
		}
		wantError(t, err, refusal{"LimitExceeded", 409, "Cannot exceed quota for AccessKeysPerUser: 2"})
	}
	same(t, "keys", []int{made, len(s.keysOf(testAccount, "ann"))}, []int{2, 2})
}

func TestRootKey(t *testing.T) {
	t.Parallel()
	c := newClock()
	st := newStore(t)
	s := openOn(t, st, c)
	key, err := s.RootKey(t.Context())
	if err != nil || key == nil {
		t.Fatalf("first start: %v, %v", key, err)
	}
	for range 2 { // again, and after a restart
		again, err := s.RootKey(t.Context())
		same(t, "later start", []any{again, err}, []any{(*RootKey)(nil), nil})
		s = openOn(t, st, c)
	}
	got, found := s.Credential(key.ID, "")
	want := awsapi.RootCaller("000000000000")
	want.AccessKey = key.ID
	same(t, "credential", []any{got, found}, []any{Credential{AccessKeyID: key.ID, Secret: key.Secret, Caller: want}, true})

	other, err := s.CreateAccount(t.Context(), "team b", "b@example.com")
	if err != nil {
		t.Fatal(err)
	}
	same(t, "accounts", s.Accounts(), []Account{
		{"000000000000", "", "", "", awsapi.Seconds(c.Now())}, {other.Account, "team b", "b@example.com", "", awsapi.Seconds(c.Now())},
	})
	ctx := as(t.Context(), got.Caller)
	list := ok[*ListAccessKeysResponse](t)(s.ListAccessKeys(ctx, &ListAccessKeysRequest{}))
	if len(list.AccessKeyMetadata) != 1 || *list.AccessKeyMetadata[0].AccessKeyId != key.ID {
		t.Errorf("root's keys %+v", list.AccessKeyMetadata)
	}
	must(t, nil, second(s.DeleteAccessKey(ctx, &DeleteAccessKeyRequest{AccessKeyId: key.ID})))
	if again, err := s.RootKey(t.Context()); again != nil || err != nil {
		t.Errorf("a deleted root key was made anew: %v, %v", again, err)
	}
}

// Nothing that is stored holds a secret in clear, and a new start finds
// everything.
func TestReopen(t *testing.T) {
	t.Parallel()
	c, dir := newClock(), t.TempDir()
	st, err := sqlite.Open(t.Context(), sqlite.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), Config{Store: st, SealKey: testSeal, Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	s.cost = hashCost{passes: 1, memory: 64, threads: 1}
	ctx := as(t.Context(), awsapi.RootCaller(testAccount))
	role := makeRole(t, s, ctx, "r", trustAPI)
	makeUser(t, s, ctx, "ann")
	must(t, nil, second(s.CreateGroup(ctx, &CreateGroupRequest{GroupName: "g"})))
	must(t, nil, second(s.AddUserToGroup(ctx, &AddUserToGroupRequest{UserName: "ann", GroupName: "g"})))
	a := makePolicy(t, s, ctx, "p", allow("lambda:*", "*"))
	must(t, nil, second(s.AttachGroupPolicy(ctx, &AttachGroupPolicyRequest{GroupName: "g", PolicyArn: a})))
	must(t, nil, second(s.CreateLoginProfile(ctx, &CreateLoginProfileRequest{UserName: new("ann"), Password: new("Marked-Password-1")})))
	key := ok[*CreateAccessKeyResponse](t)(s.CreateAccessKey(ctx, &CreateAccessKeyRequest{UserName: new("ann")})).AccessKey
	ann, _ := s.Credential(key.AccessKeyId, "")
	same(t, "permission", outcome(s, ann.Caller, "lambda:ListFunctions", "*"), policy.Allowed)
	session, err := s.AssumeServiceRole(ctx, role.Arn, apiGateway, testAccount, "s", nil)
	if err != nil {
		t.Fatal(err)
	}
	before := ok[*GetAccountAuthorizationDetailsResponse](t)(s.GetAccountAuthorizationDetails(ctx, &GetAccountAuthorizationDetailsRequest{}))
	lastUsed := ok[*GetAccessKeyLastUsedResponse](t)(s.GetAccessKeyLastUsed(ctx, &GetAccessKeyLastUsedRequest{AccessKeyId: key.AccessKeyId}))
	same(t, "last used", lastUsed.AccessKeyLastUsed, &AccessKeyLastUsed{LastUsedDate: new(awsapi.Seconds(c.Now())), ServiceName: "lambda", Region: "us-east-1"})
	s.Close()

	documents, err := st.List(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range documents {
		for _, secret := range []string{key.SecretAccessKey, session.Secret, session.SessionToken, "Marked-Password-1"} {
			if bytes.Contains(d.Value, []byte(secret)) {
				t.Errorf("%s holds a secret in clear", d.Key)
			}
		}
	}
	st.Close()

	if st, err = sqlite.Open(t.Context(), sqlite.Config{Dir: dir}); err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	s, err = Open(t.Context(), Config{Store: st, SealKey: testSeal, Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	after := ok[*GetAccountAuthorizationDetailsResponse](t)(s.GetAccountAuthorizationDetails(ctx, &GetAccountAuthorizationDetailsRequest{}))
	same(t, "account", after, before)
	found, known := s.Credential(key.AccessKeyId, "")
	same(t, "key", []any{found, known}, []any{ann, true})
	again, known := s.Credential(session.AccessKeyID, session.SessionToken)
	same(t, "session", []any{again, known}, []any{session, true})
	same(t, "last used, after a restart", ok[*GetAccessKeyLastUsedResponse](t)(s.GetAccessKeyLastUsed(ctx, &GetAccessKeyLastUsedRequest{AccessKeyId: key.AccessKeyId})), lastUsed)

	sealed, err := Open(t.Context(), Config{Store: st, SealKey: bytes.Repeat([]byte("x"), 32), Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer sealed.Close()
	if _, known := sealed.Credential(key.AccessKeyId, ""); known {
		t.Error("a key opens with another seal key")
	}
}

func TestSealKey(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 16, 31, 33} {
		if _, err := Open(t.Context(), Config{Store: newStore(t), SealKey: make([]byte, n)}); err != errSealKey {
			t.Errorf("a seal key of %d bytes: %v", n, err)
		}
	}
}

func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	c := newCache[int, int](10)
	for i := range 1000 {
		c.put(i, i)
		if v, found := c.get(0); i < 10 && (!found || v != 0) {
			t.Fatalf("0 was forgotten after %d", i)
		}
	}
	if n := len(c.young) + len(c.old); n > 20 {
		t.Errorf("%d values", n)
	}
	if v, found := c.get(999); !found || v != 999 {
		t.Errorf("the last value: %d, %v", v, found)
	}
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	s, ctx, c := newService(t)
	makeUser(t, s, ctx, "ann")
	login := func(password string) error {
		return second(s.CreateLoginProfile(ctx, &CreateLoginProfileRequest{UserName: new("ann"), Password: &password}))
	}
	wantError(t, login("short"), refusal{"PasswordPolicyViolation", 400, "Password should have a minimum length of 8"})
	must(t, nil, second(s.UpdateAccountPasswordPolicy(ctx, &UpdateAccountPasswordPolicyRequest{
		RequireSymbols: new(true), MaxPasswordAge: new(int64(30)), PasswordReusePrevention: new(int64(1)),
	})))
	wantError(t, login("Password1"), refusal{"PasswordPolicyViolation", 400, "Password should have at least one symbol"})
	must(t, nil, login("first-1"))
	wantError(t, login("first-1"), refusal{"EntityAlreadyExists", 409, "Login Profile for user ann already exists."})
	must(t, nil, second(s.CreateAccountAlias(ctx, &CreateAccountAliasRequest{AccountAlias: "acme"})))

	signIn := func(account, user, password string) error {
		return second(s.SignIn(t.Context(), account, user, password))
	}
	for _, c := range []struct {
		account, user, password string
		want                    error
	}{
		{testAccount, "ann", "first-1", nil}, {"acme", "Ann", "first-1", nil}, {testAccount, "ann", "first-2", ErrSignIn},
		{testAccount, "bob", "first-1", ErrSignIn}, {"nobody", "ann", "first-1", ErrSignIn}, {"999988887777", "ann", "first-1", ErrSignIn},
	} {
		if err := signIn(c.account, c.user, c.password); err != c.want {
			t.Errorf("%s, %s, %s: %v, want %v", c.account, c.user, c.password, err, c.want)
		}
	}
	ann := as(ctx, userCallerOf(s, "ann"))
	change := func(from, to string) error {
		return second(s.ChangePassword(ann, &ChangePasswordRequest{OldPassword: from, NewPassword: to}))
	}
	wantError(t, change("wrong-1", "second-2"), refusal{"AccessDenied", 403, "The old password was incorrect."})
	wantError(t, change("first-1", "first-1"), refusal{"PasswordPolicyViolation", 400, "Password does not conform to the account password policy: it was used before"})
	c.add(31 * 24 * time.Hour)
	if err := signIn("acme", "ann", "first-1"); err != ErrPasswordExpired {
		t.Errorf("after 31 days: %v", err)
	}
	must(t, nil, change("first-1", "second-2"))
	must(t, nil, signIn("acme", "ann", "second-2"))
	must(t, nil, second(s.UpdateLoginProfile(ctx, &UpdateLoginProfileRequest{UserName: "ann", PasswordResetRequired: new(true)})))
	if err := signIn("acme", "ann", "second-2"); err != ErrPasswordExpired {
		t.Errorf("password to be reset: %v", err)
	}
}

func FuzzAccountOfKey(f *testing.F) {
	f.Add("AKIAIOSFODNN7EXAMPLE")
	f.Add(newKeyID(sessionID, testAccount))
	f.Fuzz(func(t *testing.T, id string) {
		account, known := AccountOfKey(id)
		if known && (len(account) != 12 || strings.Trim(account, "0123456789") != "") {
			t.Errorf("%q is of account %q", id, account)
		}
	})
}
