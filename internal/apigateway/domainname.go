package apigateway

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/store"
)

// domainName is a DomainName and the uploaded certificate, if there is one.
type domainName struct {
	DomainName
	CertificateChain []byte `json:"certificateChain,omitempty"` // PEM, the domain's own first
	PrivateKey       []byte `json:"privateKey,omitempty"`       // PEM, sealed if the service has a sealer
	Sealed           bool   `json:"sealed,omitzero"`
}

// hostNames are names such as api.example.com, with a wildcard in front.
var hostNames = regexp.MustCompile(`^(\*\.)?([a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$`)

// Hosted zones of the names that AWS gives to domains. Edge names are in
// CloudFront's zone; the zones of other regions differ and are not needed by
// anything here, so that all show us-east-1's.
const (
	edgeZone     = "Z2FDTNDATAQYW2"
	regionalZone = "Z1UJRXOUMOOFQ8"
)

// domainKey is a domain's id in its table. Private names may exist several
// times; they have ids of their own.
func domainKey(name string, privateID *string) string {
	if privateID == nil || *privateID == "" {
		return strings.ToLower(name)
	}
	return strings.ToLower(name) + "+" + *privateID
}

// CreateDomainName makes a custom domain name.
func (s *Service) CreateDomainName(ctx context.Context, in *CreateDomainNameRequest) (*DomainName, error) {
	sc := callScope(ctx)
	d := &domainName{DomainName: DomainName{
		DomainName:              in.DomainName,
		CertificateName:         in.CertificateName,
		CertificateArn:          in.CertificateArn,
		RegionalCertificateName: in.RegionalCertificateName,
		RegionalCertificateArn:  in.RegionalCertificateArn,
		DomainNameStatus:        new("AVAILABLE"),
		SecurityPolicy:          in.SecurityPolicy,
		EndpointAccessMode:      in.EndpointAccessMode,
		Tags:                    filled(in.Tags),
		RoutingMode:             in.RoutingMode,
		Policy:                  nonEmpty(in.Policy),

		OwnershipVerificationCertificateArn: in.OwnershipVerificationCertificateArn,
	}}
	if !hostNames.MatchString(in.DomainName) || len(in.DomainName) > 253 {
		return nil, badRequest("Invalid domain name specified: %s", in.DomainName)
	}
	if m := in.MutualTlsAuthentication; m != nil {
		d.MutualTlsAuthentication = &MutualTlsAuthentication{TruststoreUri: m.TruststoreUri, TruststoreVersion: m.TruststoreVersion}
	}
	var err error
	if d.EndpointConfiguration, err = newEndpoint(in.EndpointConfiguration); err != nil {
		return nil, err
	}
	if err := s.uploadCertificate(d, in); err != nil {
		return nil, err
	}
	if err := checkTags(d.Tags); err != nil {
		return nil, err
	}
	if d.isPrivate() {
		d.DomainNameId = new(s.newID(domainID))
		d.DomainNameArn = new(fmt.Sprintf("arn:%s:apigateway:%s:%s:/domainnames/%s+%s", arn.Partition(sc.region), sc.region, sc.account, d.DomainName.DomainName, *d.DomainNameId))
	} else {
		d.DomainNameArn = new(sc.arnOf("/domainnames/%s", d.DomainName.DomainName))
	}
	if err := d.complete(s, sc); err != nil {
		return nil, err
	}
	if !d.isPrivate() && s.hostTaken(d.DomainName.DomainName) {
		return nil, domainExists()
	}
	if err := s.domains.insert(ctx, sc, domainKey(d.DomainName.DomainName, d.DomainNameId), d, domainExists()); err != nil {
		return nil, err
	}
	return &d.DomainName, nil
}

func domainExists() error { return badRequest("The domain name you provided already exists.") }

func (s *Service) hostTaken(name string) bool {
	s.index.mu.RLock()
	defer s.index.mu.RUnlock()
	_, taken := s.index.hosts[strings.ToLower(name)]
	return taken
}

