package gateway

import (
	"context"
	"net/url"
	"strings"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/http1"
	"github.com/lambdagate/lambdagate/internal/sigv4"
)

// serviceCall is an AWS integration with a service other than Lambda.
type serviceCall struct {
	region    string
	service   string // as in the ARN: sqs, dynamodb …
	subdomain string
	action    string // for the form action/{Name}&k=v
	path      string // for the form path/{path}?query, stage variables and {name} in it
}

// targetPrefixes are the X-Amz-Target prefixes of services that speak JSON.
var targetPrefixes = map[string]string{
	"dynamodb":         "DynamoDB_20120810",
	"kinesis":          "Kinesis_20131202",
	"firehose":         "Firehose_20150804",
	"ssm":              "AmazonSSM",
	"states":           "AWSStepFunctions",
	"secretsmanager":   "secretsmanager",
	"events":           "AWSEvents",
	"logs":             "Logs_20140328",
	"kms":              "TrentService",
	"cognito-idp":      "AWSCognitoIdentityProviderService",
	"cognito-identity": "AWSCognitoIdentityService",
}

// signingNames are the names of services in signatures where they differ from
// the name in the ARN.
var signingNames = map[string]string{"email": "ses", "dynamodbstreams": "dynamodb"}

func compileServiceCall(t arn.Integration) *serviceCall {
	c := &serviceCall{region: t.Region, service: t.Service, subdomain: t.Subdomain}
	if t.Kind == "action" {
		c.action = t.Target
	} else {
		c.path = t.Target
	}
	return c
}

// callService signs the call with the integration's credentials and sends it
// to the endpoint that is configured for the service.
func (x *exchange) callService(ctx context.Context, i *integration) error {
	endpoint, err := url.Parse(x.g.endpoint(i.service.service, i.service.region))
	if err != nil || endpoint.Host == "" {
		return misconfigured("Invalid endpoint address")
	}
	caller, err := x.caller(ctx, i)
	if err != nil {
		return err
	}
	target, err := x.serviceTarget(i, endpoint)
	if err != nil {
		return err
	}
	x.buildService(i)
	call := x.httpCall(target)
	if caller.Identity != nil {
		x.sign(call, i.service, caller.Identity)
	} else {
		call.Fields = append(call.Fields, field("X-Amz-Source-Arn", caller.SourceARN))
	}
	x.noteHTTP(target.Scheme+"://"+target.Host, call)
	x.answer.called = true
	resp, err := x.plan.backends.client(i.insecure).Do(ctx, call)
	if err != nil {
		return x.endpointError(ctx, target.Hostname(), err)
	}
	return x.takeHTTP(ctx, i, resp)
}

// sign adds the fields of a signature.
func (x *exchange) sign(call *http1.Call, service *serviceCall, id *Identity) {
	r := &sigv4.Request{Method: call.Method, BodyHash: sigv4.HashBody(call.Body), Headers: []sigv4.Header{{Name: "Host", Value: call.Host}}}
	r.Path, r.Query, _ = strings.Cut(call.Target, "?")
	for _, f := range call.Fields {
		r.Headers = append(r.Headers, sigv4.Header{Name: f.Name, Value: f.Value})
	}
	name := service.service
	if n, ok := signingNames[name]; ok {
		name = n
	}
	key := sigv4.Key{AccessKeyID: id.Key.ID, SecretAccessKey: id.Key.Secret, SessionToken: id.Key.SessionToken}
	sigv4.Sign(r, key, sigv4.Scope{Service: name, Region: service.region}, x.g.now())
	call.Fields = call.Fields[:0]
	for _, h := range r.Headers[1:] {
		call.Fields = append(call.Fields, field(h.Name, h.Value))
	}
}

// serviceTarget is the URL of the call at the service's endpoint.
func (x *exchange) serviceTarget(i *integration, endpoint *url.URL) (*url.URL, error) {
	raw := i.service.path
	if i.service.action != "" {
		raw = "?Action=" + i.service.action
	}
	t := compileText(raw)
	filled := t.fill(x.plan, x.call.path)
	base := strings.TrimSuffix(endpoint.EscapedPath(), "/")
	if !strings.HasPrefix(filled, "/") && !strings.HasPrefix(filled, "?") {
		base += "/"
	}
	if strings.HasPrefix(filled, "?") && base == "" {
		base = "/"
	}
	host := endpoint.Host
	if i.service.subdomain != "" && x.g.subdomains {
		host = i.service.subdomain + "." + host
	}
	u, err := parseEndpoint(endpoint.Scheme + "://" + host + base + filled)
	if err != nil {
		return nil, err
	}
	if u.Opaque != "" { // the signature covers the path, which sigv4 reads from RawPath
		u.RawPath = u.Opaque
		u.Path, _ = url.PathUnescape(u.Opaque)
		u.Opaque = ""
	}
	return u, nil
}

// notToServices is dropped from mapped headers. AWS.
var notToServices = newNameSet("Referer", "Expect", "Proxy-Authenticate", "TE")

// buildService completes method and header of the call.
func (x *exchange) buildService(i *integration) {
	x.call.method = i.verb
	if i.verb == "" || i.verb == "ANY" {
		x.call.method = x.verb
	}
	kept := x.call.head[:0]
	for _, f := range x.call.head {
		if !notToServices.has(f.Name) {
			kept = append(kept, f)
		}
	}
	x.call.head = kept
	add := func(name, v string) {
		if _, ok := fold(x.call.head, name); !ok {
			x.call.head = append(x.call.head, field(name, v))
		}
	}
	add("Accept", applicationJSON)
	add("User-Agent", "AmazonAPIGateway_"+x.plan.apiID)
	add("x-amzn-apigateway-api-id", x.plan.apiID)
	add("X-Amzn-Trace-Id", x.ids.trace.short())
	name, _, _ := strings.Cut(i.service.action, "&")
	if prefix, ok := targetPrefixes[i.service.service]; ok && name != "" {
		add("X-Amz-Target", prefix+"."+name)
		add("Content-Type", "application/x-amz-json-1.0")
	}
	if hasBody(x.call.method) {
		add("Content-Type", cmpOr(x.contentType, applicationJSON))
	}
}
