package gateway

import (
	"crypto/x509"
	"encoding/pem"
	"time"
)

// clientCert is the certificate with which a client has proved itself to a
// custom domain name with mutual TLS, nil if there is none.
func (x *exchange) clientCert() *x509.Certificate {
	if x.r == nil || x.r.TLS == nil || !x.target.Custom || len(x.r.TLS.VerifiedChains) == 0 {
		return nil
	}
	return x.r.TLS.PeerCertificates[0]
}

// certTimeShape is how AWS prints the times of a certificate.
const certTimeShape = "Jan _2 15:04:05 2006 GMT"

func certTime(t time.Time) string { return t.UTC().Format(certTimeShape) }

// clientCertMembers are the members of identity.clientCert.
var clientCertMembers = []struct {
	name string
	of   func(*x509.Certificate) string
}{
	{"clientCertPem", func(c *x509.Certificate) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
	}},
	{"subjectDN", func(c *x509.Certificate) string { return c.Subject.String() }},
	{"issuerDN", func(c *x509.Certificate) string { return c.Issuer.String() }},
	{"serialNumber", func(c *x509.Certificate) string { return c.SerialNumber.String() }},
	{"validity.notBefore", func(c *x509.Certificate) string { return certTime(c.NotBefore) }},
	{"validity.notAfter", func(c *x509.Certificate) string { return certTime(c.NotAfter) }},
}

// clientCertValue returns $context.identity.clientCert.{name}.
func (x *exchange) clientCertValue(name string) string {
	c := x.clientCert()
	if c == nil {
		return ""
	}
	for _, m := range clientCertMembers {
		if m.name == name {
			return m.of(c)
		}
	}
	return ""
}

// appendClientCert appends the member clientCert of an event's identity, if
// there is a certificate.
func (x *exchange) appendClientCert(b []byte) []byte {
	c := x.clientCert()
	if c == nil {
		return b
	}
	b = append(b, `,"clientCert":{`...)
	for _, m := range clientCertMembers[:4] {
		b = append(appendQuoted(b, m.name), ':')
		b = append(appendQuoted(b, m.of(c)), ',')
	}
	b = appendQuoted(append(b, `"validity":{"notBefore":`...), certTime(c.NotBefore))
	b = appendQuoted(append(b, `,"notAfter":`...), certTime(c.NotAfter))
	return append(b, "}}"...)
}
