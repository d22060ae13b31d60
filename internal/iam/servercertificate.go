package iam

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"strings"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// certificateDocument is a stored server certificate. Its private key is checked
// and not kept: nothing here serves TLS with it, and AWS never gives it back.
type certificateDocument struct {
	Metadata ServerCertificateMetadata `json:"metadata"`
	Body     string                    `json:"body"`
	Chain    *string                   `json:"chain,omitzero"`
	Tags     []*Tag                    `json:"tags,omitzero"`
}

func (d *certificateDocument) clone() *certificateDocument { return new(*d) }

func (d *certificateDocument) answer() *ServerCertificateMetadata { return new(d.Metadata) }

// AWS: the default quota of an account.
const maxCertificates = 20

func noSuchCertificate(name string) error {
	return noSuchEntity("The Server Certificate with name %s cannot be found.", name)
}

func certificateExists(name string) error {
	return alreadyExists("The Server Certificate with name %s already exists.", name)
}

func certificateARN(account, path, name string) string {
	return "arn:aws:iam::" + account + ":server-certificate" + path + name
}

// certificate returns a server certificate of the caller's account.
func (s *Service) certificate(ctx context.Context, name string) (*certificateDocument, error) {
	d, _, ok := s.certificates.Get(entityKey(account(ctx), name))
	if !ok {
		return nil, noSuchCertificate(name)
	}
	return d, nil
}

func (s *Service) editCertificate(ctx context.Context, name string, change func(d *certificateDocument) error) (*awsapi.Empty, error) {
	return nil, s.transact(ctx, func(x *transaction) error {
		key := entityKey(account(ctx), name)
		old, rev, ok := s.certificates.Get(key)
		if !ok {
			return noSuchCertificate(name)
		}
		d := old.clone()
		if err := change(d); err != nil {
			return err
		}
		return put(x, s.certificates, key, rev, d)
	})
}

// UploadServerCertificate adds a certificate whose private key fits.
func (s *Service) UploadServerCertificate(ctx context.Context, in *UploadServerCertificateRequest) (*UploadServerCertificateResponse, error) {
	path, err := checkPath(in.Path)
	if err != nil {
		return nil, err
	}
	leaf, err := readCertificate(in)
	if err != nil {
		return nil, err
	}
	tags, err := taggedWith(nil, in.Tags, "TagsPerServerCertificate")
	if err != nil {
		return nil, err
	}
	d := &certificateDocument{
		Metadata: ServerCertificateMetadata{
			Path: path, ServerCertificateName: in.ServerCertificateName, ServerCertificateId: newID(certificateID),
			Arn:        certificateARN(account(ctx), path, in.ServerCertificateName),
			UploadDate: new(awsapi.Seconds(s.now())), Expiration: new(awsapi.Seconds(leaf.NotAfter)),
		},
		Body: strings.TrimSpace(in.CertificateBody), Chain: in.CertificateChain, Tags: tags,
	}
	key := entityKey(account(ctx), in.ServerCertificateName)
	err = s.transact(ctx, func(x *transaction) error {
		if _, _, taken := s.certificates.Get(key); taken {
			return certificateExists(in.ServerCertificateName)
		}
		if ownedBy(s.certificates, account(ctx)) >= maxCertificates {
			return overQuota("ServerCertificatesPerAccount", maxCertificates)
		}
		return put(x, s.certificates, key, 0, d)
	})
	if err != nil {
		return nil, err
	}
	return &UploadServerCertificateResponse{ServerCertificateMetadata: d.answer(), Tags: d.Tags}, nil
}

// readCertificate returns the certificate, if it and its chain can be read and
// the private key is its.
func readCertificate(in *UploadServerCertificateRequest) (*x509.Certificate, error) {
	leaf, err := parsePEM(in.CertificateBody)
	if err != nil {
		return nil, awsapi.Errorf(400, "MalformedCertificate", "Unable to parse certificate. Please ensure the certificate is in PEM format.")
	}
	if in.CertificateChain != nil {
		if _, err := parsePEM(*in.CertificateChain); err != nil {
			return nil, awsapi.Errorf(400, "MalformedCertificate", "Unable to parse certificate chain. Please ensure the chain is in PEM format.")
		}
	}
	if _, err := tls.X509KeyPair([]byte(in.CertificateBody), []byte(in.PrivateKey)); err != nil {
		return nil, awsapi.Errorf(400, "KeyPairMismatch", "Private key doesn't match certificate")
	}
	return leaf, nil
}

