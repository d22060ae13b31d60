package iam

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// newCertificate makes a certificate and its private key.
func newCertificate(t *testing.T, now time.Time) (certificate, private string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "pets.example"},
		NotBefore: now, NotAfter: now.Add(24 * time.Hour), DNSNames: []string{"pets.example"},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}))
}

func TestServerCertificates(t *testing.T) {
	t.Parallel()
	s, ctx, c := newService(t)
	body, private := newCertificate(t, c.Now())
	chain, other := newCertificate(t, c.Now())
	upload := func(name, body, private string, chain *string) error {
		_, err := s.UploadServerCertificate(ctx, &UploadServerCertificateRequest{ServerCertificateName: name, CertificateBody: body, PrivateKey: private, CertificateChain: chain, Path: new("/web/")})
		return err
	}
	wantError(t, upload("pets", "nonsense", private, nil), refusal{"MalformedCertificate", 400, "Unable to parse certificate. Please ensure the certificate is in PEM format."})
	wantError(t, upload("pets", body, private, new("nonsense")), refusal{"MalformedCertificate", 400, "Unable to parse certificate chain. Please ensure the chain is in PEM format."})
	wantError(t, upload("pets", body, other, nil), refusal{"KeyPairMismatch", 400, "Private key doesn't match certificate"})
	must(t, nil, upload("pets", body, private, &chain))
	wantError(t, upload("pets", body, private, nil), refusal{"EntityAlreadyExists", 409, "The Server Certificate with name pets already exists."})

	got := ok[*GetServerCertificateResponse](t)(s.GetServerCertificate(ctx, &GetServerCertificateRequest{ServerCertificateName: "pets"})).ServerCertificate
	id := got.ServerCertificateMetadata.ServerCertificateId
	if !strings.HasPrefix(id, "ASCA") || len(id) != idLength {
		t.Errorf("the id is %s", id)
	}
	want := ServerCertificateMetadata{
		Path: "/web/", ServerCertificateName: "pets", ServerCertificateId: id, Arn: "arn:aws:iam::" + testAccount + ":server-certificate/web/pets",
		UploadDate: new(awsapi.Seconds(c.Now())), Expiration: new(awsapi.Seconds(c.Now().Add(24 * time.Hour))),
	}
	same(t, "certificate", *got, ServerCertificate{ServerCertificateMetadata: &want, CertificateBody: strings.TrimSpace(body), CertificateChain: &chain})

	must(t, nil, second(s.TagServerCertificate(ctx, &TagServerCertificateRequest{ServerCertificateName: "pets", Tags: []*Tag{{"team", "pets"}, {"env", "prod"}}})))
	must(t, nil, second(s.UntagServerCertificate(ctx, &UntagServerCertificateRequest{ServerCertificateName: "pets", TagKeys: []string{"ENV"}})))
	must(t, nil, second(s.UpdateServerCertificate(ctx, &UpdateServerCertificateRequest{ServerCertificateName: "pets", NewServerCertificateName: new("animals"), NewPath: new("/")})))
	want.Path, want.ServerCertificateName, want.Arn = "/", "animals", "arn:aws:iam::"+testAccount+":server-certificate/animals"
	list := ok[*ListServerCertificatesResponse](t)(s.ListServerCertificates(ctx, &ListServerCertificatesRequest{}))
	same(t, "list", list.ServerCertificateMetadataList, []*ServerCertificateMetadata{&want})
	tags := ok[*ListServerCertificateTagsResponse](t)(s.ListServerCertificateTags(ctx, &ListServerCertificateTagsRequest{ServerCertificateName: "animals"}))
	same(t, "tags", tags.Tags, []*Tag{{"team", "pets"}})
	wantError(t, second(s.DeleteServerCertificate(ctx, &DeleteServerCertificateRequest{ServerCertificateName: "pets"})), refusal{"NoSuchEntity", 404, "The Server Certificate with name pets cannot be found."})
	must(t, nil, second(s.DeleteServerCertificate(ctx, &DeleteServerCertificateRequest{ServerCertificateName: "animals"})))
	wantError(t, second(s.GetServerCertificate(ctx, &GetServerCertificateRequest{ServerCertificateName: "animals"})), refusal{"NoSuchEntity", 404, "The Server Certificate with name animals cannot be found."})
}
