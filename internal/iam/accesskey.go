package iam

import (
	"context"
	"slices"
	"sync/atomic"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/store"
)

// keyDocument is a stored long-term access key; its secret is sealed.
type keyDocument struct {
	AccessKeyID string      `json:"accessKeyId"`
	Account     string      `json:"account"`
	UserName    string      `json:"userName,omitzero"` // "" for the account's root
	Secret      []byte      `json:"secret"`            // sealed, about the id
	Active      bool        `json:"active"`
	CreateDate  awsapi.Time `json:"createDate"`

	opened atomic.Pointer[cachedCredential]
}

func (d *keyDocument) clone() *keyDocument {
	return &keyDocument{
		AccessKeyID: d.AccessKeyID, Account: d.Account, UserName: d.UserName, Secret: d.Secret, Active: d.Active, CreateDate: d.CreateDate,
	}
}

func (d *keyDocument) status() string {
	if d.Active {
		return "Active"
	}
	return "Inactive"
}

// maxKeys is how many access keys a user may have.
const maxKeys = 2

// keyOwner is whose keys an operation is about: the user that is named, else
// the caller; "" is the root. AWS: a role's session has to name a user.
func (s *Service) keyOwner(ctx context.Context, name *string) (string, error) {
	if name == nil && awsapi.CallFrom(ctx).Caller.Kind == awsapi.Root {
		return "", nil
	}
	user, err := userOrCaller(ctx, name)
	if err != nil {
		return "", err
	}
	d, err := s.user(ctx, user)
	if err != nil {
		return "", err
	}
	return d.User.UserName, nil
}

// CreateAccessKey gives a user a key. The secret is in this answer and nowhere
// else.
func (s *Service) CreateAccessKey(ctx context.Context, in *CreateAccessKeyRequest) (*CreateAccessKeyResponse, error) {
	owner, err := s.keyOwner(ctx, in.UserName)
	if err != nil {
		return nil, err
	}
	d, secret := s.newKey(account(ctx), owner)
	err = s.transact(ctx, func(x *transaction) error {
		if err := put(x, s.keys, d.AccessKeyID, 0, d); err != nil {
			return err
		}
		return s.editKeys(x, account(ctx), owner, func(ids []string) ([]string, error) {
			if len(ids) >= maxKeys {
				return nil, overQuota("AccessKeysPerUser", maxKeys)
			}
			return append(ids, d.AccessKeyID), nil
		})
	})
	return &CreateAccessKeyResponse{AccessKey: &AccessKey{
		UserName: owner, AccessKeyId: d.AccessKeyID, Status: d.status(), SecretAccessKey: secret, CreateDate: &d.CreateDate,
	}}, err
}

// editKeys changes the list of keys that a user has, or the account's root.
func (s *Service) editKeys(x *transaction, account, owner string, change func([]string) ([]string, error)) (err error) {
	if owner == "" {
		old, rev, _ := s.accounts.Get(account)
		d := old.clone(account)
		if d.RootKeys, err = change(d.RootKeys); err != nil {
			return err
		}
		return put(x, s.accounts, account, rev, d)
	}
	key := entityKey(account, owner)
	old, rev, ok := s.users.Get(key)
	if !ok {
		return noSuchUser(owner)
	}
	d := old.clone()
	if d.Keys, err = change(d.Keys); err != nil {
		return err
	}
	return put(x, s.users, key, rev, d)
}

// keysOf are the keys of a user or, without a name, of the account's root.
func (s *Service) keysOf(account, owner string) []*keyDocument {
	var ids []string
	if owner == "" {
		if d, _, ok := s.accounts.Get(account); ok {
			ids = d.RootKeys
		}
	} else if d, _, ok := s.users.Get(entityKey(account, owner)); ok {
		ids = d.Keys
	}
	var list []*keyDocument
	for _, id := range ids {
		if k, _, ok := s.keys.Get(id); ok {
			list = append(list, k)
		}
	}
	return list
}

