package apigateway

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"strings"
	"testing"
)

const certificateARN = "arn:aws:acm:us-east-1:111111111111:certificate/c"

func TestDomainNames(t *testing.T) {
	t.Parallel()
	ts := newServer(t)
	const regional = `{"domainName":"api.example.com","regionalCertificateArn":"` + certificateARN + `","endpointConfiguration":{"types":["REGIONAL"]}}`
	shown := `{"domainName":"api.example.com","domainNameArn":"arn:aws:apigateway:us-east-1::/domainnames/api.example.com","regionalDomainName":"d-0000000001.execute-api.us-east-1.amazonaws.com","regionalHostedZoneId":"Z1UJRXOUMOOFQ8","regionalCertificateArn":"` + certificateARN + `","endpointConfiguration":{"types":["REGIONAL"],"ipAddressType":"ipv4"},"domainNameStatus":"AVAILABLE","securityPolicy":"TLS_1_2"}`
	for _, c := range []struct{ name, body, want string }{
		{"regional", regional, "201 " + shown},
		{"exists", regional, "400 BadRequestException The domain name you provided already exists."},
		{"name", `{"domainName":"a b"}`, "400 BadRequestException Invalid domain name specified: a b"},
		{"no certificate", `{"domainName":"x.example.com"}`, "400 BadRequestException A certificate is required for a domain name with an EDGE endpoint"},
		{"certificate", `{"domainName":"x.example.com","certificateArn":"x"}`, "400 BadRequestException Invalid certificate ARN: x"},
		{"truststore", `{"domainName":"x.example.com","certificateArn":"` + certificateARN + `","mutualTlsAuthentication":{"truststoreUri":"x"}}`, "400 BadRequestException Invalid truststoreUri specified. Must be of the form s3://bucket/key"},
		{"uploaded nonsense", `{"domainName":"x.example.com","certificateBody":"x","certificatePrivateKey":"y"}`, "400 BadRequestException Invalid certificate specified: certificate and private key do not fit each other or are not PEM"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := ts.do("POST /domainnames", c.body); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
	ts.account = "222222222222"
	ts.expect("POST /domainnames", regional, "400 BadRequestException The domain name you provided already exists.")
	ts.account = testAccount
	at := "/domainnames/api.example.com"
	ts.expect("GET /domainnames", "", `200 {"item":[`+shown+`]}`)
	ts.expect("GET /domainnames?resourceOwner=OTHER_ACCOUNTS", "", `200 {"item":[]}`)
	ts.expectPatch(at, "200 "+strings.Replace(shown, "TLS_1_2", "TLS_1_0", 1), "replace /securityPolicy TLS_1_0")
	ts.expectPatch(at, "400 BadRequestException A certificate is required for a domain name with an EDGE endpoint", "replace /endpointConfiguration/types/0 EDGE")
	got := ts.must("PATCH "+at, patchBody("add /certificateArn "+certificateARN, "add /endpointConfiguration/types EDGE", "remove /endpointConfiguration/types REGIONAL"))
	if !strings.Contains(got, `"distributionHostedZoneId":"Z2FDTNDATAQYW2"`) || strings.Contains(got, "regionalDomainName") {
		t.Error(got)
	}
	if got := ts.do("PATCH "+at, patchBody("replace /policy {}")); !strings.HasPrefix(got, "400 BadRequestException Invalid patch path  '/policy' specified for op 'replace'. Must be one of: [/certificateName,") {
		t.Error(got)
	}
	ts.expect("DELETE "+at, "", "202")
	ts.expect("GET "+at, "", "404 NotFoundException Invalid domain name identifier specified")
}

func TestUploadedCertificate(t *testing.T) {
	t.Parallel()
	ts := newServerWith(t, Config{Sealer: xorSealer{}})
	c := must(ts.newCertificate()) // its subject has no host name
	key := must(ts.unseal(c.PrivateKey, c.Sealed))
	body, _ := json.Marshal(map[string]string{"domainName": "x.example.com", "certificateBody": *c.PemEncodedCertificate, "certificatePrivateKey": string(key)})
	ts.expect("POST /domainnames", string(body), "400 BadRequestException Invalid certificate specified: the certificate is not for x.example.com")
}

func TestBasePathMappings(t *testing.T) {
	t.Parallel()
	ts := newServer(t)
	id := strings.TrimPrefix(ts.deployed("s"), "/restapis/")
	for _, name := range []string{"api.example.com", "*.example.org"} {
		ts.must("POST /domainnames", `{"domainName":"`+name+`","certificateArn":"`+certificateARN+`"}`)
	}
	at := "/domainnames/api.example.com/basepathmappings"
	mapping := func(base, stage string) string {
		out := `{"basePath":"` + base + `","restApiId":"` + id + `"`
		if stage != "" {
			out += `,"stage":"` + stage + `"`
		}
		return out + "}"
	}
	ts.expect("POST "+at, `{"restApiId":"`+id+`"}`, "201 "+mapping("(none)", ""))
	ts.expect("POST "+at, `{"restApiId":"`+id+`","basePath":""}`, "409 ConflictException Base path already exists for this domain name")
	ts.expect("POST "+at, mapping("v1", "s"), "201 "+mapping("v1", "s"))
	ts.expect("POST "+at, mapping("v2", "nope"), "400 BadRequestException Invalid stage identifier specified")
	ts.expect("POST "+at, `{"restApiId":"nope"}`, "400 BadRequestException Invalid REST API identifier specified")
	ts.expect("POST /domainnames/nope/basepathmappings", mapping("v1", "s"), "404 NotFoundException Invalid domain name identifier specified")
	ts.expect("GET "+at, "", `200 {"item":[`+mapping("(none)", "")+","+mapping("v1", "s")+`]}`)
	ts.expect("GET "+at+"/"+escape("(none)"), "", "200 "+mapping("(none)", ""))
	ts.expectPatch(at+"/v1", "200 "+mapping("v2", "s"), "replace /basePath v2")
	ts.expectPatch(at+"/v2", "409 ConflictException Base path already exists for this domain name", "replace /basePath ")
	ts.expectPatch(at+"/v2", "400 BadRequestException Invalid patch path  '/x' specified for op 'replace'. Must be one of: [/basePath, /restapiId, /stage]", "replace /x y")
	ts.expect("GET "+at+"/v1", "", "404 NotFoundException Invalid base path mapping identifier specified")
	ts.must("POST /domainnames/*.example.org/basepathmappings", mapping("a", "s"))

	for _, c := range []struct {
		host, path string
		want       MappedPath
		ok         bool
	}{
		{"api.example.com", "/v2/pets", MappedPath{id, "s", "v2", "/pets"}, true},
		{"API.example.com", "/v2", MappedPath{id, "s", "v2", ""}, true},
		{"api.example.com", "/s/pets//x", MappedPath{id, "s", "", "/pets//x"}, true},
		{"api.example.com", "/other", MappedPath{id, "other", "", ""}, true},
		{"api.example.com", "/", MappedPath{APIID: id}, false},
		{"b.example.org", "/a/x", MappedPath{id, "s", "a", "/x"}, true},
		{"b.example.org", "/b/x", MappedPath{}, false},
		{"b.c.example.org", "/a/x", MappedPath{}, false},
	} {
		if got, ok := ts.Mapping(c.host, c.path); ok != c.ok || ok && got != c.want {
			t.Errorf("Mapping(%s, %s) = %+v %v, want %+v %v", c.host, c.path, got, ok, c.want, c.ok)
		}
	}
	ts.expect("DELETE /restapis/"+id, "", "400 BadRequestException Please remove all base path mappings related to the API in your domains")
	ts.must("DELETE /domainnames/*.example.org", "")
	ts.must("DELETE "+at+"/v2", "")
	ts.must("DELETE "+at+"/"+escape("(none)"), "")
	ts.expect("DELETE /restapis/"+id, "", "202")
}

func TestAccessAssociations(t *testing.T) {
	t.Parallel()
	ts := newServer(t)
	const policy = `{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"execute-api:Invoke\",\"Resource\":\"*\"}]}`
	got := ts.must("POST /domainnames", `{"domainName":"p.example.com","certificateArn":"`+certificateARN+`","endpointConfiguration":{"types":["PRIVATE"]},"policy":"`+policy+`"}`)
	const domainARN = "arn:aws:apigateway:us-east-1:111111111111:/domainnames/p.example.com+0000000001"
	if !strings.Contains(got, `"domainNameId":"0000000001","domainNameArn":"`+domainARN+`"`) {
		t.Fatal(got)
	}
	body := `{"domainNameArn":"` + domainARN + `","accessAssociationSourceType":"VPCE","accessAssociationSource":"vpce-1"}`
	const association = "arn:aws:apigateway:us-east-1:111111111111:/domainnameaccessassociations/domainname/p.example.com+0000000001/vpcesource/vpce-1"
	shown := `{"domainNameAccessAssociationArn":"` + association + `","domainNameArn":"` + domainARN + `","accessAssociationSourceType":"VPCE","accessAssociationSource":"vpce-1"}`
	ts.expect("POST /domainnameaccessassociations", body, "201 "+shown)
	ts.expect("POST /domainnameaccessassociations", body, "409 ConflictException Domain name access association already exists")
	ts.expect("POST /domainnameaccessassociations", strings.Replace(body, "p.ex", "q.ex", 1), "404 NotFoundException Invalid domain name identifier specified")
	ts.expect("GET /domainnameaccessassociations", "", `200 {"item":[`+shown+`]}`)
	ts.expect("DELETE /domainnameaccessassociations/"+escape(association), "", "202")
	ts.must("POST /domainnameaccessassociations", body)
	ts.expect("POST /rejectdomainnameaccessassociations?domainNameAccessAssociationArn="+association+"&domainNameArn=x", "", "404 NotFoundException Invalid domain name access association identifier specified")
	ts.expect("POST /rejectdomainnameaccessassociations?domainNameAccessAssociationArn="+association+"&domainNameArn="+strings.ReplaceAll(domainARN, "+", "%2B"), "", "404 NotFoundException Invalid domain name access association identifier specified")
	ts.expect("POST /rejectdomainnameaccessassociations?domainNameAccessAssociationArn="+strings.ReplaceAll(association, "+", "%2B")+"&domainNameArn="+strings.ReplaceAll(domainARN, "+", "%2B"), "", "202")
	ts.expect("GET /domainnames/p.example.com", "", "404 NotFoundException Invalid domain name identifier specified")
	ts.must("GET /domainnames/p.example.com?domainNameId=0000000001", "")
}

// xorSealer is no secret; it only shows that what is stored was sealed.
type xorSealer struct{}

func (xorSealer) Seal(plain []byte) ([]byte, error) {
	out := make([]byte, len(plain))
	for i, c := range plain {
		out[i] = c ^ 0x5a
	}
	return out, nil
}

func (x xorSealer) Unseal(sealed []byte) ([]byte, error) { return x.Seal(sealed) }

func TestClientCertificates(t *testing.T) {
	t.Parallel()
	ts := newServerWith(t, Config{Sealer: xorSealer{}})
	api := ts.deployed("s")
	id := strings.TrimPrefix(api, "/restapis/")
	var c struct{ ClientCertificateId, PemEncodedCertificate string }
	if err := json.Unmarshal([]byte(ts.must("POST /clientcertificates", `{"description":"d"}`)[4:]), &c); err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode([]byte(c.PemEncodedCertificate))
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil || !leaf.NotAfter.Equal(testTime.Add(certificateLife)) || leaf.CheckSignature(leaf.SignatureAlgorithm, leaf.RawTBSCertificate, leaf.Signature) != nil {
		t.Errorf("certificate %+v: %v", leaf, err)
	}
	docs := must(ts.st.List(t.Context(), "apigateway/clientcertificate/"))
	if strings.Contains(string(docs[0].Value), "LS0tLS1CRUdJTiBQUklWQVRF") { // "-----BEGIN PRIVATE" as base64
		t.Error("the private key is stored as it is")
	}
	pair, err := ts.ClientCertificate(id, c.ClientCertificateId)
	if err != nil || pair.PrivateKey == nil {
		t.Errorf("ClientCertificate: %v", err)
	}
	at := "/clientcertificates/" + c.ClientCertificateId
	ts.expectPatch(api+"/stages/s", "400 BadRequestException Invalid Client Certificate identifier specified", "replace /clientCertificateId nope")
	ts.must("PATCH "+api+"/stages/s", patchBody("replace /clientCertificateId "+c.ClientCertificateId))
	ts.expect("DELETE "+at, "", "400 BadRequestException Client certificate "+c.ClientCertificateId+" is used by stage s and cannot be deleted")
	ts.must("PATCH "+api+"/stages/s", patchBody("replace /clientCertificateId"))
	if got := ts.must("PATCH "+at, patchBody("replace /description e")); !strings.Contains(got, `"description":"e"`) {
		t.Error(got)
	}
	ts.must("GET "+at, "")
	if got := ts.must("GET /clientcertificates", ""); strings.Count(got, "BEGIN CERTIFICATE") != 1 {
		t.Error(got)
	}
	ts.expect("DELETE "+at, "", "202")
	ts.expect("GET "+at, "", "404 NotFoundException Invalid Client Certificate identifier specified")
}
