package iam

import (
	"errors"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

func TestSignInWithKey(t *testing.T) {
	t.Parallel()
	s, ctx, c := newService(t)
	makeUser(t, s, ctx, "ann")
	k := ok[*CreateAccessKeyResponse](t)(s.CreateAccessKey(ctx, &CreateAccessKeyRequest{UserName: new("ann")})).AccessKey
	temporary := s.Issue(Session{Account: testAccount}, time.Hour)
	for _, x := range []struct{ name, id, secret, token, want string }{
		{"right", k.AccessKeyId, k.SecretAccessKey, "", "arn:aws:iam::" + testAccount + ":user/ann"},
		{"wrong secret", k.AccessKeyId, k.SecretAccessKey + "x", "", ""},
		{"no secret", k.AccessKeyId, "", "", ""},
		{"unknown key", "AKIAAAAAAAAAAAAAAAAA", "", "", ""},
		{"temporary", temporary.AccessKeyID, temporary.Secret, temporary.SessionToken, "arn:aws:iam::" + testAccount + ":root"},
		{"temporary without its token", temporary.AccessKeyID, temporary.Secret, "", ""},
	} {
		got, err := s.SignInWithKey(x.id, x.secret, x.token)
		if got.Caller.ARN != x.want || (x.want == "") != errors.Is(err, ErrSignIn) {
			t.Errorf("%s: %s, %v", x.name, got.Caller.ARN, err)
		}
	}
	c.add(time.Hour)
	if _, err := s.SignInWithKey(temporary.AccessKeyID, temporary.Secret, temporary.SessionToken); !errors.Is(err, ErrSignIn) {
		t.Errorf("an expired key: %v", err)
	}
	must(t, nil, second(s.UpdateAccessKey(ctx, &UpdateAccessKeyRequest{UserName: new("ann"), AccessKeyId: k.AccessKeyId, Status: "Inactive"})))
	if _, err := s.SignInWithKey(k.AccessKeyId, k.SecretAccessKey, ""); !errors.Is(err, ErrSignIn) {
		t.Errorf("an inactive key: %v", err)
	}
}

// TestLogin: a login holds until the password is another one, or the user.
func TestLogin(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name   string
		change func(t *testing.T, s *Service, root, ann awsapi.Caller)
		holds  bool
	}{
		{"nothing", func(*testing.T, *Service, awsapi.Caller, awsapi.Caller) {}, true},
		{"password changed", func(t *testing.T, s *Service, _, ann awsapi.Caller) {
			must(t, nil, second(s.ChangePassword(as(t.Context(), ann), &ChangePasswordRequest{OldPassword: "Old-pass-1", NewPassword: "New-pass-2"})))
		}, false},
		{"password set", func(t *testing.T, s *Service, root, _ awsapi.Caller) {
			must(t, nil, second(s.UpdateLoginProfile(as(t.Context(), root), &UpdateLoginProfileRequest{UserName: "ann", Password: new("New-pass-2")})))
		}, false},
		{"password taken away", func(t *testing.T, s *Service, root, _ awsapi.Caller) {
			must(t, nil, second(s.DeleteLoginProfile(as(t.Context(), root), &DeleteLoginProfileRequest{UserName: new("ann")})))
		}, false},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			s, ctx, _ := newService(t)
			makeUser(t, s, ctx, "ann")
			must(t, nil, second(s.CreateLoginProfile(ctx, &CreateLoginProfileRequest{UserName: new("ann"), Password: new("Old-pass-1")})))
			ann, err := s.SignIn(t.Context(), testAccount, "ann", "Old-pass-1")
			must(t, nil, err)
			login, found := s.LoginOf(ann)
			if !found {
				t.Fatal("no login")
			}
			x.change(t, s, awsapi.RootCaller(testAccount), ann)
			got, holds := s.LoggedIn(login)
			if holds != x.holds || holds && got.ARN != ann.ARN {
				t.Errorf("holds %v: %s", holds, got.ARN)
			}
		})
	}
}

