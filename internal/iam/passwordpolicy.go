package iam

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// defaultPasswords is what AWS asks of passwords in accounts without a policy:
// eight characters of three kinds out of four, and not the account's name.
var defaultPasswords = PasswordPolicy{MinimumPasswordLength: new(int64(8))}

// The kinds of characters that passwords can have to have. AWS: these symbols.
const (
	upper   = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	lower   = "abcdefghijklmnopqrstuvwxyz"
	digits  = "0123456789"
	symbols = "!@#$%^&*()_+-=[]{}|'"
)

// checkPassword refuses a password that the account's policy refuses.
func (s *Service) checkPassword(account, password string) error {
	p, own := s.passwordPolicy(account)
	if n := *p.MinimumPasswordLength; utf8.RuneCountInString(password) < int(n) {
		return passwordPolicyViolation(fmt.Sprintf("Password should have a minimum length of %d", n))
	}
	kinds := 0
	for _, kind := range []struct {
		characters, name string
		required         *bool
	}{
		{symbols, "symbol", p.RequireSymbols}, {digits, "number", p.RequireNumbers},
		{upper, "uppercase letter", p.RequireUppercaseCharacters}, {lower, "lowercase letter", p.RequireLowercaseCharacters},
	} {
		if strings.ContainsAny(password, kind.characters) {
			kinds++
		} else if is(kind.required) {
			return passwordPolicyViolation("Password should have at least one " + kind.name)
		}
	}
	if !own && kinds < 3 {
		return passwordPolicyViolation("Password should have at least three of the following: an uppercase letter, a lowercase letter, a number, a symbol")
	}
	return nil
}

// passwordPolicy is the account's own, or AWS's.
func (s *Service) passwordPolicy(account string) (p PasswordPolicy, own bool) {
	if d, _, ok := s.accounts.Get(account); ok && d.Passwords != nil {
		return *d.Passwords, true
	}
	return defaultPasswords, false
}

func is(b *bool) bool { return b != nil && *b }

// UpdateAccountPasswordPolicy sets the policy; what is not given has AWS's
// default, not what it had.
func (s *Service) UpdateAccountPasswordPolicy(ctx context.Context, in *UpdateAccountPasswordPolicyRequest) (*awsapi.Empty, error) {
	p := &PasswordPolicy{
		MinimumPasswordLength: orDefault(in.MinimumPasswordLength, 6), RequireSymbols: orDefault(in.RequireSymbols, false),
		RequireNumbers: orDefault(in.RequireNumbers, false), RequireUppercaseCharacters: orDefault(in.RequireUppercaseCharacters, false),
		RequireLowercaseCharacters: orDefault(in.RequireLowercaseCharacters, false), AllowUsersToChangePassword: orDefault(in.AllowUsersToChangePassword, false),
		ExpirePasswords: new(in.MaxPasswordAge != nil && *in.MaxPasswordAge > 0), MaxPasswordAge: in.MaxPasswordAge,
		PasswordReusePrevention: in.PasswordReusePrevention, HardExpiry: orDefault(in.HardExpiry, false),
	}
	return nil, s.editAccount(ctx, func(_ *transaction, d *accountDocument) error {
		d.Passwords = p
		return nil
	})
}

func orDefault[T any](v *T, otherwise T) *T {
	if v == nil {
		return &otherwise
	}
	return v
}

func noPasswordPolicy(account string) error {
	return noSuchEntity("The Password Policy with domain name %s cannot be found.", account)
}

// GetAccountPasswordPolicy returns the policy that was set.
func (s *Service) GetAccountPasswordPolicy(ctx context.Context, _ *awsapi.Empty) (*GetAccountPasswordPolicyResponse, error) {
	p, own := s.passwordPolicy(account(ctx))
	if !own {
		return nil, noPasswordPolicy(account(ctx))
	}
	return &GetAccountPasswordPolicyResponse{PasswordPolicy: &p}, nil
}

// DeleteAccountPasswordPolicy goes back to AWS's.
func (s *Service) DeleteAccountPasswordPolicy(ctx context.Context, _ *awsapi.Empty) (*awsapi.Empty, error) {
	return nil, s.editAccount(ctx, func(_ *transaction, d *accountDocument) error {
		if d.Passwords == nil {
			return noPasswordPolicy(d.Account)
		}
		d.Passwords = nil
		return nil
	})
}
