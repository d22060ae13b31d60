package apigateway

import (
	"context"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// CreateVpcLink makes a link. AWS: its answer says PENDING; here there is
// nothing to wait for, and the next look finds it available.
func (s *Service) CreateVpcLink(ctx context.Context, in *CreateVpcLinkRequest) (*VpcLink, error) {
	link := &VpcLink{
		Id: s.newID(shortID), Name: new(in.Name), Description: in.Description, TargetArns: in.TargetArns,
		Status: new("AVAILABLE"), StatusMessage: new("Your vpc link is ready for use"), Tags: filled(in.Tags),
	}
	if in.Name == "" {
		return nil, badRequest("Vpc link name cannot be empty")
	}
	if len(in.TargetArns) != 1 {
		return nil, badRequest("A vpc link must have exactly one target ARN")
	}
	if a, err := arn.Parse(in.TargetArns[0]); err != nil || a.Service != "elasticloadbalancing" {
		return nil, invalidARN()
	}
	if err := checkTags(link.Tags); err != nil {
		return nil, err
	}
	if err := s.vpcLinks.insert(ctx, callScope(ctx), link.Id, link, concurrentModification()); err != nil {
		return nil, err
	}
	pending := *link
	pending.Status, pending.StatusMessage = new("PENDING"), nil
	return &pending, nil
}

// GetVpcLink answers with one link.
func (s *Service) GetVpcLink(ctx context.Context, in *GetVpcLinkRequest) (*VpcLink, error) {
	link, ok := s.vpcLinks.get(callScope(ctx), in.VpcLinkId)
	if !ok {
		return nil, noVpcLink()
	}
	return link, nil
}

// GetVpcLinks lists the links in the order of their ids.
func (s *Service) GetVpcLinks(ctx context.Context, in *GetVpcLinksRequest) (*VpcLinks, error) {
	page, next, err := pageNouns(s.vpcLinks, callScope(ctx), in.Position, in.Limit)
	return &VpcLinks{Position: next, Items: page}, err
}

// UpdateVpcLink changes a link's name or description.
func (s *Service) UpdateVpcLink(ctx context.Context, in *UpdateVpcLinkRequest) (*VpcLink, error) {
	return s.vpcLinks.change(ctx, callScope(ctx), in.VpcLinkId, noVpcLink(), func(link *VpcLink) error {
		if err := vpcLinkPatch.apply(link, in.PatchOperations); err != nil {
			return err
		}
		if link.Name == nil || *link.Name == "" {
			return badRequest("Vpc link name cannot be empty")
		}
		return nil
	})
}

// DeleteVpcLink removes a link.
func (s *Service) DeleteVpcLink(ctx context.Context, in *DeleteVpcLinkRequest) (*awsapi.Empty, error) {
	return nil, s.vpcLinks.remove(ctx, callScope(ctx), in.VpcLinkId, noVpcLink())
}

var vpcLinkPatch = patchTable[VpcLink]{
	rules: []rule[VpcLink]{
		{path: "/description", replace: setText(func(l *VpcLink) **string { return &l.Description })},
		{path: "/name", replace: setText(func(l *VpcLink) **string { return &l.Name })},
	},
	refuse: mustBeOneOf("replace", "/description", "/name"),
}

// VpcLink returns a link of the account and region that an API belongs to.
func (s *Service) VpcLink(apiID, linkID string) (*VpcLink, bool) {
	sc, ok := s.index.scopeOf(apiID)
	if !ok {
		return nil, false
	}
	return s.vpcLinks.get(sc, linkID)
}
