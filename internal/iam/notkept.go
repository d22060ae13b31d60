package iam

import (
	"context"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// Kinds of credentials that this server does not keep: what would make them
// answers 501. Tools ask for them before they delete a user, and are told the
// truth: there are none.

// noneOf checks that the user exists whose credentials are asked for: the one
// that is named, or the caller.
func (s *Service) noneOf(ctx context.Context, name *string) error {
	if c := awsapi.CallFrom(ctx).Caller; name == nil && c.Kind == awsapi.Root {
		return nil
	}
	user, err := userOrCaller(ctx, name)
	if err != nil {
		return err
	}
	_, err = s.user(ctx, user)
	return err
}

// ListMFADevices lists a user's second factors: none.
func (s *Service) ListMFADevices(ctx context.Context, in *ListMFADevicesRequest) (*ListMFADevicesResponse, error) {
	return &ListMFADevicesResponse{MFADevices: []*MFADevice{}, IsTruncated: new(false)}, s.noneOf(ctx, in.UserName)
}

// ListVirtualMFADevices lists the account's second factors: none.
func (s *Service) ListVirtualMFADevices(context.Context, *ListVirtualMFADevicesRequest) (*ListVirtualMFADevicesResponse, error) {
	return &ListVirtualMFADevicesResponse{VirtualMFADevices: []*VirtualMFADevice{}, IsTruncated: new(false)}, nil
}

// ListSAMLProviders lists the account's SAML providers: none.
func (s *Service) ListSAMLProviders(context.Context, *ListSAMLProvidersRequest) (*ListSAMLProvidersResponse, error) {
	return &ListSAMLProvidersResponse{SAMLProviderList: []*SAMLProviderListEntry{}}, nil
}

// ListSSHPublicKeys lists a user's keys for CodeCommit: none.
func (s *Service) ListSSHPublicKeys(ctx context.Context, in *ListSSHPublicKeysRequest) (*ListSSHPublicKeysResponse, error) {
	return &ListSSHPublicKeysResponse{SSHPublicKeys: []*SSHPublicKeyMetadata{}, IsTruncated: new(false)}, s.noneOf(ctx, in.UserName)
}

// ListSigningCertificates lists a user's X.509 certificates: none.
func (s *Service) ListSigningCertificates(ctx context.Context, in *ListSigningCertificatesRequest) (*ListSigningCertificatesResponse, error) {
	return &ListSigningCertificatesResponse{Certificates: []*SigningCertificate{}, IsTruncated: new(false)}, s.noneOf(ctx, in.UserName)
}

// ListServiceSpecificCredentials lists a user's passwords for single services:
// none.
func (s *Service) ListServiceSpecificCredentials(ctx context.Context, in *ListServiceSpecificCredentialsRequest) (*ListServiceSpecificCredentialsResponse, error) {
	return &ListServiceSpecificCredentialsResponse{ServiceSpecificCredentials: []*ServiceSpecificCredentialMetadata{}}, s.noneOf(ctx, in.UserName)
}
