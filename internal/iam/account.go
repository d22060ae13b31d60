package iam

import (
	"context"
	"slices"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// accountDocument is what an account has of its own. An account without one has
// nothing set; accounts come into being by being used.
type accountDocument struct {
	Account    string      `json:"account"`
	Name       string      `json:"name,omitzero"`
	Email      string      `json:"email,omitzero"`
	CreateDate awsapi.Time `json:"createDate"`
	Alias      string      `json:"alias,omitzero"`
	RootKeys   []string    `json:"rootKeys,omitzero"` // ids of access keys
	// RootMade says that the root's first key was made, and shown, once.
	RootMade  bool            `json:"rootMade,omitzero"`
	Passwords *PasswordPolicy `json:"passwords,omitzero"`
}

// aliasDocument says whose an alias is.
type aliasDocument struct {
	Account string `json:"account"`
}

// clone of nil is the document of an account that has none yet.
func (d *accountDocument) clone(account string) *accountDocument {
	if d == nil {
		return &accountDocument{Account: account}
	}
	c := *d
	c.RootKeys = slices.Clone(d.RootKeys)
	return &c
}

// AWS: the default quotas of an account.
const (
	maxUsers     = 5000
	maxGroups    = 300
	maxRoles     = 1000
	maxPolicies  = 1500
	maxProfiles  = 1000
	maxProviders = 100
)

// editAccount changes the caller's account.
func (s *Service) editAccount(ctx context.Context, change func(x *transaction, d *accountDocument) error) error {
	return s.transact(ctx, func(x *transaction) error {
		old, rev, _ := s.accounts.Get(account(ctx))
		d := old.clone(account(ctx))
		if err := change(x, d); err != nil {
			return err
		}
		return put(x, s.accounts, account(ctx), rev, d)
	})
}

// CreateAccountAlias gives the account its alias, in place of the one it had.
func (s *Service) CreateAccountAlias(ctx context.Context, in *CreateAccountAliasRequest) (*awsapi.Empty, error) {
	if arn.IsAccount(in.AccountAlias) {
		return nil, invalidInput("The account alias %s must not be 12 digits.", in.AccountAlias)
	}
	return nil, s.editAccount(ctx, func(x *transaction, d *accountDocument) error {
		if d.Alias == in.AccountAlias {
			return nil
		}
		if _, _, taken := s.aliases.Get(in.AccountAlias); taken {
			return alreadyExists("The account alias %s already exists.", in.AccountAlias)
		}
		if _, rev, ok := s.aliases.Get(d.Alias); ok {
			remove(x, s.aliases, d.Alias, rev)
		}
		d.Alias = in.AccountAlias
		return put(x, s.aliases, in.AccountAlias, 0, &aliasDocument{d.Account})
	})
}

// ListAccountAliases lists the account's alias, if it has one.
func (s *Service) ListAccountAliases(ctx context.Context, in *ListAccountAliasesRequest) (*ListAccountAliasesResponse, error) {
	list := []string{}
	if d, _, ok := s.accounts.Get(account(ctx)); ok && d.Alias != "" {
		list = append(list, d.Alias)
	}
	items, marker, truncated, err := page(list, in.Marker, in.MaxItems, func(a string) string { return a })
	return &ListAccountAliasesResponse{AccountAliases: items, Marker: marker, IsTruncated: truncated}, err
}

// DeleteAccountAlias takes the alias away.
func (s *Service) DeleteAccountAlias(ctx context.Context, in *DeleteAccountAliasRequest) (*awsapi.Empty, error) {
	return nil, s.editAccount(ctx, func(x *transaction, d *accountDocument) error {
		_, rev, ok := s.aliases.Get(in.AccountAlias)
		if !ok || d.Alias != in.AccountAlias {
			return noSuchEntity("The account alias %s cannot be found.", in.AccountAlias)
		}
		d.Alias = ""
		remove(x, s.aliases, in.AccountAlias, rev)
		return nil
	})
}

// AccountNamed finds an account by its id or alias.
func (s *Service) AccountNamed(idOrAlias string) (id string, ok bool) {
	if arn.IsAccount(idOrAlias) {
		return idOrAlias, true
	}
	d, _, ok := s.aliases.Get(idOrAlias)
	if !ok {
		return "", false
	}
	return d.Account, true
}

// GetAccountSummary counts what the account has, and says what it may have.
func (s *Service) GetAccountSummary(ctx context.Context, _ *awsapi.Empty) (*GetAccountSummaryResponse, error) {
	a := account(ctx)
	versions, rootKeys := 0, 0
	for _, d := range s.policies.Range(a+"/", "") {
		versions += len(d.Versions)
	}
	if d, _, ok := s.accounts.Get(a); ok {
		rootKeys = len(d.RootKeys)
	}
	counts := map[string]int{
		"Users": ownedBy(s.users, a), "UsersQuota": maxUsers, "Groups": ownedBy(s.groups, a), "GroupsQuota": maxGroups,
		"Roles": ownedBy(s.roles, a), "RolesQuota": maxRoles, "Policies": ownedBy(s.policies, a), "PoliciesQuota": maxPolicies,
		"PolicyVersionsInUse": versions, "PolicyVersionsInUseQuota": 10_000, "VersionsPerPolicyQuota": maxVersions,
		"InstanceProfiles": ownedBy(s.profiles, a), "InstanceProfilesQuota": maxProfiles, "Providers": ownedBy(s.providers, a),
		"AttachedPoliciesPerUserQuota": aUser.attached, "AttachedPoliciesPerGroupQuota": aGroup.attached, "AttachedPoliciesPerRoleQuota": aRole.attached,
		"UserPolicySizeQuota": aUser.inlineSize, "GroupPolicySizeQuota": aGroup.inlineSize, "RolePolicySizeQuota": aRole.inlineSize,
		"PolicySizeQuota": maxPolicySize, "AssumeRolePolicySizeQuota": maxTrustPolicy, "GroupsPerUserQuota": maxGroupsOfUser,
		"AccessKeysPerUserQuota": maxKeys, "AccountAccessKeysPresent": min(rootKeys, 1), "AccountMFAEnabled": 0, "AccountPasswordPresent": 0,
		"AccountSigningCertificatesPresent": 0, "MFADevices": 0, "MFADevicesInUse": 0, "ServerCertificates": ownedBy(s.certificates, a), "ServerCertificatesQuota": maxCertificates,
		"SigningCertificatesPerUserQuota": 2, "GlobalEndpointTokenVersion": 1,
	}
	summary := make(map[string]int64, len(counts))
	for name, n := range counts {
		summary[name] = int64(n)
	}
	return &GetAccountSummaryResponse{SummaryMap: summary}, nil
}
