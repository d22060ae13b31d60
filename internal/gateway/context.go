package gateway

import (
	"crypto/tls"
	"strconv"
	"strings"
	"time"
)

// contextValue returns a $context variable by what follows "$context.", ""
// if it is unknown or has no value.
func (x *exchange) contextValue(name string) string {
	if f := contextVariables[name]; f != nil {
		return f(x)
	}
	if key, ok := strings.CutPrefix(name, "authorizer."); ok {
		return x.authorized.value(key)
	}
	if member, ok := strings.CutPrefix(name, "identity.clientCert."); ok {
		return x.clientCertValue(member)
	}
	for _, p := range [...]string{"requestOverride.", "responseOverride."} {
		if strings.HasPrefix(name, p) {
			return x.overrides.text(name)
		}
	}
	return ""
}

// contextVariables are those that do not depend on an authorizer or template.
// Which of them a place may use is not enforced: AWS leaves the others empty
// because it does not know them yet, and so do we.
var contextVariables = map[string]func(*exchange) string{
	"accountId":         func(x *exchange) string { return x.plan.account },
	"apiId":             func(x *exchange) string { return x.plan.apiID },
	"stage":             func(x *exchange) string { return x.plan.stageName },
	"deploymentId":      func(x *exchange) string { return x.plan.id },
	"resourceId":        func(x *exchange) string { return x.ofMethod(func(m *method) string { return m.resource.Id }) },
	"resourcePath":      func(x *exchange) string { return x.ofMethod(func(m *method) string { return m.resource.Path }) },
	"operationName":     func(x *exchange) string { return x.ofMethod(func(m *method) string { return value(m.OperationName) }) },
	"httpMethod":        func(x *exchange) string { return x.verb },
	"path":              (*exchange).requestPath,
	"protocol":          func(*exchange) string { return "HTTP/1.1" },
	"domainName":        (*exchange).domainName,
	"domainPrefix":      (*exchange).domainPrefix,
	"requestId":         func(x *exchange) string { return x.ids.request },
	"extendedRequestId": func(x *exchange) string { return x.ids.extended },
	"requestTime":       func(x *exchange) string { return x.start.UTC().Format(requestTimeShape) },
	"requestTimeEpoch":  func(x *exchange) string { return strconv.FormatInt(x.start.UnixMilli(), 10) },
	"isCanaryRequest":   func(x *exchange) string { return onlyIf(x.plan.canary, strconv.FormatBool(x.plan.isCanary)) },
	"xrayTraceId":       func(x *exchange) string { return x.ids.trace.root() },

	"identity.accountId":                     (*exchange).callerAccount,
	"identity.apiKey":                        func(x *exchange) string { return x.apiKey },
	"identity.apiKeyId":                      func(x *exchange) string { return x.apiKeyID },
	"identity.caller":                        (*exchange).callerID,
	"identity.user":                          (*exchange).callerID,
	"identity.userArn":                       (*exchange).callerARN,
	"identity.accessKey":                     (*exchange).callerKey,
	"identity.userAgent":                     (*exchange).userAgent,
	"identity.sourceIp":                      func(x *exchange) string { return x.sourceIP },
	"identity.principalOrgId":                none,
	"identity.cognitoAuthenticationProvider": none,
	"identity.cognitoAuthenticationType":     none,
	"identity.cognitoIdentityId":             none,
	"identity.cognitoIdentityPoolId":         none,

	"customDomain.basePathMatched": (*exchange).basePathMatched,

	"status":          func(x *exchange) string { return number(int64(x.status)) },
	"responseLength":  func(x *exchange) string { return strconv.FormatInt(x.length, 10) },
	"responseLatency": func(x *exchange) string { return milliseconds(x.latency) },

	"integrationLatency":            (*exchange).integrationLatency,
	"integration.latency":           (*exchange).integrationLatency,
	"integrationStatus":             (*exchange).integrationStatus,
	"integration.integrationStatus": (*exchange).integrationStatus,
	"integration.status":            func(x *exchange) string { return number(int64(x.answer.function)) },
	"integration.requestId":         func(x *exchange) string { return x.answer.requestID },
	"awsEndpointRequestId":          func(x *exchange) string { return x.answer.requestID },
	"integration.error":             (*exchange).integrationError,
	"integrationErrorMessage":       (*exchange).integrationError,

	"error.message": func(x *exchange) string { return x.ofFailure(func(f *failure) string { return f.message }) },
	"error.messageString": func(x *exchange) string {
		return x.ofFailure(func(f *failure) string { return string(f.appendMessage(nil)) })
	},
	"error.responseType":          func(x *exchange) string { return x.ofFailure(func(f *failure) string { return types[f.kind].name }) },
	"error.validationErrorString": func(x *exchange) string { return x.ofFailure(func(f *failure) string { return f.detail }) },

	"authorizer.latency":            (*exchange).authorizerLatency,
	"authorizer.integrationLatency": (*exchange).authorizerLatency,
	"authorizer.integrationStatus":  (*exchange).authorizerStatus,
	"authorizer.status":             (*exchange).authorizerStatus,
	"authorizer.requestId":          func(x *exchange) string { return x.authorized.requestID },
	"authorizer.error":              func(x *exchange) string { return x.authorized.failure },
	"authorizer.claims":             none,
	"authorize.status":              func(x *exchange) string { return number(int64(x.authorized.authorizeStatus)) },
	"authorize.latency":             (*exchange).authorizeLatency,
	"authorize.error":               func(x *exchange) string { return x.authorized.authorizeError },
	"authenticate.status":           func(x *exchange) string { return number(int64(x.authorized.authenticateStatus)) },
	"authenticate.latency":          (*exchange).authorizeLatency,
	"authenticate.error":            func(x *exchange) string { return x.authorized.authenticateError },

	"webaclArn":       none,
	"wafResponseCode": none,
	"waf.error":       none,
	"waf.latency":     none,
	"waf.status":      none,
	"tlsVersion":      func(x *exchange) string { return x.tlsVersion() },
	"cipherSuite":     func(x *exchange) string { return x.cipherSuite() },
}

