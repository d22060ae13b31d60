package iam

import (
	"context"
	"slices"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// profileDocument is a stored instance profile: a role for EC2 instances to
// take. There are none here; tools make profiles along with roles.
type profileDocument struct {
	Profile InstanceProfile `json:"profile"`       // without Roles
	Role    string          `json:"role,omitzero"` // name
}

func (d *profileDocument) clone() *profileDocument { return new(*d) }

// profile returns an instance profile of the caller's account.
func (s *Service) profile(ctx context.Context, name string) (*profileDocument, error) {
	d, _, ok := s.profiles.Get(entityKey(account(ctx), name))
	if !ok {
		return nil, noSuchProfile(name)
	}
	return d, nil
}

// editProfile changes an instance profile of the caller's account.
func (s *Service) editProfile(ctx context.Context, name string, change func(x *transaction, d *profileDocument) error) (edited *profileDocument, err error) {
	err = s.transact(ctx, func(x *transaction) error {
		key := entityKey(account(ctx), name)
		old, rev, ok := s.profiles.Get(key)
		if !ok {
			return noSuchProfile(name)
		}
		edited = old.clone()
		if err := change(x, edited); err != nil {
			return err
		}
		return put(x, s.profiles, key, rev, edited)
	})
	return edited, err
}

// CreateInstanceProfile adds an instance profile without a role.
func (s *Service) CreateInstanceProfile(ctx context.Context, in *CreateInstanceProfileRequest) (*CreateInstanceProfileResponse, error) {
	path, err := checkPath(in.Path)
	if err != nil {
		return nil, err
	}
	tags, err := taggedWith(nil, in.Tags, "TagsPerInstanceProfile")
	if err != nil {
		return nil, err
	}
	d := &profileDocument{Profile: InstanceProfile{
		Path: path, InstanceProfileName: in.InstanceProfileName, InstanceProfileId: newID(profileID),
		Arn:        "arn:aws:iam::" + account(ctx) + ":instance-profile" + path + in.InstanceProfileName,
		CreateDate: awsapi.Seconds(s.now()), Tags: tags,
	}}
	key := entityKey(account(ctx), in.InstanceProfileName)
	err = s.transact(ctx, func(x *transaction) error {
		if _, _, taken := s.profiles.Get(key); taken {
			return alreadyExists("Instance Profile %s already exists.", in.InstanceProfileName)
		}
		if ownedBy(s.profiles, account(ctx)) >= maxProfiles {
			return overQuota("InstanceProfilesPerAccount", maxProfiles)
		}
		return put(x, s.profiles, key, 0, d)
	})
	return &CreateInstanceProfileResponse{InstanceProfile: s.wholeProfile(d)}, err
}

// wholeProfile is an instance profile with its role.
func (s *Service) wholeProfile(d *profileDocument) *InstanceProfile {
	p := d.Profile
	p.Roles = []*Role{}
	if r, _, ok := s.roles.Get(entityKey(accountOf(p.Arn), d.Role)); ok {
		role := r.answer()
		role.Tags, role.PermissionsBoundary, role.MaxSessionDuration = nil, nil, nil
		p.Roles = append(p.Roles, role)
	}
	return &p
}

// GetInstanceProfile returns an instance profile.
func (s *Service) GetInstanceProfile(ctx context.Context, in *GetInstanceProfileRequest) (*GetInstanceProfileResponse, error) {
	d, err := s.profile(ctx, in.InstanceProfileName)
	if err != nil {
		return nil, err
	}
	return &GetInstanceProfileResponse{InstanceProfile: s.wholeProfile(d)}, nil
}

// listedProfile is an instance profile as lists show it.
func (s *Service) listedProfile(d *profileDocument) *InstanceProfile {
	p := s.wholeProfile(d)
	p.Tags = nil
	return p
}

func profileName(p *InstanceProfile) string { return p.InstanceProfileName }

// ListInstanceProfiles lists the account's instance profiles by name.
func (s *Service) ListInstanceProfiles(ctx context.Context, in *ListInstanceProfilesRequest) (*ListInstanceProfilesResponse, error) {
	list := belowPath(s.profiles, account(ctx), in.PathPrefix, s.listedProfile, func(d *profileDocument) string { return d.Profile.Path })
	items, marker, truncated, err := page(list, in.Marker, in.MaxItems, profileName)
	return &ListInstanceProfilesResponse{InstanceProfiles: items, Marker: marker, IsTruncated: truncated}, err
}

// ListInstanceProfilesForRole lists those that hold a role.
func (s *Service) ListInstanceProfilesForRole(ctx context.Context, in *ListInstanceProfilesForRoleRequest) (*ListInstanceProfilesForRoleResponse, error) {
	d, err := s.role(ctx, in.RoleName)
	if err != nil {
		return nil, err
	}
	items, marker, truncated, err := page(s.profilesOf(account(ctx), d), in.Marker, in.MaxItems, profileName)
	return &ListInstanceProfilesForRoleResponse{InstanceProfiles: items, Marker: marker, IsTruncated: truncated}, err
}

// profilesOf are the instance profiles that hold a role.
func (s *Service) profilesOf(account string, d *roleDocument) []*InstanceProfile {
	list := []*InstanceProfile{}
	for _, name := range d.Profiles {
		if p, _, ok := s.profiles.Get(entityKey(account, name)); ok {
			list = append(list, s.listedProfile(p))
		}
	}
	return list
}

// AddRoleToInstanceProfile gives a profile its one role.
func (s *Service) AddRoleToInstanceProfile(ctx context.Context, in *AddRoleToInstanceProfileRequest) (*awsapi.Empty, error) {
	_, err := s.editProfile(ctx, in.InstanceProfileName, func(x *transaction, d *profileDocument) error {
		key := entityKey(account(ctx), in.RoleName)
		old, rev, ok := s.roles.Get(key)
		if !ok {
			return noSuchRole(in.RoleName)
		}
		if d.Role != "" {
			return overQuota("InstanceSessionsPerInstanceProfile", 1)
		}
		d.Role = old.Role.RoleName
		r := old.clone()
		r.Profiles = append(r.Profiles, d.Profile.InstanceProfileName)
		return put(x, s.roles, key, rev, r)
	})
	return nil, err
}

// RemoveRoleFromInstanceProfile takes the role away.
func (s *Service) RemoveRoleFromInstanceProfile(ctx context.Context, in *RemoveRoleFromInstanceProfileRequest) (*awsapi.Empty, error) {
	_, err := s.editProfile(ctx, in.InstanceProfileName, func(x *transaction, d *profileDocument) error {
		key := entityKey(account(ctx), in.RoleName)
		old, rev, ok := s.roles.Get(key)
		if !ok || d.Role != old.Role.RoleName {
			return noSuchRole(in.RoleName)
		}
		d.Role = ""
		r := old.clone()
		r.Profiles = slices.DeleteFunc(r.Profiles, func(p string) bool { return p == d.Profile.InstanceProfileName })
		return put(x, s.roles, key, rev, r)
	})
	return nil, err
}

// DeleteInstanceProfile removes an instance profile without a role.
func (s *Service) DeleteInstanceProfile(ctx context.Context, in *DeleteInstanceProfileRequest) (*awsapi.Empty, error) {
	return nil, s.transact(ctx, func(x *transaction) error {
		key := entityKey(account(ctx), in.InstanceProfileName)
		d, rev, ok := s.profiles.Get(key)
		if !ok {
			return noSuchProfile(in.InstanceProfileName)
		}
		if d.Role != "" {
			return deleteConflict("must remove roles from instance profile first.")
		}
		remove(x, s.profiles, key, rev)
		return nil
	})
}
