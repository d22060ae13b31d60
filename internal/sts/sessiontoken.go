package sts

import (
	"context"
	"time"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/iam"
)

// AWS: a user's session lasts twelve hours unless asked otherwise, the root's
// never longer than one.
const (
	userLife = 12 * time.Hour
	rootLife = time.Hour
)

// isTemporary says whether the caller's key is a temporary one.
func isTemporary(c awsapi.Caller) bool { return c.Kind == awsapi.Session || c.Keys != nil }

// GetSessionToken gives a user, or the root, a temporary key of its own. It has
// the user's permissions, but for IAM.
func (s *Service) GetSessionToken(ctx context.Context, in *GetSessionTokenRequest) (*GetSessionTokenResponse, error) {
	c := awsapi.CallFrom(ctx).Caller
	if isTemporary(c) {
		return nil, accessDenied("Cannot call GetSessionToken with session credentials")
	}
	if in.SerialNumber != nil || in.TokenCode != nil {
		return nil, accessDenied("MultiFactorAuthentication failed with invalid MFA one time pass code. ")
	}
	life := userLife
	if in.DurationSeconds != nil {
		life = time.Duration(*in.DurationSeconds) * time.Second
	}
	x := iam.Session{Account: c.Account}
	if c.Kind == awsapi.User {
		x.Name, x.ID = c.Name, c.UserID
	} else {
		life = min(life, rootLife)
	}
	return &GetSessionTokenResponse{Credentials: credentials(s.iam.Issue(x, life))}, nil
}