// TestReplacePassword: one who has to change the password may, with the old one.
func TestReplacePassword(t *testing.T) {
	t.Parallel()
	s, ctx, _ := newService(t)
	makeUser(t, s, ctx, "ann")
	must(t, nil, second(s.CreateLoginProfile(ctx, &CreateLoginProfileRequest{UserName: new("ann"), Password: new("Old-pass-1"), PasswordResetRequired: new(true)})))
	if _, err := s.SignIn(t.Context(), testAccount, "ann", "Old-pass-1"); !errors.Is(err, ErrPasswordExpired) {
		t.Fatal(err)
	}
	if _, err := s.ReplacePassword(t.Context(), testAccount, "ann", "wrong", "New-pass-2"); !errors.Is(err, ErrSignIn) {
		t.Errorf("with the wrong password: %v", err)
	}
	must(t, nil, second(s.ReplacePassword(t.Context(), testAccount, "ann", "Old-pass-1", "New-pass-2")))
	must(t, nil, second(s.SignIn(t.Context(), testAccount, "ann", "New-pass-2")))
}

// TestReplacePasswordUnasked: one who does not have to change the password needs
// the permission to.
func TestReplacePasswordUnasked(t *testing.T) {
	t.Parallel()
	s, ctx, _ := newService(t)
	makeUser(t, s, ctx, "ann")
	must(t, nil, second(s.CreateLoginProfile(ctx, &CreateLoginProfileRequest{UserName: new("ann"), Password: new("Old-pass-1")})))
	_, err := s.ReplacePassword(t.Context(), testAccount, "ann", "Old-pass-1", "New-pass-2")
	if e := awsapi.AsError(err); e == nil || e.Code != "AccessDenied" {
		t.Errorf("without permission: %v", err)
	}
	must(t, nil, second(s.SignIn(t.Context(), testAccount, "ann", "Old-pass-1")))
	allow := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:ChangePassword","Resource":"arn:aws:iam::` + testAccount + `:user/ann"}}`
	must(t, nil, second(s.PutUserPolicy(ctx, &PutUserPolicyRequest{UserName: "ann", PolicyName: "p", PolicyDocument: allow})))
	must(t, nil, second(s.ReplacePassword(t.Context(), testAccount, "ann", "Old-pass-1", "New-pass-2")))
	must(t, nil, second(s.SignIn(t.Context(), testAccount, "ann", "New-pass-2")))
}

// TestHardExpiry: where the account's policy says so, only an administrator
// replaces a password that has expired.
func TestHardExpiry(t *testing.T) {
	t.Parallel()
	for _, hard := range []bool{false, true} {
		s, ctx, c := newService(t)
		makeUser(t, s, ctx, "ann")
		must(t, nil, second(s.UpdateAccountPasswordPolicy(ctx, &UpdateAccountPasswordPolicyRequest{MaxPasswordAge: new(int64(1)), HardExpiry: &hard})))
		must(t, nil, second(s.CreateLoginProfile(ctx, &CreateLoginProfileRequest{UserName: new("ann"), Password: new("Old-pass-1")})))
		c.add(25 * time.Hour)
		_, err := s.ReplacePassword(t.Context(), testAccount, "ann", "Old-pass-1", "New-pass-2")
		if e := awsapi.AsError(err); hard && (e == nil || e.Status != 403) || !hard && err != nil {
			t.Errorf("hard %v: %v", hard, err)
		}
	}
}

func TestRotateRootKey(t *testing.T) {
	t.Parallel()
	s, _, _ := newService(t)
	works := func(keys ...*RootKey) (list []bool) {
		for _, k := range keys {
			_, err := s.SignInWithKey(k.ID, k.Secret, "")
			list = append(list, err == nil)
		}
		return list
	}
	first := ok[*RootKey](t)(s.CreateAccount(t.Context(), "team", ""))
	kept := ok[*RootKey](t)(s.RotateRootKey(t.Context(), first.Account, true))
	same(t, "kept", works(first, kept), []bool{true, true})
	if _, err := s.RotateRootKey(t.Context(), first.Account, true); !errors.Is(err, ErrTooManyKeys) {
		t.Errorf("a third: %v", err)
	}
	last := ok[*RootKey](t)(s.RotateRootKey(t.Context(), first.Account, false))
	same(t, "rotated", works(first, kept, last), []bool{false, false, true})
	for _, id := range []string{"999999999999", "x", ""} {
		if _, err := s.RotateRootKey(t.Context(), id, false); !errors.Is(err, ErrNoAccount) {
			t.Errorf("account %q: %v", id, err)
		}
	}
	same(t, "account", s.AccountByID(first.Account).Name, "team")
}