// newKey makes a key that is not stored yet, and its secret in clear.
func (s *Service) newKey(account, owner string) (d *keyDocument, secret string) {
	id, secret := newKeyID(longKeyID, account), newSecret()
	return &keyDocument{
		AccessKeyID: id, Account: account, UserName: owner, Secret: s.sealed([]byte(secret), id), Active: true, CreateDate: awsapi.Seconds(s.now()),
	}, secret
}

// ListAccessKeys lists the ids of a user's keys.
func (s *Service) ListAccessKeys(ctx context.Context, in *ListAccessKeysRequest) (*ListAccessKeysResponse, error) {
	owner, err := s.keyOwner(ctx, in.UserName)
	if err != nil {
		return nil, err
	}
	list := []*AccessKeyMetadata{}
	for _, k := range s.keysOf(account(ctx), owner) {
		list = append(list, &AccessKeyMetadata{
			UserName: given(owner), AccessKeyId: &k.AccessKeyID, Status: new(k.status()), CreateDate: &k.CreateDate,
		})
	}
	items, marker, truncated, err := page(list, in.Marker, in.MaxItems, func(k *AccessKeyMetadata) string { return *k.AccessKeyId })
	return &ListAccessKeysResponse{AccessKeyMetadata: items, Marker: marker, IsTruncated: truncated}, err
}

// ownKey is an owner's key.
func (s *Service) ownKey(ctx context.Context, user *string, id string) (*keyDocument, store.Revision, error) {
	owner, err := s.keyOwner(ctx, user)
	if err != nil {
		return nil, 0, err
	}
	d, rev, ok := s.keys.Get(id)
	if !ok || d.Account != account(ctx) || d.UserName != owner {
		return nil, 0, noSuchKey(id)
	}
	return d, rev, nil
}

// UpdateAccessKey switches a key on or off.
func (s *Service) UpdateAccessKey(ctx context.Context, in *UpdateAccessKeyRequest) (*awsapi.Empty, error) {
	return nil, s.transact(ctx, func(x *transaction) error {
		old, rev, err := s.ownKey(ctx, in.UserName, in.AccessKeyId)
		if err != nil {
			return err
		}
		if in.Status != "Active" && in.Status != "Inactive" { // AWS's third, Expired, cannot be set
			return invalidInput("Invalid status: %s", in.Status)
		}
		d := old.clone()
		d.Active = in.Status == "Active"
		return put(x, s.keys, in.AccessKeyId, rev, d)
	})
}

// DeleteAccessKey removes a key; it stops working at once.
func (s *Service) DeleteAccessKey(ctx context.Context, in *DeleteAccessKeyRequest) (*awsapi.Empty, error) {
	return nil, s.transact(ctx, func(x *transaction) error {
		d, rev, err := s.ownKey(ctx, in.UserName, in.AccessKeyId)
		if err != nil {
			return err
		}
		remove(x, s.keys, in.AccessKeyId, rev)
		s.forgetUse(x, "key/"+in.AccessKeyId)
		return s.editKeys(x, d.Account, d.UserName, func(ids []string) ([]string, error) {
			return slices.DeleteFunc(ids, func(id string) bool { return id == in.AccessKeyId }), nil
		})
	})
}

// GetAccessKeyLastUsed says when a key of the account was used last.
func (s *Service) GetAccessKeyLastUsed(ctx context.Context, in *GetAccessKeyLastUsedRequest) (*GetAccessKeyLastUsedResponse, error) {
	d, _, ok := s.keys.Get(in.AccessKeyId)
	if !ok || d.Account != account(ctx) {
		return nil, accessDenied("User: " + awsapi.CallFrom(ctx).Caller.ARN + " is not authorized to perform: iam:GetAccessKeyLastUsed on resource: access key " + in.AccessKeyId)
	}
	return &GetAccessKeyLastUsedResponse{UserName: given(d.UserName), AccessKeyLastUsed: s.keyLastUsed(in.AccessKeyId)}, nil
}
