package gateway

import (
	"slices"
	"strconv"
	"strings"
)

// appendProxyEvent appends the event of a Lambda proxy integration, payload
// version 1.0: the method request as it came. Key order and nulls are AWS's
// (recorded).
func (x *exchange) appendProxyEvent(b []byte) []byte {
	b = x.appendRequest(append(b, '{'), "null")
	b = append(b, `,"body":`...)
	base64 := false
	switch {
	case len(x.body) == 0:
		b = append(b, "null"...)
	case x.plan.binary.match(x.contentType):
		base64 = true
		b = append(appendBase64(append(b, '"'), x.body), '"')
	default:
		b = appendQuoted(b, string(x.body))
	}
	b = append(b, `,"isBase64Encoded":`...)
	return append(strconv.AppendBool(b, base64), '}')
}

// appendAuthorizerEvent appends the event of a REQUEST authorizer: the same
// without body, and with empty maps in the place of nulls.
func (x *exchange) appendAuthorizerEvent(b []byte, methodARN string) []byte {
	b = append(b, `{"type":"REQUEST","methodArn":`...)
	b = append(appendQuoted(b, methodARN), ',')
	return append(x.appendRequest(b, "{}"), '}')
}

// appendRequest appends the members from resource to requestContext. empty is
// what stands for a map without members.
func (x *exchange) appendRequest(b []byte, empty string) []byte {
	b = appendQuoted(append(b, `"resource":`...), x.method.resource.Path)
	b = appendQuoted(append(b, `,"path":`...), x.eventPath())
	b = appendQuoted(append(b, `,"httpMethod":`...), x.verb)
	head := x.sortedHead()
	b = appendLast(append(b, `,"headers":`...), head, empty)
	b = appendMulti(append(b, `,"multiValueHeaders":`...), head, empty)
	query := grouped(x.query)
	b = appendLast(append(b, `,"queryStringParameters":`...), query, empty)
	b = appendMulti(append(b, `,"multiValueQueryStringParameters":`...), query, empty)
	b = appendLast(append(b, `,"pathParameters":`...), x.params, empty)
	b = appendVariables(append(b, `,"stageVariables":`...), x.plan.variables, empty)
	return x.appendRequestContext(append(b, `,"requestContext":`...))
}

// eventPath is the path without stage, leading slashes collapsed; on a custom
// domain it includes the base path.
func (x *exchange) eventPath() string {
	if x.target.Custom && x.target.BasePath != "" {
		return "/" + x.target.BasePath + x.target.RawPath
	}
	return x.path
}

// sortedHead returns the request's header sorted by name without case, which
// puts fields of one name side by side.
func (x *exchange) sortedHead() []HeaderField {
	head := slices.Clone(x.requestHead)
	slices.SortStableFunc(head, func(a, b HeaderField) int { return compareFold(a.Name, b.Name) })
	return head
}