// parsePEM reads all certificates of a text and returns the first.
func parsePEM(text string) (*x509.Certificate, error) {
	var first *x509.Certificate
	for rest := []byte(text); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		if first == nil {
			first = c
		}
	}
	if first == nil {
		return nil, x509.ErrUnsupportedAlgorithm // no certificate at all
	}
	return first, nil
}

// GetServerCertificate returns a certificate, without its private key.
func (s *Service) GetServerCertificate(ctx context.Context, in *GetServerCertificateRequest) (*GetServerCertificateResponse, error) {
	d, err := s.certificate(ctx, in.ServerCertificateName)
	if err != nil {
		return nil, err
	}
	return &GetServerCertificateResponse{ServerCertificate: &ServerCertificate{
		ServerCertificateMetadata: d.answer(), CertificateBody: d.Body, CertificateChain: d.Chain, Tags: d.Tags,
	}}, nil
}

// ListServerCertificates lists the account's certificates by name.
func (s *Service) ListServerCertificates(ctx context.Context, in *ListServerCertificatesRequest) (*ListServerCertificatesResponse, error) {
	list := belowPath(s.certificates, account(ctx), in.PathPrefix, (*certificateDocument).answer, func(d *certificateDocument) string { return d.Metadata.Path })
	items, marker, truncated, err := page(list, in.Marker, in.MaxItems, func(m *ServerCertificateMetadata) string { return m.ServerCertificateName })
	return &ListServerCertificatesResponse{ServerCertificateMetadataList: items, Marker: marker, IsTruncated: truncated}, err
}

// UpdateServerCertificate gives a certificate another name or path.
func (s *Service) UpdateServerCertificate(ctx context.Context, in *UpdateServerCertificateRequest) (*awsapi.Empty, error) {
	path, err := checkPath(in.NewPath)
	if err != nil {
		return nil, err
	}
	return nil, s.transact(ctx, func(x *transaction) error {
		from := entityKey(account(ctx), in.ServerCertificateName)
		old, rev, ok := s.certificates.Get(from)
		if !ok {
			return noSuchCertificate(in.ServerCertificateName)
		}
		d := old.clone()
		if in.NewPath != nil {
			d.Metadata.Path = path
		}
		if in.NewServerCertificateName != nil {
			d.Metadata.ServerCertificateName = *in.NewServerCertificateName
		}
		d.Metadata.Arn = certificateARN(account(ctx), d.Metadata.Path, d.Metadata.ServerCertificateName)
		to := entityKey(account(ctx), d.Metadata.ServerCertificateName)
		if to != from {
			if _, _, taken := s.certificates.Get(to); taken {
				return certificateExists(d.Metadata.ServerCertificateName)
			}
			remove(x, s.certificates, from, rev)
			rev = 0
		}
		return put(x, s.certificates, to, rev, d)
	})
}

// DeleteServerCertificate removes a certificate.
func (s *Service) DeleteServerCertificate(ctx context.Context, in *DeleteServerCertificateRequest) (*awsapi.Empty, error) {
	return nil, s.transact(ctx, func(x *transaction) error {
		key := entityKey(account(ctx), in.ServerCertificateName)
		_, rev, ok := s.certificates.Get(key)
		if !ok {
			return noSuchCertificate(in.ServerCertificateName)
		}
		remove(x, s.certificates, key, rev)
		return nil
	})
}

// TagServerCertificate adds tags to a certificate.
func (s *Service) TagServerCertificate(ctx context.Context, in *TagServerCertificateRequest) (*awsapi.Empty, error) {
	return s.editCertificate(ctx, in.ServerCertificateName, func(d *certificateDocument) (err error) {
		d.Tags, err = taggedWith(d.Tags, in.Tags, "TagsPerServerCertificate")
		return err
	})
}

// UntagServerCertificate removes tags from a certificate.
func (s *Service) UntagServerCertificate(ctx context.Context, in *UntagServerCertificateRequest) (*awsapi.Empty, error) {
	return s.editCertificate(ctx, in.ServerCertificateName, func(d *certificateDocument) error {
		d.Tags = untagged(d.Tags, in.TagKeys)
		return nil
	})
}

// ListServerCertificateTags lists a certificate's tags.
func (s *Service) ListServerCertificateTags(ctx context.Context, in *ListServerCertificateTagsRequest) (*ListServerCertificateTagsResponse, error) {
	d, err := s.certificate(ctx, in.ServerCertificateName)
	if err != nil {
		return nil, err
	}
	tags, marker, truncated, err := tagPage(d.Tags, in.Marker, in.MaxItems)
	return &ListServerCertificateTagsResponse{Tags: tags, Marker: marker, IsTruncated: truncated}, err
}
