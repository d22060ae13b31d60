package iam

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"time"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// Errors of those who sign in to the console.
var (
	// ErrSignIn says that the account, the user or the password is wrong, never
	// which of them.
	ErrSignIn = errors.New("the account, user name or password is wrong")
	// ErrPasswordExpired says that the password has to be changed first.
	ErrPasswordExpired = errors.New("the password has to be changed first")
)

// SignIn finds the user with that password. The account is an id or an alias.
// It takes as long for a user who does not exist.
func (s *Service) SignIn(ctx context.Context, accountOrAlias, user, password string) (awsapi.Caller, error) {
	id, _ := s.AccountNamed(accountOrAlias)
	d, _, found := s.users.Get(entityKey(id, user))
	if !found || d.Login == nil {
		if _, err := s.hash(ctx, password); err != nil {
			return awsapi.Caller{}, err
		}
		return awsapi.Caller{}, ErrSignIn
	}
	right, err := s.verify(ctx, d.Login.Hash, password)
	if err != nil {
		return awsapi.Caller{}, err
	}
	if !right {
		return awsapi.Caller{}, ErrSignIn
	}
	if d.Login.ResetRequired || s.expired(id, d.Login) {
		return userCaller(d), ErrPasswordExpired
	}
	_, err = s.editUser(inAccount(ctx, id), user, func(_ *transaction, d *userDocument) error {
		d.User.PasswordLastUsed = new(awsapi.Seconds(s.now()))
		return nil
	})
	return userCaller(d), err
}

// SignInWithKey finds the owner of an access key; token is "" of a long-term
// key. An unknown key takes as long as a wrong secret.
func (s *Service) SignInWithKey(accessKeyID, secret, token string) (Credential, error) {
	c, ok := s.Credential(accessKeyID, token)
	want := sha256.Sum256([]byte(c.Secret))
	got := sha256.Sum256([]byte(secret))
	same := subtle.ConstantTimeCompare(want[:], got[:]) == 1
	if !ok || !same || c.Secret == "" || !c.Expires.IsZero() && !s.now().Before(c.Expires) {
		return Credential{}, ErrSignIn
	}
	return c, nil
}

// Login says, for a session that outlives this process, who signed in with a
// password. It holds until the password is changed or taken away, or the user is
// deleted.
type Login struct {
	Account string `json:"a"`
	User    string `json:"u"`
	ID      string `json:"i"` // AIDA…
	Stamp   []byte `json:"s"` // of the password, another one for each
}

// LoginOf is the login of a user who has just signed in.
func (s *Service) LoginOf(c awsapi.Caller) (Login, bool) {
	d, _, ok := s.users.Get(entityKey(c.Account, c.Name))
	if !ok || d.Login == nil || d.User.UserId != c.UserID {
		return Login{}, false
	}
	return Login{c.Account, c.Name, c.UserID, d.Login.Hash.Salt}, true
}

// HasLogin says whether there is a user with a password.
func (s *Service) HasLogin(account, user string) bool {
	d, _, ok := s.users.Get(entityKey(account, user))
	return ok && d.Login != nil
}

// LoggedIn finds the user of a login, if the login still holds.
func (s *Service) LoggedIn(l Login) (awsapi.Caller, bool) {
	d, _, ok := s.users.Get(entityKey(l.Account, l.User))
	if !ok || d.Login == nil || d.User.UserId != l.ID || !bytes.Equal(d.Login.Hash.Salt, l.Stamp) {
		return awsapi.Caller{}, false
	}
	return userCaller(d), true
}

// ReplacePassword lets a user who has to change the password do so, without a
// permission to: the user was told to, and has shown to know the old one. Others
// need the permission. It fails as SignIn does, or with an error of AWS's about
// the new password.
func (s *Service) ReplacePassword(ctx context.Context, accountOrAlias, user, password, next string) (awsapi.Caller, error) {
	c, err := s.SignIn(ctx, accountOrAlias, user, password)
	call := &awsapi.Call{Service: "iam", Operation: "ChangePassword", Region: awsapi.DefaultRegion, Caller: c}
	switch {
	case errors.Is(err, ErrPasswordExpired):
		err = s.mayReplace(c)
	case err == nil:
		err = s.Authorize(ctx, call, "iam:ChangePassword", c.ARN)
	}
	if err != nil {
		return awsapi.Caller{}, err
	}
	ctx = awsapi.WithCall(ctx, call)
	if _, err := s.ChangePassword(ctx, &ChangePasswordRequest{OldPassword: password, NewPassword: next}); err != nil {
		return awsapi.Caller{}, err
	}
	return c, nil
}

// mayReplace refuses users whose password has expired where the account's policy
// leaves a new one to an administrator.
func (s *Service) mayReplace(c awsapi.Caller) error {
	d, _, ok := s.users.Get(entityKey(c.Account, c.Name))
	if !ok || d.Login == nil {
		return ErrSignIn // gone meanwhile
	}
	if p, _ := s.passwordPolicy(c.Account); is(p.HardExpiry) && s.expired(c.Account, d.Login) {
		return accessDenied("Your password has expired. Ask your administrator for a new one.")
	}
	return nil
}

// inAccount is a context of a call by an account.
func inAccount(ctx context.Context, account string) context.Context {
	return awsapi.WithCall(ctx, &awsapi.Call{Caller: awsapi.RootCaller(account)})
}

// expired says whether the account's policy wants a newer password.
func (s *Service) expired(account string, l *loginProfile) bool {
	p, _ := s.passwordPolicy(account)
	return is(p.ExpirePasswords) && s.now().After(l.Changed.Add(time.Duration(*p.MaxPasswordAge)*24*time.Hour))
}
