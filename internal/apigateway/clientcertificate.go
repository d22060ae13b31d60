package apigateway

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"time"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// certificateLife is how long a client certificate is valid. AWS: one year.
const certificateLife = 365 * 24 * time.Hour

// clientCertificate is a ClientCertificate and the private key to it.
type clientCertificate struct {
	ClientCertificate
	// PrivateKey is PKCS #8 in PEM, sealed if the service has a sealer.
	PrivateKey []byte `json:"privateKey"`
	Sealed     bool   `json:"sealed,omitzero"`
}

// GenerateClientCertificate makes a key and a self-signed certificate with
// which stages show backends who they are.
func (s *Service) GenerateClientCertificate(ctx context.Context, in *GenerateClientCertificateRequest) (*ClientCertificate, error) {
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	c, err := s.newCertificate()
	if err != nil {
		return nil, err
	}
	c.ClientCertificateId, c.Description, c.Tags = s.newID(shortID), in.Description, filled(in.Tags)
	if err := s.certificates.insert(ctx, callScope(ctx), c.ClientCertificateId, c, concurrentModification()); err != nil {
		return nil, err
	}
	return &c.ClientCertificate, nil
}

// GetClientCertificate answers with one certificate.
func (s *Service) GetClientCertificate(ctx context.Context, in *GetClientCertificateRequest) (*ClientCertificate, error) {
	c, ok := s.certificates.get(callScope(ctx), in.ClientCertificateId)
	if !ok {
		return nil, noCertificate()
	}
	return &c.ClientCertificate, nil
}

// GetClientCertificates lists the certificates in the order of their ids.
func (s *Service) GetClientCertificates(ctx context.Context, in *GetClientCertificatesRequest) (*ClientCertificates, error) {
	page, next, err := pageNouns(s.certificates, callScope(ctx), in.Position, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &ClientCertificates{Position: next, Items: []*ClientCertificate{}}
	for _, c := range page {
		out.Items = append(out.Items, &c.ClientCertificate)
	}
	return out, nil
}

// UpdateClientCertificate changes a certificate's description.
func (s *Service) UpdateClientCertificate(ctx context.Context, in *UpdateClientCertificateRequest) (*ClientCertificate, error) {
	c, err := s.certificates.change(ctx, callScope(ctx), in.ClientCertificateId, noCertificate(), func(c *clientCertificate) error {
		return clientCertificatePatch.apply(&c.ClientCertificate, in.PatchOperations)
	})
	if err != nil {
		return nil, err
	}
	return &c.ClientCertificate, nil
}

// DeleteClientCertificate removes a certificate that no stage uses.
func (s *Service) DeleteClientCertificate(ctx context.Context, in *DeleteClientCertificateRequest) (*awsapi.Empty, error) {
	sc := callScope(ctx)
	for _, st := range s.stages.in(sc) {
		if id := st.Stage.ClientCertificateId; id != nil && *id == in.ClientCertificateId {
			return nil, badRequest("Client certificate %s is used by stage %s and cannot be deleted", *id, st.Stage.StageName)
		}
	}
	return nil, s.certificates.remove(ctx, sc, in.ClientCertificateId, noCertificate())
}

var clientCertificatePatch = patchTable[ClientCertificate]{
	rules: []rule[ClientCertificate]{
		{path: "/description", replace: setText(func(c *ClientCertificate) **string { return &c.Description })},
	},
	refuse: mustBeOneOf("replace", "/description"),
}

// newCertificate generates a key of the kind that AWS's certificates have.
func (s *Service) newCertificate() (*clientCertificate, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, fmt.Errorf("generate client certificate: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 63))
	if err != nil {
		return nil, fmt.Errorf("generate client certificate: %w", err)
	}
	from := s.now().UTC().Truncate(time.Second)
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "ApiGateway"},
		NotBefore:    from,
		NotAfter:     from.Add(certificateLife),
		KeyUsage:     x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("generate client certificate: %w", err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("generate client certificate: %w", err)
	}
	c := &clientCertificate{ClientCertificate: ClientCertificate{
		PemEncodedCertificate: new(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))),
		CreatedDate:           new(awsapi.Seconds(template.NotBefore)),
		ExpirationDate:        new(awsapi.Seconds(template.NotAfter)),
	}}
	c.PrivateKey, c.Sealed, err = s.seal(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
	return c, err
}

// ClientCertificate returns the certificate with its private key, for the
// stages of an API.
func (s *Service) ClientCertificate(apiID, certificateID string) (tls.Certificate, error) {
	sc, _ := s.index.scopeOf(apiID)
	c, ok := s.certificates.get(sc, certificateID)
	if !ok {
		return tls.Certificate{}, noCertificate()
	}
	key, err := s.unseal(c.PrivateKey, c.Sealed)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("read client certificate %s: %w", certificateID, err)
	}
	pair, err := tls.X509KeyPair([]byte(*c.PemEncodedCertificate), key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("read client certificate %s: %w", certificateID, err)
	}
	return pair, nil
}

// seal encrypts a secret if the service can.
func (s *Service) seal(plain []byte) (stored []byte, sealed bool, err error) {
	if s.sealer == nil {
		return plain, false, nil
	}
	if stored, err = s.sealer.Seal(plain); err != nil {
		return nil, false, fmt.Errorf("seal a private key: %w", err)
	}
	return stored, true, nil
}

func (s *Service) unseal(stored []byte, sealed bool) ([]byte, error) {
	if !sealed {
		return stored, nil
	}
	if s.sealer == nil {
		return nil, fmt.Errorf("the private key is sealed and there is no key to unseal it with")
	}
	return s.sealer.Unseal(stored)
}
