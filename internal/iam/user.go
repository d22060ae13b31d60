package iam

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/store"
)

// userDocument is a stored user.
type userDocument struct {
	User        User          `json:"user"`
	Groups      []string      `json:"groups,omitzero"` // names, as the groups spell them
	Permissions permissions   `json:"permissions"`
	Login       *loginProfile `json:"login,omitzero"`
	Keys        []string      `json:"keys,omitzero"` // ids of access keys

	compiled atomic.Pointer[compiledEntity]
}

func (d *userDocument) clone() *userDocument {
	return &userDocument{User: d.User, Groups: slices.Clone(d.Groups), Permissions: d.Permissions.clone(), Login: d.Login, Keys: slices.Clone(d.Keys)}
}

// inGroup compares names as IAM does.
func (d *userDocument) inGroup(name string) bool {
	return slices.ContainsFunc(d.Groups, func(g string) bool { return strings.EqualFold(g, name) })
}

// user returns a user of the caller's account.
func (s *Service) user(ctx context.Context, name string) (*userDocument, error) {
	d, _, ok := s.users.Get(entityKey(account(ctx), name))
	if !ok {
		return nil, noSuchUser(name)
	}
	return d, nil
}

// userOrCaller is the user that is named or, without a name, the one who asks.
// AWS: for the root user and for roles there is none.
func userOrCaller(ctx context.Context, name *string) (string, error) {
	if name != nil {
		return *name, nil
	}
	c := awsapi.CallFrom(ctx).Caller
	if c.Kind != awsapi.User {
		return "", validation("Must specify userName when calling with non-User credentials")
	}
	return c.Name, nil
}

// editUser changes a user of the caller's account.
func (s *Service) editUser(ctx context.Context, name string, change func(x *transaction, d *userDocument) error) (edited *userDocument, err error) {
	err = s.transact(ctx, func(x *transaction) error {
		key := entityKey(account(ctx), name)
		old, rev, ok := s.users.Get(key)
		if !ok {
			return noSuchUser(name)
		}
		edited = old.clone()
		if err := change(x, edited); err != nil {
			return err
		}
		return put(x, s.users, key, rev, edited)
	})
	return edited, err
}

// CreateUser adds a user.
func (s *Service) CreateUser(ctx context.Context, in *CreateUserRequest) (*CreateUserResponse, error) {
	path, err := checkPath(in.Path)
	if err != nil {
		return nil, err
	}
	tags, err := taggedWith(nil, in.Tags, "TagsPerUser")
	if err != nil {
		return nil, err
	}
	d := &userDocument{User: User{
		Path: path, UserName: in.UserName, UserId: newID(userID), Arn: arn.User(account(ctx), path, in.UserName),
		CreateDate: awsapi.Seconds(s.now()), Tags: tags,
	}}
	key := entityKey(account(ctx), in.UserName)
	err = s.transact(ctx, func(x *transaction) error {
		if _, _, taken := s.users.Get(key); taken {
			return userExists(in.UserName)
		}
		if ownedBy(s.users, account(ctx)) >= maxUsers {
			return overQuota("UsersPerAccount", maxUsers)
		}
		if in.PermissionsBoundary != nil {
			d.Permissions.Boundary = *in.PermissionsBoundary
			if err := s.refer(ctx, x, *in.PermissionsBoundary, oneBoundary); err != nil {
				return err
			}
		}
		return put(x, s.users, key, 0, d)
	})
	return &CreateUserResponse{User: d.answer()}, err
}

func userExists(name string) error {
	return alreadyExists("User with name %s already exists.", name)
}

// answer is the user as GetUser shows it.
func (d *userDocument) answer() *User {
	u := d.User
	u.PermissionsBoundary = d.Permissions.boundary()
	return &u
}

// listed is the user as lists show it.
func (d *userDocument) listed() *User {
	u := d.User
	u.Tags = nil
	return &u
}