func compareFold(a, b string) int {
	for i := range min(len(a), len(b)) {
		if c, d := lower(a[i]), lower(b[i]); c != d {
			return int(c) - int(d)
		}
	}
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

// grouped returns fields with those of one name side by side, otherwise in
// their order.
func grouped(fields []HeaderField) []HeaderField {
	if len(fields) < 2 {
		return fields
	}
	first := make(map[string]int, len(fields))
	for i := range fields {
		if _, ok := first[fields[i].Name]; !ok {
			first[fields[i].Name] = i
		}
	}
	if len(first) == len(fields) {
		return fields
	}
	out := slices.Clone(fields)
	slices.SortStableFunc(out, func(a, b HeaderField) int { return first[a.Name] - first[b.Name] })
	return out
}

// appendLast appends a map of the last value of each name; fields of one name
// are side by side.
func appendLast(b []byte, fields []HeaderField, empty string) []byte {
	if len(fields) == 0 {
		return append(b, empty...)
	}
	sep := byte('{')
	for i := range fields {
		if i+1 < len(fields) && fields[i+1].Name == fields[i].Name {
			continue
		}
		b = append(appendQuoted(append(b, sep), fields[i].Name), ':')
		b = appendQuoted(b, fields[i].Value)
		sep = ','
	}
	return append(b, '}')
}

// appendMulti appends a map of all values of each name.
func appendMulti(b []byte, fields []HeaderField, empty string) []byte {
	if len(fields) == 0 {
		return append(b, empty...)
	}
	for i := range fields {
		switch {
		case i == 0:
			b = append(appendQuoted(append(b, '{'), fields[i].Name), ":["...)
		case fields[i-1].Name == fields[i].Name:
			b = append(b, ',')
		default:
			b = append(appendQuoted(append(b, "],"...), fields[i].Name), ":["...)
		}
		b = appendQuoted(b, fields[i].Value)
	}
	return append(b, "]}"...)
}

func appendVariables(b []byte, m map[string]string, empty string) []byte {
	if len(m) == 0 {
		return append(b, empty...)
	}
	sep := byte('{')
	for _, name := range sortedKeys(m) {
		b = append(appendQuoted(append(b, sep), name), ':')
		b = appendQuoted(b, m[name])
		sep = ','
	}
	return append(b, '}')
}

func (x *exchange) appendRequestContext(b []byte) []byte {
	id := x.method.resource.Id
	b = appendQuoted(append(b, `{"resourceId":`...), id)
	b = appendQuoted(append(b, `,"resourcePath":`...), x.method.resource.Path)
	b = appendQuoted(append(b, `,"httpMethod":`...), x.verb)
	b = appendQuoted(append(b, `,"extendedRequestId":`...), x.ids.extended)
	b = append(b, `,"requestTime":"`...)
	b = x.start.UTC().AppendFormat(b, requestTimeShape)
	b = appendQuoted(append(b, `","path":`...), x.requestPath())
	b = appendQuoted(append(b, `,"accountId":`...), x.plan.account)
	b = appendQuoted(append(b, `,"protocol":"HTTP/1.1","stage":`...), x.plan.stageName)
	b = appendQuoted(append(b, `,"domainPrefix":`...), x.domainPrefix())
	b = strconv.AppendInt(append(b, `,"requestTimeEpoch":`...), x.start.UnixMilli(), 10)
	b = appendQuoted(append(b, `,"requestId":`...), x.ids.request)
	b = x.appendIdentity(append(b, `,"identity":`...))
	if name := x.domainName(); name != "" && !x.test {
		b = appendQuoted(append(b, `,"domainName":`...), name)
	}
	if x.plan.id != "" {
		b = appendQuoted(append(b, `,"deploymentId":`...), x.plan.id)
	}
	b = appendQuoted(append(b, `,"apiId":`...), x.plan.apiID)
	if x.authorized.present {
		b = x.authorized.append(append(b, `,"authorizer":`...))
	}
	if name := value(x.method.OperationName); name != "" {
		b = appendQuoted(append(b, `,"operationName":`...), name)
	}
	if x.plan.canary {
		b = strconv.AppendBool(append(b, `,"isCanaryRequest":`...), x.plan.isCanary)
	}
	return append(b, '}')
}

// keyedIdentityNames are the members of identity when there is an API key.
var keyedIdentityNames = []string{
	"cognitoIdentityPoolId", "cognitoIdentityId", "apiKey", "principalOrgId", "cognitoAuthenticationType", "userArn",
	"apiKeyId", "userAgent", "accountId", "caller", "sourceIp", "accessKey", "cognitoAuthenticationProvider", "user",
}

// appendIdentity appends requestContext.identity: every member, null when
// unknown.
func (x *exchange) appendIdentity(b []byte) []byte {
	names := identityNames
	if x.apiKey != "" {
		names = keyedIdentityNames
	}
	for i, name := range names {
		b = append(b, "{,"[min(i, 1)])
		b = append(append(append(b, '"'), name...), `":`...)
		if v := x.identityValue(name); v != "" {
			b = appendQuoted(b, v)
		} else {
			b = append(b, "null"...)
		}
	}
	return append(x.appendClientCert(b), '}')
}

func (x *exchange) identityValue(name string) string {
	switch name {
	case "accountId":
		return x.callerAccount()
	case "caller", "user":
		return x.callerID()
	case "sourceIp":
		return x.sourceIP
	case "accessKey":
		return x.callerKey()
	case "userArn":
		return x.callerARN()
	case "userAgent":
		return x.userAgent()
	case "apiKey":
		return x.apiKey
	case "apiKeyId":
		return x.apiKeyID
	}
	return ""
}
