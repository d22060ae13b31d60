package iam

import (
	"context"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// loginProfile is a user's password for the console, hashed.
type loginProfile struct {
	Hash          passwordHash   `json:"hash"`
	Earlier       []passwordHash `json:"earlier,omitzero"` // the newest first
	CreateDate    awsapi.Time    `json:"createDate"`
	Changed       awsapi.Time    `json:"changed"`
	ResetRequired bool           `json:"resetRequired,omitzero"`
}

// AWS: a policy can forbid the last 24 passwords at most.
const maxEarlier = 24

// loginAnswer is the login profile as answers show it.
func (d *userDocument) loginAnswer() *LoginProfile {
	return &LoginProfile{UserName: d.User.UserName, CreateDate: d.Login.CreateDate, PasswordResetRequired: &d.Login.ResetRequired}
}

func noLogin(user string) error {
	return noSuchEntity("Login Profile for User %s cannot be found.", user)
}

// CreateLoginProfile gives a user a password.
func (s *Service) CreateLoginProfile(ctx context.Context, in *CreateLoginProfileRequest) (*CreateLoginProfileResponse, error) {
	name, err := userOrCaller(ctx, in.UserName)
	if err != nil {
		return nil, err
	}
	if in.Password == nil {
		return nil, validation("1 validation error detected: Value null at 'password' failed to satisfy constraint: Member must not be null")
	}
	if _, err := s.user(ctx, name); err != nil {
		return nil, err
	}
	if err := s.checkPassword(account(ctx), *in.Password); err != nil {
		return nil, err
	}
	h, err := s.hash(ctx, *in.Password)
	if err != nil {
		return nil, err
	}
	now := awsapi.Seconds(s.now())
	d, err := s.editUser(ctx, name, func(_ *transaction, d *userDocument) error {
		if d.Login != nil {
			return alreadyExists("Login Profile for user %s already exists.", name)
		}
		d.Login = &loginProfile{Hash: h, CreateDate: now, Changed: now, ResetRequired: is(in.PasswordResetRequired)}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &CreateLoginProfileResponse{LoginProfile: d.loginAnswer()}, nil
}

// GetLoginProfile says whether a user has a password.
func (s *Service) GetLoginProfile(ctx context.Context, in *GetLoginProfileRequest) (*GetLoginProfileResponse, error) {
	name, err := userOrCaller(ctx, in.UserName)
	if err != nil {
		return nil, err
	}
	d, err := s.user(ctx, name)
	if err != nil {
		return nil, err
	}
	if d.Login == nil {
		return nil, noLogin(name)
	}
	return &GetLoginProfileResponse{LoginProfile: d.loginAnswer()}, nil
}

// UpdateLoginProfile sets a user's password, or that it has to be changed.
func (s *Service) UpdateLoginProfile(ctx context.Context, in *UpdateLoginProfileRequest) (*awsapi.Empty, error) {
	d, err := s.user(ctx, in.UserName)
	if err != nil {
		return nil, err
	}
	if d.Login == nil {
		return nil, noLogin(in.UserName)
	}
	var h *passwordHash
	if in.Password != nil {
		if h, err = s.nextHash(ctx, d, *in.Password); err != nil {
			return nil, err
		}
	}
	_, err = s.editUser(ctx, in.UserName, func(_ *transaction, d *userDocument) error {
		if d.Login == nil {
			return noLogin(in.UserName)
		}
		d.Login = d.Login.changed(h, awsapi.Seconds(s.now()))
		if in.PasswordResetRequired != nil {
			d.Login.ResetRequired = *in.PasswordResetRequired
		}
		return nil
	})
	return nil, err
}

// changed is a login profile with another password; nil leaves the old one.
func (l *loginProfile) changed(h *passwordHash, now awsapi.Time) *loginProfile {
	c := *l
	if h != nil {
		earlier := append([]passwordHash{l.Hash}, l.Earlier...)
		c.Hash, c.Changed, c.Earlier = *h, now, earlier[:min(len(earlier), maxEarlier)]
	}
	return &c
}

// nextHash hashes a password that a user is to have, if the account's policy
// lets it.
func (s *Service) nextHash(ctx context.Context, d *userDocument, password string) (*passwordHash, error) {
	a := accountOf(d.User.Arn)
	if err := s.checkPassword(a, password); err != nil {
		return nil, err
	}
	p, _ := s.passwordPolicy(a)
	if p.PasswordReusePrevention != nil {
		used := append([]passwordHash{d.Login.Hash}, d.Login.Earlier...)
		for _, h := range used[:min(len(used), int(*p.PasswordReusePrevention))] {
			again, err := s.verify(ctx, h, password)
			if err != nil {
				return nil, err
			}
			if again {
				return nil, passwordPolicyViolation("Password does not conform to the account password policy: it was used before")
			}
		}
	}
	h, err := s.hash(ctx, password)
	return &h, err
}

// DeleteLoginProfile takes a user's password away.
func (s *Service) DeleteLoginProfile(ctx context.Context, in *DeleteLoginProfileRequest) (*awsapi.Empty, error) {
	name, err := userOrCaller(ctx, in.UserName)
	if err != nil {
		return nil, err
	}
	_, err = s.editUser(ctx, name, func(_ *transaction, d *userDocument) error {
		if d.Login == nil {
			return noLogin(name)
		}
		d.Login = nil
		return nil
	})
	return nil, err
}

// ChangePassword lets a user replace its own password.
func (s *Service) ChangePassword(ctx context.Context, in *ChangePasswordRequest) (*awsapi.Empty, error) {
	c := awsapi.CallFrom(ctx).Caller
	if c.Kind != awsapi.User {
		return nil, awsapi.Errorf(403, "InvalidUserType", "Only IAM Users can change their own password")
	}
	d, err := s.user(ctx, c.Name)
	if err != nil {
		return nil, err
	}
	if d.Login == nil {
		return nil, noLogin(c.Name)
	}
	right, err := s.verify(ctx, d.Login.Hash, in.OldPassword)
	if err != nil {
		return nil, err
	}
	if !right {
		return nil, accessDenied("The old password was incorrect.")
	}
	h, err := s.nextHash(ctx, d, in.NewPassword)
	if err != nil {
		return nil, err
	}
	_, err = s.editUser(ctx, c.Name, func(_ *transaction, now *userDocument) error {
		if now.Login == nil || now.Login.Changed != d.Login.Changed {
			return accessDenied("The old password was incorrect.")
		}
		now.Login = now.Login.changed(h, awsapi.Seconds(s.now()))
		now.Login.ResetRequired = false
		return nil
	})
	return nil, err
}
