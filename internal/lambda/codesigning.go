package lambda

import (
	"archive/zip"
	"context"
	"crypto/rand"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// codeSigningConfig is a stored code signing configuration. Where it enforces,
// code without a signature is refused; what a signature says is not checked.
type codeSigningConfig struct {
	Config CodeSigningConfig `json:"config"`
	Tags   map[string]string `json:"tags,omitzero"`
}

func codeSigningID(configARN string) string {
	return configARN[strings.LastIndexByte(configARN, ':')+1:]
}

func noCodeSigning(configARN string) error {
	return notFound("The Lambda code signing configuration %s can not be found.", configARN)
}

// CreateCodeSigningConfig stores a configuration.
func (s *Service) CreateCodeSigningConfig(ctx context.Context, in *CreateCodeSigningConfigRequest) (*CreateCodeSigningConfigResponse, error) {
	call := awsapi.CallFrom(ctx)
	id := "csc-0" + randomHex(8)
	c := &codeSigningConfig{Tags: in.Tags, Config: CodeSigningConfig{
		CodeSigningConfigId: id, Description: in.Description, AllowedPublishers: in.AllowedPublishers,
		CodeSigningConfigArn: arn.ARN{Partition: arn.Partition(call.Region), Service: "lambda", Region: call.Region, Account: call.Caller.Account, Resource: "code-signing-config:" + id}.String(),
		CodeSigningPolicies:  in.CodeSigningPolicies.orWarn(), LastModified: isoTime(s.now()),
	}}
	if err := checkTags(in.Tags, nil); err != nil {
		return nil, err
	}
	if err := s.codeSigning.table.Insert(ctx, scope(ctx)+id, c); err != nil {
		return nil, err
	}
	return &CreateCodeSigningConfigResponse{CodeSigningConfig: &c.Config}, nil
}

// orWarn is the default of policies. AWS: Warn.
func (p *CodeSigningPolicies) orWarn() *CodeSigningPolicies {
	if p == nil || p.UntrustedArtifactOnDeployment == nil {
		return &CodeSigningPolicies{UntrustedArtifactOnDeployment: new("Warn")}
	}
	return p
}

func randomHex(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	return hex.EncodeToString(b)
}

// signatureFile begins the name of what AWS Signer adds to a package.
const signatureFile = "META-INF/aws_signer_signature"

func isSigned(zr *zip.Reader) bool {
	return slices.ContainsFunc(zr.File, func(f *zip.File) bool { return strings.HasPrefix(f.Name, signatureFile) })
}

// checkSigned refuses code and layers without signature for a function whose
// configuration enforces them.
func (s *Service) checkSigned(ctx context.Context, f *function, code codePackage, layers []codePackage) error {
	if f.CodeSigningConfigArn == "" {
		return nil
	}
	c, err := s.codeSigningConfig(ctx, f.CodeSigningConfigArn)
	if err != nil {
		return err
	}
	if deref(c.Config.CodeSigningPolicies.UntrustedArtifactOnDeployment) != "Enforce" {
		return nil
	}
	for _, p := range append([]codePackage{code}, layers...) {
		if !p.Signed {
			return errUnsigned
		}
	}
	return nil
}

// checkCodeSigning checks that a configuration exists, if one is named.
func (s *Service) checkCodeSigning(ctx context.Context, configARN string) error {
	if configARN == "" {
		return nil
	}
	_, err := s.codeSigningConfig(ctx, configARN)
	return err
}

func (s *Service) codeSigningConfig(ctx context.Context, configARN string) (*codeSigningConfig, error) {
	c, ok := s.codeSigning.get(scope(ctx) + codeSigningID(configARN))
	if !ok || c.Config.CodeSigningConfigArn != configARN {
		return nil, noCodeSigning(configARN)
	}
	return c, nil
}

// GetCodeSigningConfig shows a configuration.
func (s *Service) GetCodeSigningConfig(ctx context.Context, in *GetCodeSigningConfigRequest) (*GetCodeSigningConfigResponse, error) {
	c, err := s.codeSigningConfig(ctx, in.CodeSigningConfigArn)
	if err != nil {
		return nil, err
	}
	return &GetCodeSigningConfigResponse{CodeSigningConfig: &c.Config}, nil
}

// ListCodeSigningConfigs lists the configurations.
func (s *Service) ListCodeSigningConfigs(ctx context.Context, in *ListCodeSigningConfigsRequest) (*ListCodeSigningConfigsResponse, error) {
	var items []*CodeSigningConfig
	for _, c := range s.codeSigning.under(scope(ctx)) {
		items = append(items, &c.Config)
	}
	page, next, err := pageOf(items, in.Marker, in.MaxItems, func(c *CodeSigningConfig) string { return c.CodeSigningConfigId })
	return &ListCodeSigningConfigsResponse{CodeSigningConfigs: page, NextMarker: next}, err
}

// UpdateCodeSigningConfig changes what it names.
func (s *Service) UpdateCodeSigningConfig(ctx context.Context, in *UpdateCodeSigningConfigRequest) (*UpdateCodeSigningConfigResponse, error) {
	c, err := s.editCodeSigning(ctx, in.CodeSigningConfigArn, func(c *codeSigningConfig) error {
		set(&c.Config.Description, in.Description)
		set(&c.Config.AllowedPublishers, in.AllowedPublishers)
		set(&c.Config.CodeSigningPolicies, in.CodeSigningPolicies)
		c.Config.LastModified = isoTime(s.now())
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &UpdateCodeSigningConfigResponse{CodeSigningConfig: &c.Config}, nil
}

func (s *Service) editCodeSigning(ctx context.Context, configARN string, change func(*codeSigningConfig) error) (*codeSigningConfig, error) {
	return s.codeSigning.update(ctx, scope(ctx)+codeSigningID(configARN), func(old *codeSigningConfig) (*codeSigningConfig, error) {
		if old == nil {
			return nil, noCodeSigning(configARN)
		}
		c := *old
		return &c, change(&c)
	})
}

func (s *Service) tagCodeSigning(ctx context.Context, id string, change func(map[string]string) (map[string]string, error)) error {
	_, err := s.editCodeSigning(ctx, id, func(c *codeSigningConfig) (err error) {
		c.Tags, err = change(c.Tags)
		return err
	})
	return err
}

// DeleteCodeSigningConfig removes a configuration that no function uses.
func (s *Service) DeleteCodeSigningConfig(ctx context.Context, in *DeleteCodeSigningConfigRequest) (*DeleteCodeSigningConfigResponse, error) {
	if _, err := s.codeSigningConfig(ctx, in.CodeSigningConfigArn); err != nil {
		return nil, err
	}
	if len(s.signedBy(ctx, in.CodeSigningConfigArn)) > 0 {
		return nil, conflict("Cannot delete the code signing configuration %s because it is used by functions.", in.CodeSigningConfigArn)
	}
	return &DeleteCodeSigningConfigResponse{}, s.codeSigning.table.Delete(ctx, scope(ctx)+codeSigningID(in.CodeSigningConfigArn))
}

// signedBy lists the ARNs of the functions that use a configuration.
func (s *Service) signedBy(ctx context.Context, configARN string) []string {
	arns := []string{}
	for _, f := range s.functions.under(scope(ctx)) {
		if f.CodeSigningConfigArn == configARN {
			arns = append(arns, f.arn(""))
		}
	}
	return arns
}

// ListFunctionsByCodeSigningConfig lists the functions that use one.
func (s *Service) ListFunctionsByCodeSigningConfig(ctx context.Context, in *ListFunctionsByCodeSigningConfigRequest) (*ListFunctionsByCodeSigningConfigResponse, error) {
	if _, err := s.codeSigningConfig(ctx, in.CodeSigningConfigArn); err != nil {
		return nil, err
	}
	page, next, err := pageOf(s.signedBy(ctx, in.CodeSigningConfigArn), in.Marker, in.MaxItems, func(a string) string { return a })
	return &ListFunctionsByCodeSigningConfigResponse{FunctionArns: page, NextMarker: next}, err
}

// PutFunctionCodeSigningConfig ties a function to a configuration.
func (s *Service) PutFunctionCodeSigningConfig(ctx context.Context, in *PutFunctionCodeSigningConfigRequest) (*PutFunctionCodeSigningConfigResponse, error) {
	if err := s.checkCodeSigning(ctx, in.CodeSigningConfigArn); err != nil {
		return nil, err
	}
	ref, err := unqualified(ctx, in.FunctionName)
	if err != nil {
		return nil, err
	}
	err = s.edit(ctx, ref, func(e *edit) error {
		e.f.CodeSigningConfigArn = in.CodeSigningConfigArn
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &PutFunctionCodeSigningConfigResponse{CodeSigningConfigArn: in.CodeSigningConfigArn, FunctionName: ref.Name}, nil
}

// GetFunctionCodeSigningConfig shows which configuration a function uses.
func (s *Service) GetFunctionCodeSigningConfig(ctx context.Context, in *GetFunctionCodeSigningConfigRequest) (*GetFunctionCodeSigningConfigResponse, error) {
	f, _, err := s.functionOf(ctx, in.FunctionName)
	if err != nil {
		return nil, err
	}
	return &GetFunctionCodeSigningConfigResponse{CodeSigningConfigArn: f.CodeSigningConfigArn, FunctionName: f.Name}, nil
}

// DeleteFunctionCodeSigningConfig unties it.
func (s *Service) DeleteFunctionCodeSigningConfig(ctx context.Context, in *DeleteFunctionCodeSigningConfigRequest) (*awsapi.Empty, error) {
	ref, err := unqualified(ctx, in.FunctionName)
	if err != nil {
		return nil, err
	}
	return nil, s.edit(ctx, ref, func(e *edit) error {
		e.f.CodeSigningConfigArn = ""
		return nil
	})
}
