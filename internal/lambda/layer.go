package lambda

import (
	"context"
	"fmt"
	"slices"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// layer is the stored head of a layer: which number comes next. Its versions
// are documents of their own, so that numbers are not given twice even when
// all versions are gone.
type layer struct {
	LastVersion int64 `json:"lastVersion"`
}

// layerVersion is a stored version of a layer. Only its policy changes.
type layerVersion struct {
	Region  string                      `json:"region"`
	Account string                      `json:"account"`
	Name    string                      `json:"name"`
	Version PublishLayerVersionResponse `json:"version"`
	Code    codePackage                 `json:"code"`
	Policy  *ResourcePolicy             `json:"policy,omitzero"`
}

func layerKey(l arn.LayerVersion) string { return l.Account + "/" + l.Region + "/" + l.Name }

func layerVersionKey(l arn.LayerVersion) string {
	return layerKey(l) + "/" + paddedNumber(int64(l.Version))
}

// layerNamed resolves what a request calls a layer: a name or an ARN.
func layerNamed(ctx context.Context, name string) (arn.LayerVersion, error) {
	call := awsapi.CallFrom(ctx)
	l := arn.LayerVersion{Partition: arn.Partition(call.Region), Region: call.Region, Account: call.Caller.Account, Name: name}
	if !arn.Is(name) {
		return l, nil
	}
	l, err := arn.ParseLayerVersion(name)
	if err != nil || l.Version != 0 {
		return l, invalidValue("'"+name+"'", "layerName", "Member must satisfy regular expression pattern: [a-zA-Z0-9-_]+")
	}
	return l, nil
}

// layerVersionNamed resolves one version of a layer.
func layerVersionNamed(ctx context.Context, name string, number int64) (arn.LayerVersion, error) {
	l, err := layerNamed(ctx, name)
	if err == nil && number < 1 {
		err = invalidParameter("Layer Version Cannot be less than 1")
	}
	l.Version = int(number)
	return l, err
}

// PublishLayerVersion stores a version of a layer under the next number.
func (s *Service) PublishLayerVersion(ctx context.Context, in *PublishLayerVersionRequest) (*PublishLayerVersionResponse, error) {
	l, err := layerNamed(ctx, in.LayerName)
	if err != nil {
		return nil, err
	}
	code, err := s.takeCode(ctx, in.Content.source())
	if err != nil {
		return nil, err
	}
	lock := s.locks.of(layerKey(l))
	lock.Lock()
	defer lock.Unlock()
	head, rev, _ := s.layers.table.Get(layerKey(l))
	next := layer{LastVersion: deref(head).LastVersion + 1}
	l.Version = int(next.LastVersion)
	v := s.newLayerVersion(l, in, code)
	var b batch
	put(&b, s.layers, layerKey(l), rev, &next)
	put(&b, s.layerVersions, layerVersionKey(l), 0, v)
	if err := b.commit(ctx, s.cfg.Store); err != nil {
		return nil, fmt.Errorf("save layer %s: %w", l, err)
	}
	return s.layerAnswer(v), nil
}

func (s *Service) newLayerVersion(l arn.LayerVersion, in *PublishLayerVersionRequest, code codePackage) *layerVersion {
	whole := l
	whole.Version = 0
	return &layerVersion{Region: l.Region, Account: l.Account, Name: l.Name, Code: code, Version: PublishLayerVersionResponse{
		Content:  &LayerVersionContentOutput{CodeSha256: new(code.sha256()), CodeSize: &code.Size},
		LayerArn: new(whole.String()), LayerVersionArn: new(l.String()), Version: new(int64(l.Version)),
		Description: new(deref(in.Description)), CreatedDate: new(isoTime(s.now())),
		CompatibleArchitectures: in.CompatibleArchitectures, CompatibleRuntimes: in.CompatibleRuntimes, LicenseInfo: in.LicenseInfo,
	}}
}

// layerAnswer is a version with a fresh link to its content.
func (s *Service) layerAnswer(v *layerVersion) *PublishLayerVersionResponse {
	out := v.Version
	content := *out.Content
	content.Location = new(s.codeLocation(v.Account, v.Code))
	out.Content = &content
	return &out
}

// GetLayerVersion describes a version of a layer.
func (s *Service) GetLayerVersion(ctx context.Context, in *GetLayerVersionRequest) (*GetLayerVersionResponse, error) {
	l, err := layerVersionNamed(ctx, in.LayerName, in.VersionNumber)
	if err != nil {
		return nil, err
	}
	return s.getLayerVersion(ctx, l)
}

// GetLayerVersionByArn describes a version of a layer, also of other accounts
// that permit it.
func (s *Service) GetLayerVersionByArn(ctx context.Context, in *GetLayerVersionByArnRequest) (*GetLayerVersionResponse, error) {
	l, err := arn.ParseLayerVersion(in.Arn)
	if err != nil || l.Version == 0 {
		return nil, invalidValue("'"+in.Arn+"'", "arn", "Member must satisfy regular expression pattern: arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+")
	}
	return s.getLayerVersion(ctx, l)
}

func (s *Service) getLayerVersion(ctx context.Context, l arn.LayerVersion) (*GetLayerVersionResponse, error) {
	v, err := s.readableLayer(ctx, l)
	if err != nil {
		return nil, err
	}
	return (*GetLayerVersionResponse)(s.layerAnswer(v)), nil
}

// readableLayer finds a version that the caller may read: by the caller's own
// policies, or the version's.
func (s *Service) readableLayer(ctx context.Context, l arn.LayerVersion) (*layerVersion, error) {
	v, ok := s.layerVersions.get(layerVersionKey(l))
	if s.cfg.Authority != nil {
		err := s.cfg.Authority.Authorize(ctx, &Access{
			Caller: awsapi.CallFrom(ctx).Caller, Action: "lambda:GetLayerVersion", Resource: l.String(), Policy: deref(v).Policy.compile(l.String()),
		})
		if err != nil {
			return nil, err
		}
	}
	if !ok {
		return nil, noLayerVersion(l)
	}
	return v, nil
}

func noLayerVersion(l arn.LayerVersion) error {
	return notFound("Layer version %s does not exist.", l)
}

// ListLayers lists the layers with their newest fitting versions.
func (s *Service) ListLayers(ctx context.Context, in *ListLayersRequest) (*ListLayersResponse, error) {
	var items []*LayersListItem
	for _, v := range s.layerVersions.under(scope(ctx)) {
		if !v.fits(in.CompatibleRuntime, in.CompatibleArchitecture) {
			continue
		}
		item := &LayersListItem{LayerName: &v.Name, LayerArn: v.Version.LayerArn, LatestMatchingVersion: v.listed()}
		if n := len(items); n > 0 && *items[n-1].LayerName == v.Name { // a newer version
			items[n-1] = item
			continue
		}
		items = append(items, item)
	}
	page, next, err := pageOf(items, in.Marker, in.MaxItems, func(i *LayersListItem) string { return *i.LayerName })
	return &ListLayersResponse{Layers: page, NextMarker: next}, err
}

// ListLayerVersions lists a layer's versions, the newest first.
func (s *Service) ListLayerVersions(ctx context.Context, in *ListLayerVersionsRequest) (*ListLayerVersionsResponse, error) {
	l, err := layerNamed(ctx, in.LayerName)
	if err != nil {
		return nil, err
	}
	var items []*LayerVersionsListItem
	for _, v := range s.layerVersions.under(layerKey(l) + "/") {
		if v.fits(in.CompatibleRuntime, in.CompatibleArchitecture) {
			items = append(items, v.listed())
		}
	}
	slices.Reverse(items)
	page, next, err := pageOf(items, in.Marker, in.MaxItems, func(i *LayerVersionsListItem) string {
		return paddedNumber(9_999_999_999 - *i.Version) // sorts like the list
	})
	return &ListLayerVersionsResponse{LayerVersions: page, NextMarker: next}, err
}

func (v *layerVersion) fits(runtime, architecture *string) bool {
	return (runtime == nil || slices.Contains(v.Version.CompatibleRuntimes, *runtime)) &&
		(architecture == nil || slices.Contains(v.Version.CompatibleArchitectures, *architecture))
}

func (v *layerVersion) listed() *LayerVersionsListItem {
	p := &v.Version
	return &LayerVersionsListItem{
		LayerVersionArn: p.LayerVersionArn, Version: p.Version, Description: p.Description, CreatedDate: p.CreatedDate,
		CompatibleArchitectures: p.CompatibleArchitectures, CompatibleRuntimes: p.CompatibleRuntimes, LicenseInfo: p.LicenseInfo,
	}
}

// DeleteLayerVersion removes a version; functions that use it keep it.
func (s *Service) DeleteLayerVersion(ctx context.Context, in *DeleteLayerVersionRequest) (*awsapi.Empty, error) {
	l, err := layerVersionNamed(ctx, in.LayerName, in.VersionNumber)
	if err != nil {
		return nil, err
	}
	_, err = s.layerVersions.update(ctx, layerVersionKey(l), func(*layerVersion) (*layerVersion, error) { return nil, nil })
	return nil, err
}

// useLayers makes the layers with those ARNs the version's. It keeps their
// code, so that deleting a layer does not break the function.
func (s *Service) useLayers(ctx context.Context, v *version, arns []string) error {
	if len(arns) > maxLayers {
		return invalidParameter("Cannot reference more than %d layers.", maxLayers)
	}
	v.Config.Layers, v.Layers = nil, nil
	seen := map[string]string{}
	for _, text := range arns {
		l, err := arn.ParseLayerVersion(text)
		if err != nil || l.Version == 0 {
			return invalidParameter("Layer version %s does not exist.", text)
		}
		if region := awsapi.CallFrom(ctx).Region; l.Region != region {
			return invalidParameter("Layers are not in the same region as the function. Layers are expected to be in region %s.", region)
		}
		if other := seen[layerKey(l)]; other != "" {
			return invalidParameter("Two different versions of the same layer are not allowed to be referenced in the same function. %s and %s are versions of the same layer.", other, text)
		}
		seen[layerKey(l)] = text
		found, err := s.readableLayer(ctx, l)
		if e := awsapi.AsError(err); e != nil && e.Code == codeNotFound {
			return invalidParameter("Layer version %s does not exist.", text)
		}
		if err != nil {
			return err
		}
		v.Config.Layers = append(v.Config.Layers, &Layer{Arn: &text, CodeSize: &found.Code.Size})
		v.Layers = append(v.Layers, found.Code)
	}
	return nil
}

// AddLayerVersionPermission lets others use a version of a layer.
func (s *Service) AddLayerVersionPermission(ctx context.Context, in *AddLayerVersionPermissionRequest) (*AddLayerVersionPermissionResponse, error) {
	l, err := layerVersionNamed(ctx, in.LayerName, in.VersionNumber)
	if err != nil {
		return nil, err
	}
	text, err := layerPermissionJSON(in, l)
	if err != nil {
		return nil, err
	}
	v, err := s.editLayerPolicy(ctx, l, in.RevisionId, func(p *ResourcePolicy) (*ResourcePolicy, error) {
		if p.has(in.StatementId) {
			return nil, conflict("The statement id (%s) provided already exists. Please provide a new statement id, or remove the existing statement.", in.StatementId)
		}
		return p.with(s.newID(), statement{in.StatementId, text}), nil
	})
	if err != nil {
		return nil, err
	}
	return &AddLayerVersionPermissionResponse{Statement: &text, RevisionId: &v.Policy.RevisionId}, nil
}

func layerPermissionJSON(in *AddLayerVersionPermissionRequest, l arn.LayerVersion) (string, error) {
	principal := `"*"`
	if in.Principal != "*" {
		var err error
		if principal, err = principalJSON(in.Principal); err != nil {
			return "", err
		}
	}
	text := `{"Sid":` + quote(in.StatementId) + `,"Effect":"Allow","Principal":` + principal + `,"Action":` + quote(in.Action) + `,"Resource":` + quote(l.String())
	if in.OrganizationId != nil {
		text += `,"Condition":{"StringEquals":{"aws:PrincipalOrgID":` + quote(*in.OrganizationId) + `}}`
	}
	return text + "}", nil
}

// editLayerPolicy replaces the policy of a layer's version.
func (s *Service) editLayerPolicy(ctx context.Context, l arn.LayerVersion, revision *string, change func(*ResourcePolicy) (*ResourcePolicy, error)) (*layerVersion, error) {
	return s.layerVersions.update(ctx, layerVersionKey(l), func(old *layerVersion) (*layerVersion, error) {
		if old == nil {
			return nil, noLayerVersion(l)
		}
		if revision != nil && *revision != deref(old.Policy).RevisionId {
			return nil, stale("GetLayerPolicy")
		}
		p, err := change(old.Policy)
		if err != nil {
			return nil, err
		}
		v := *old
		v.Policy = p
		return &v, nil
	})
}

// GetLayerVersionPolicy shows the policy of a version.
func (s *Service) GetLayerVersionPolicy(ctx context.Context, in *GetLayerVersionPolicyRequest) (*GetLayerVersionPolicyResponse, error) {
	l, err := layerVersionNamed(ctx, in.LayerName, in.VersionNumber)
	if err != nil {
		return nil, err
	}
	v, ok := s.layerVersions.get(layerVersionKey(l))
	switch {
	case !ok:
		return nil, noLayerVersion(l)
	case v.Policy == nil:
		return nil, notFound("No policy is associated with the given resource.")
	}
	return &GetLayerVersionPolicyResponse{Policy: new(v.Policy.Document()), RevisionId: &v.Policy.RevisionId}, nil
}

// RemoveLayerVersionPermission removes a statement from it.
func (s *Service) RemoveLayerVersionPermission(ctx context.Context, in *RemoveLayerVersionPermissionRequest) (*awsapi.Empty, error) {
	l, err := layerVersionNamed(ctx, in.LayerName, in.VersionNumber)
	if err != nil {
		return nil, err
	}
	_, err = s.editLayerPolicy(ctx, l, in.RevisionId, func(p *ResourcePolicy) (*ResourcePolicy, error) {
		if !p.has(in.StatementId) {
			return nil, notFound("Statement %s is not found in resource policy.", in.StatementId)
		}
		return p.without(s.newID(), in.StatementId), nil
	})
	return nil, err
}
