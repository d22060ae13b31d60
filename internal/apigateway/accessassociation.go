package apigateway

import (
	"context"
	"fmt"
	"strings"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// CreateDomainNameAccessAssociation lets a VPC endpoint reach a private domain
// name.
func (s *Service) CreateDomainNameAccessAssociation(ctx context.Context, in *CreateDomainNameAccessAssociationRequest) (*DomainNameAccessAssociation, error) {
	sc := callScope(ctx)
	name, ok := s.privateName(sc, in.DomainNameArn)
	if !ok {
		return nil, noDomainName()
	}
	if !strings.HasPrefix(in.AccessAssociationSource, "vpce-") {
		return nil, badRequest("Invalid access association source specified: %s", in.AccessAssociationSource)
	}
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	a := &DomainNameAccessAssociation{
		DomainNameAccessAssociationArn: new(fmt.Sprintf("arn:%s:apigateway:%s:%s:/domainnameaccessassociations/domainname/%s/vpcesource/%s",
			arn.Partition(sc.region), sc.region, sc.account, name, in.AccessAssociationSource)),
		DomainNameArn:               new(in.DomainNameArn),
		AccessAssociationSourceType: new(in.AccessAssociationSourceType),
		AccessAssociationSource:     new(in.AccessAssociationSource),
		Tags:                        filled(in.Tags),
	}
	taken := conflict("Domain name access association already exists")
	if err := s.associations.insert(ctx, sc, *a.DomainNameAccessAssociationArn, a, taken); err != nil {
		return nil, err
	}
	return a, nil
}

// privateName finds the private domain name with that ARN: {name}+{id}.
func (s *Service) privateName(sc scope, domainARN string) (string, bool) {
	_, id, ok := strings.Cut(domainARN, ":/domainnames/")
	if !ok {
		return "", false
	}
	d, ok := s.domains.get(sc, strings.ToLower(id))
	return id, ok && d.isPrivate() && *d.DomainNameArn == domainARN
}

// GetDomainNameAccessAssociations lists the associations by ARN.
func (s *Service) GetDomainNameAccessAssociations(ctx context.Context, in *GetDomainNameAccessAssociationsRequest) (*DomainNameAccessAssociations, error) {
	if in.ResourceOwner != nil && *in.ResourceOwner == "OTHER_ACCOUNTS" {
		return &DomainNameAccessAssociations{Items: []*DomainNameAccessAssociation{}}, nil
	}
	page, next, err := pageNouns(s.associations, callScope(ctx), in.Position, in.Limit)
	return &DomainNameAccessAssociations{Position: next, Items: page}, err
}

// DeleteDomainNameAccessAssociation removes an association.
func (s *Service) DeleteDomainNameAccessAssociation(ctx context.Context, in *DeleteDomainNameAccessAssociationRequest) (*awsapi.Empty, error) {
	return nil, s.associations.remove(ctx, callScope(ctx), in.DomainNameAccessAssociationArn, noAssociation())
}

// RejectDomainNameAccessAssociation removes an association that somebody made
// with a domain name of the caller.
func (s *Service) RejectDomainNameAccessAssociation(ctx context.Context, in *RejectDomainNameAccessAssociationRequest) (*awsapi.Empty, error) {
	sc := callScope(ctx)
	a, ok := s.associations.get(sc, in.DomainNameAccessAssociationArn)
	if !ok || *a.DomainNameArn != in.DomainNameArn {
		return nil, noAssociation()
	}
	return nil, s.associations.remove(ctx, sc, in.DomainNameAccessAssociationArn, noAssociation())
}