// GetUser returns a user, or the caller.
func (s *Service) GetUser(ctx context.Context, in *GetUserRequest) (*GetUserResponse, error) {
	if c := awsapi.CallFrom(ctx).Caller; in.UserName == nil && c.Kind == awsapi.Root {
		return &GetUserResponse{User: s.rootUser(c.Account)}, nil
	}
	name, err := userOrCaller(ctx, in.UserName)
	if err != nil {
		return nil, err
	}
	d, err := s.user(ctx, name)
	if err != nil {
		return nil, err
	}
	return &GetUserResponse{User: d.answer()}, nil
}

// rootUser is what GetUser tells an account's root of itself. AWS: it has
// neither name nor path.
func (s *Service) rootUser(account string) *User {
	u := &User{UserId: account, Arn: arn.Root(account)}
	if d, _, ok := s.accounts.Get(account); ok {
		u.CreateDate = d.CreateDate
	}
	return u
}

// ListUsers lists the account's users by name.
func (s *Service) ListUsers(ctx context.Context, in *ListUsersRequest) (*ListUsersResponse, error) {
	list := belowPath(s.users, account(ctx), in.PathPrefix, (*userDocument).listed, func(d *userDocument) string { return d.User.Path })
	items, marker, truncated, err := page(list, in.Marker, in.MaxItems, func(u *User) string { return u.UserName })
	return &ListUsersResponse{Users: items, Marker: marker, IsTruncated: truncated}, err
}

// UpdateUser gives a user another name or path. Its id stays, and with it its
// groups, keys and policies.
func (s *Service) UpdateUser(ctx context.Context, in *UpdateUserRequest) (*awsapi.Empty, error) {
	path, err := checkPath(in.NewPath)
	if err != nil {
		return nil, err
	}
	return nil, s.transact(ctx, func(x *transaction) error {
		old, rev, ok := s.users.Get(entityKey(account(ctx), in.UserName))
		if !ok {
			return noSuchUser(in.UserName)
		}
		d := old.clone()
		if in.NewPath != nil {
			d.User.Path = path
		}
		if in.NewUserName != nil {
			d.User.UserName = *in.NewUserName
		}
		d.User.Arn = arn.User(account(ctx), d.User.Path, d.User.UserName)
		return s.moveUser(x, account(ctx), old, rev, d)
	})
}

// moveUser writes a user that may have a new name, and its keys, which name it.
func (s *Service) moveUser(x *transaction, account string, old *userDocument, rev store.Revision, d *userDocument) error {
	from, to := entityKey(account, old.User.UserName), entityKey(account, d.User.UserName)
	if from != to {
		if _, _, taken := s.users.Get(to); taken {
			return userExists(d.User.UserName)
		}
		remove(x, s.users, from, rev)
		rev = 0
	}
	errs := []error{put(x, s.users, to, rev, d)}
	for _, id := range d.Keys {
		k, rev, ok := s.keys.Get(id)
		if !ok {
			x.rerun = true
			return nil
		}
		renamed := k.clone()
		renamed.UserName = d.User.UserName
		errs = append(errs, put(x, s.keys, id, rev, renamed))
	}
	return errors.Join(errs...)
}

// DeleteUser removes a user that has nothing any more.
func (s *Service) DeleteUser(ctx context.Context, in *DeleteUserRequest) (*awsapi.Empty, error) {
	return nil, s.transact(ctx, func(x *transaction) error {
		key := entityKey(account(ctx), in.UserName)
		d, rev, ok := s.users.Get(key)
		if !ok {
			return noSuchUser(in.UserName)
		}
		if err := d.Permissions.inUse(); err != nil {
			return err
		}
		switch {
		case len(d.Groups) > 0:
			return deleteConflict("must remove users from group first.")
		case len(d.Keys) > 0:
			return deleteConflict("must delete access keys first.")
		case d.Login != nil:
			return deleteConflict("must delete login profile first.")
		}
		remove(x, s.users, key, rev)
		return s.release(x, d.Permissions.Boundary, oneBoundary)
	})
}
