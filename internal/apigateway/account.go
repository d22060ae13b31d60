package apigateway

import (
	"context"
	"strings"

	"github.com/lambdagate/lambdagate/internal/arn"
)

// accountID is the id of the one Account document of a scope.
const accountID = "settings"

// GetAccount answers with the settings of the caller's account in a region.
func (s *Service) GetAccount(ctx context.Context, _ *GetAccountRequest) (*Account, error) {
	return s.account(callScope(ctx)), nil
}

// UpdateAccount changes the settings.
func (s *Service) UpdateAccount(ctx context.Context, in *UpdateAccountRequest) (*Account, error) {
	sc := callScope(ctx)
	preview := *s.account(sc)
	if err := accountPatch.apply(&preview, in.PatchOperations); err != nil {
		return nil, err
	}
	if err := s.checkLogsRole(ctx, sc, preview.CloudwatchRoleArn); err != nil {
		return nil, err
	}
	return s.accounts.Update(ctx, sc.key(accountID), func(old *Account) (*Account, error) {
		next := *defaultAccount()
		if old != nil {
			next = *old
		}
		return &next, accountPatch.apply(&next, in.PatchOperations)
	})
}

// checkLogsRole checks the role that writes logs, if there is one.
func (s *Service) checkLogsRole(ctx context.Context, sc scope, role *string) error {
	if role == nil || s.roles == nil {
		return nil
	}
	if old := s.account(sc).CloudwatchRoleArn; old != nil && *old == *role {
		return nil
	}
	if err := s.roles.CheckRole(ctx, sc.account, *role, "logs:PutLogEvents"); err != nil {
		s.log.InfoContext(ctx, "role for logs is refused", "role", *role, "error", err)
		return badRequest("The role ARN does not have required permissions configured. Please grant trust permission for API Gateway and add the required role policy.")
	}
	return nil
}

var accountPatch = patchTable[Account]{rules: accountRules, refuse: supportedPaths(accountRules)}

var accountRules = []rule[Account]{
	{path: "/cloudwatchRoleArn", replace: func(a *Account, p *patchOp) error {
		if p.value == nil {
			a.CloudwatchRoleArn = nil
			return nil
		}
		if role, err := arn.Parse(*p.value); err != nil || role.Service != "iam" || !strings.HasPrefix(role.Resource, "role/") {
			return badRequest("The role ARN is not well formed")
		}
		a.CloudwatchRoleArn = p.value
		return nil
	}},
	{path: "/features",
		add: func(a *Account, p *patchOp) error {
			if p.text() != "UsagePlans" {
				return p.invalidValue()
			}
			addItem(&a.Features, p.text())
			return nil
		},
		remove: func(a *Account, p *patchOp) error {
			if p.text() == "UsagePlans" {
				return badRequest("Usage Plans cannot be disabled once enabled")
			}
			return p.invalidValue()
		}},
}

// account is what a scope's account has set, or AWS's settings of a new one.
func (s *Service) account(sc scope) *Account {
	if a, ok := s.accounts.get(sc, accountID); ok {
		return a
	}
	return defaultAccount()
}

func defaultAccount() *Account {
	return &Account{
		ThrottleSettings: &ThrottleSettings{BurstLimit: new(int64(5000)), RateLimit: new(10000.0)},
		Features:         []string{"UsagePlans"},
		ApiKeyVersion:    new("4"),
	}
}

// Account returns the settings that an API is served under: the role that
// writes its logs and the throttle over all its stages.
func (s *Service) Account(apiID string) (*Account, bool) {
	sc, ok := s.index.scopeOf(apiID)
	if !ok {
		return nil, false
	}
	return s.account(sc), true
}