// uploadCertificate takes a certificate that comes with the request.
func (s *Service) uploadCertificate(d *domainName, in *CreateDomainNameRequest) (err error) {
	if in.CertificateBody == nil && in.CertificatePrivateKey == nil {
		return nil
	}
	if in.CertificateBody == nil || in.CertificatePrivateKey == nil {
		return badRequest("Both certificateBody and certificatePrivateKey are required")
	}
	chain := *in.CertificateBody
	if in.CertificateChain != nil {
		chain += "\n" + *in.CertificateChain
	}
	pair, err := tls.X509KeyPair([]byte(chain), []byte(*in.CertificatePrivateKey))
	if err != nil {
		return badRequest("Invalid certificate specified: certificate and private key do not fit each other or are not PEM")
	}
	if leaf, err := x509.ParseCertificate(pair.Certificate[0]); err != nil || leaf.VerifyHostname(strings.Replace(d.DomainName.DomainName, "*", "x", 1)) != nil {
		return badRequest("Invalid certificate specified: the certificate is not for %s", d.DomainName.DomainName)
	}
	d.CertificateChain = []byte(chain)
	d.CertificateUploadDate = new(awsapi.Seconds(s.now()))
	d.PrivateKey, d.Sealed, err = s.seal([]byte(*in.CertificatePrivateKey))
	return err
}

func (d *domainName) isPrivate() bool  { return d.EndpointConfiguration.Types[0] == "PRIVATE" }
func (d *domainName) isRegional() bool { return d.EndpointConfiguration.Types[0] == "REGIONAL" }

// complete checks d, and makes the names under which its endpoint is reached
// agree with the endpoint's type.
func (d *domainName) complete(s *Service, sc scope) error {
	if d.SecurityPolicy == nil {
		d.SecurityPolicy = new("TLS_1_2")
	}
	for _, c := range []struct {
		name, shape string
		value       *string
	}{
		{"security policy", "SecurityPolicy", d.SecurityPolicy},
		{"endpoint access mode", "EndpointAccessMode", d.EndpointAccessMode},
		{"routing mode", "RoutingMode", d.RoutingMode},
	} {
		if choice := constraints[c.shape].Enum; c.value != nil && !slices.Contains(choice, *c.value) {
			return badRequest("Invalid %s specified. Valid options are %s", c.name, strings.Join(choice, ","))
		}
	}
	for _, certificate := range []*string{d.CertificateArn, d.RegionalCertificateArn, d.OwnershipVerificationCertificateArn} {
		if certificate == nil {
			continue
		}
		if a, err := arn.Parse(*certificate); err != nil || a.Service != "acm" {
			return badRequest("Invalid certificate ARN: %s", *certificate)
		}
	}
	if m := d.MutualTlsAuthentication; m != nil && (m.TruststoreUri == nil || !strings.HasPrefix(*m.TruststoreUri, "s3://")) {
		return badRequest("Invalid truststoreUri specified. Must be of the form s3://bucket/key")
	}
	if d.Policy != nil {
		api := restAPI{scope: sc, knows: s.knowsPrincipal}
		policy, err := api.resourcePolicy(*d.Policy)
		if err != nil {
			return err
		}
		d.Policy = &policy
	}
	return d.completeEndpoint(s, sc)
}

func (d *domainName) completeEndpoint(s *Service, sc scope) error {
	uploaded := len(d.CertificateChain) > 0
	switch {
	case d.isPrivate():
		d.DistributionDomainName, d.DistributionHostedZoneId = nil, nil
		d.RegionalDomainName, d.RegionalHostedZoneId = nil, nil
		if d.CertificateArn == nil && !uploaded {
			return badRequest("A certificate is required for a private custom domain name")
		}
	case d.isRegional():
		if d.RegionalCertificateArn == nil && d.RegionalCertificateName == nil && !uploaded {
			return badRequest("A regional certificate is required for a domain name with a REGIONAL endpoint")
		}
		d.DistributionDomainName, d.DistributionHostedZoneId = nil, nil
		if d.RegionalDomainName == nil {
			d.RegionalDomainName = new("d-" + s.newID(domainID) + ".execute-api." + sc.region + ".amazonaws.com")
			d.RegionalHostedZoneId = new(regionalZone)
		}
	default:
		if d.CertificateArn == nil && d.CertificateName == nil && !uploaded {
			return badRequest("A certificate is required for a domain name with an EDGE endpoint")
		}
		d.RegionalDomainName, d.RegionalHostedZoneId = nil, nil
		if d.DistributionDomainName == nil {
			d.DistributionDomainName = new("d" + s.newID(13) + ".cloudfront.net")
			d.DistributionHostedZoneId = new(edgeZone)
		}
	}
	return nil
}