// requestTimeShape is the common log format of a time.
const requestTimeShape = "02/Jan/2006:15:04:05 -0700"

func none(*exchange) string { return "" }

func onlyIf(ok bool, s string) string {
	if ok {
		return s
	}
	return ""
}

// number prints a number, "" for 0.
func number(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

func (x *exchange) ofMethod(f func(*method) string) string {
	if x.method == nil {
		return ""
	}
	return f(x.method)
}

func (x *exchange) ofFailure(f func(*failure) string) string {
	if x.failed == nil {
		return ""
	}
	return f(x.failed)
}

// requestPath is the path with stage, or on a custom domain with base path,
// percent escapes as sent. A test invocation has neither.
func (x *exchange) requestPath() string {
	switch {
	case x.test:
		return x.path
	case x.target.Custom:
		return "/" + strings.TrimLeft(x.target.FullPath, "/")
	}
	return "/" + x.target.Stage + x.target.RawPath
}

func cmpOr(s, empty string) string {
	if s == "" {
		return empty
	}
	return s
}

func (x *exchange) domainName() string {
	if x.target.Domain != "" {
		return x.target.Domain
	}
	if x.r != nil {
		if _, ok := executeAPIHost(x.r.Host); ok {
			return hostname(x.r.Host)
		}
	}
	return x.plan.defaultDomain // in the path forms the host says nothing
}

func (x *exchange) domainPrefix() string {
	if x.test {
		return "testPrefix"
	}
	prefix, _, _ := strings.Cut(x.domainName(), ".")
	return prefix
}

func (x *exchange) basePathMatched() string {
	if !x.target.Custom {
		return ""
	}
	return cmpOr(x.target.BasePath, "(none)")
}

func (x *exchange) userAgent() string {
	if x.test {
		return x.agent
	}
	v, _ := last(x.requestHead, "User-Agent")
	return v
}

func (x *exchange) callerAccount() string {
	return x.ofIdentity(func(id *Identity) string { return id.Account })
}
func (x *exchange) callerARN() string {
	return x.ofIdentity(func(id *Identity) string { return id.ARN })
}
func (x *exchange) callerID() string {
	return x.ofIdentity(func(id *Identity) string { return id.UserID })
}
func (x *exchange) callerKey() string {
	return x.ofIdentity(func(id *Identity) string { return id.Key.ID })
}

func (x *exchange) ofIdentity(f func(*Identity) string) string {
	if x.identity == nil {
		return ""
	}
	return f(x.identity)
}

func (x *exchange) integrationLatency() string {
	return onlyIf(x.answer.called, milliseconds(x.answer.latency))
}

func (x *exchange) integrationStatus() string { return number(int64(x.answer.status)) }

// integrationError is what the execution log says about the failure.
func (x *exchange) integrationError() string {
	switch f := x.failed; {
	case f == nil || f.early:
		return ""
	case f.integrationError != "":
		return f.integrationError
	case len(f.lines) > 0:
		return f.lines[len(f.lines)-1]
	}
	return ""
}

func (x *exchange) authorizerLatency() string {
	return onlyIf(x.authorized.status != 0, milliseconds(x.authorized.latency))
}

func (x *exchange) authorizerStatus() string { return number(int64(x.authorized.status)) }

func (x *exchange) authorizeLatency() string {
	return onlyIf(x.authorized.authorizeStatus != 0, milliseconds(x.authorized.authorizeLatency))
}

func (x *exchange) tlsVersion() string {
	if x.r == nil || x.r.TLS == nil {
		return ""
	}
	return strings.Replace(tls.VersionName(x.r.TLS.Version), "TLS 1.", "TLSv1.", 1)
}

func (x *exchange) cipherSuite() string {
	if x.r == nil || x.r.TLS == nil {
		return ""
	}
	return tls.CipherSuiteName(x.r.TLS.CipherSuite)
}