// GetDomainName answers with one domain name.
func (s *Service) GetDomainName(ctx context.Context, in *GetDomainNameRequest) (*DomainName, error) {
	d, ok := s.domains.get(callScope(ctx), domainKey(in.DomainName, in.DomainNameId))
	if !ok {
		return nil, noDomainName()
	}
	return &d.DomainName, nil
}

// GetDomainNames lists the domain names in their order. Names that other
// accounts share do not exist here.
func (s *Service) GetDomainNames(ctx context.Context, in *GetDomainNamesRequest) (*DomainNames, error) {
	out := &DomainNames{Items: []*DomainName{}}
	if in.ResourceOwner != nil && *in.ResourceOwner == "OTHER_ACCOUNTS" {
		return out, nil
	}
	page, next, err := pageNouns(s.domains, callScope(ctx), in.Position, in.Limit)
	if err != nil {
		return nil, err
	}
	for _, d := range page {
		out.Items = append(out.Items, &d.DomainName)
	}
	out.Position = next
	return out, nil
}

// UpdateDomainName changes certificates, endpoint and policies of a domain
// name.
func (s *Service) UpdateDomainName(ctx context.Context, in *UpdateDomainNameRequest) (*DomainName, error) {
	sc := callScope(ctx)
	d, err := s.domains.change(ctx, sc, domainKey(in.DomainName, in.DomainNameId), noDomainName(), func(d *domainName) error {
		if err := domainNamePatch.apply(d, in.PatchOperations); err != nil {
			return err
		}
		return d.complete(s, sc)
	})
	if err != nil {
		return nil, err
	}
	return &d.DomainName, nil
}

// DeleteDomainName removes a domain name with its base path mappings.
func (s *Service) DeleteDomainName(ctx context.Context, in *DeleteDomainNameRequest) (*awsapi.Empty, error) {
	sc := callScope(ctx)
	id := domainKey(in.DomainName, in.DomainNameId)
	if _, ok := s.domains.get(sc, id); !ok {
		return nil, noDomainName()
	}
	changes := []store.Change{s.domains.DeleteChange(sc.key(id), store.Any)}
	for m := range s.mappings.below(sc, id+"/") {
		changes = append(changes, s.mappings.DeleteChange(sc.key(m), store.Any))
	}
	rev, err := s.st.Commit(ctx, changes...)
	if err != nil {
		return nil, err
	}
	if len(changes) > 1 {
		if err := s.mappings.WaitFor(ctx, rev); err != nil {
			return nil, err
		}
	}
	return nil, s.domains.WaitFor(ctx, rev)
}

// Certificate returns the certificate that was uploaded for a domain name, nil
// if there is none.
func (s *Service) Certificate(host string) (*tls.Certificate, error) {
	d, ok := s.domain(host)
	if !ok || len(d.CertificateChain) == 0 {
		return nil, nil
	}
	key, err := s.unseal(d.PrivateKey, d.Sealed)
	if err != nil {
		return nil, fmt.Errorf("read certificate of %s: %w", host, err)
	}
	pair, err := tls.X509KeyPair(d.CertificateChain, key)
	if err != nil {
		return nil, fmt.Errorf("read certificate of %s: %w", host, err)
	}
	return &pair, nil
}

// domain finds a public domain name of any account: exactly, else by the
// wildcard for its first label.
func (s *Service) domain(host string) (*domainName, bool) {
	host = strings.ToLower(host)
	s.index.mu.RLock()
	sc, ok := s.index.hosts[host]
	if !ok {
		if _, parent, cut := strings.Cut(host, "."); cut {
			host = "*." + parent
			sc, ok = s.index.hosts[host]
		}
	}
	s.index.mu.RUnlock()
	if !ok {
		return nil, false
	}
	return s.domains.get(sc, host)
}
