package gateway

import (
	"encoding/base64"
	"errors"
	"unicode/utf8"
)

// mapRequest makes the integration request of the method request. Proxy
// integrations take the request as it is.
func (x *exchange) mapRequest() error {
	x.tick()
	x.noteMethodRequest()
	i := x.method.integration
	if i == nil {
		return misconfigured("No integration defined for method")
	}
	if i.problem != "" {
		return misconfigured(i.problem)
	}
	if err := i.checkTargets(); err != nil || i.kind == lambdaProxy {
		return err // a proxied function gets nothing that is mapped
	}
	if err := x.mapParameters(i); err != nil || i.kind == httpProxy {
		return err
	}
	if err := x.mapBody(i); err != nil {
		return err
	}
	o := &x.overrides
	x.call.head = o.apply(x.call.head, o.request, "header", true)
	x.call.query = o.apply(x.call.query, o.request, "querystring", false)
	x.call.path = o.apply(x.call.path, o.request, "path", false)
	for n := range x.call.head {
		if err := i.checkTarget(x.call.head[n].Name); err != nil {
			return err
		}
	}
	return nil
}

func (x *exchange) noteMethodRequest() {
	if x.record == nil {
		return
	}
	x.noteFields(StepPath, x.params)
	x.noteFields(StepQuery, x.query)
	x.noteFields(StepHeaders, x.requestHead)
	x.noteBody(StepBody, x.body, x.plan.binary.match(x.contentType))
	x.hideKey()
}

// hideKey keeps an API key that an authorizer has given from being seen.
func (x *exchange) hideKey() {
	if x.apiKey != "" && !x.test {
		x.record.secrets = append(x.record.secrets, x.apiKey)
	}
}

// mapParameters evaluates the integration's requestParameters.
func (x *exchange) mapParameters(i *integration) error {
	x.requested.set(x.body)
	var err error
	for n := range i.parameters {
		p := &i.parameters[n]
		switch p.to {
		case toHeader:
			x.call.head, err = p.from.appendAll(x.call.head, p.name, x)
		case toQuery:
			x.call.query, err = p.from.appendAll(x.call.query, p.name, x)
		case toPath:
			x.call.path, err = p.from.appendAll(x.call.path, p.name, x)
		}
		if errors.Is(err, errBodyNotJSON) {
			return &failure{kind: badRequestBody, message: "Invalid JSON in request body", lines: []string{"Execution failed due to bad request: " + err.Error()}}
		}
		if err != nil {
			return misconfigured("Unable to transform request")
		}
	}
	return nil
}

// requestText is the method request's body for mappings.
func (x *exchange) requestText() []byte { return x.requested.text }

// mapBody converts the body and renders the template of its content type.
func (x *exchange) mapBody(i *integration) error {
	t, err := i.requestTemplate(x.contentType)
	if err != nil {
		return err
	}
	if t != nil {
		x.note(StepRequestTemplate, x.contentType)
	}
	body, binary, err := x.convertRequest(i.contentHandling)
	if err != nil {
		return err
	}
	x.requested.set(body)
	if t == nil {
		x.call.body, x.call.binary = body, binary
		return nil
	}
	if binary && !utf8.Valid(body) {
		return misconfigured("Unable to transform request")
	}
	out, err := x.render(x.event[:0], t, &x.requested)
	if err != nil {
		return untransformed("request", err)
	}
	x.event, x.call.body = out, out
	return nil
}

// untransformed is a template that failed. The client never learns why; the
// log's second line is ours, since AWS says nothing more.
func untransformed(what string, cause error) *failure {
	f := misconfigured("Unable to transform " + what)
	f.lines = append([]string{cause.Error()}, f.lines...)
	return f
}

// requestTemplate picks the template for a content type; nil passes the body
// through.
func (i *integration) requestTemplate(contentType string) (*template, error) {
	t, ok := i.requestTemplates.of(contentType)
	if !ok {
		t, ok = i.requestTemplates.of(defaultTemplate)
	}
	if ok || i.passthrough == whenNoMatch || i.passthrough == whenNoTemplates && len(i.requestTemplates) == 0 {
		return t, nil
	}
	return nil, &failure{kind: unsupportedMediaType, message: "Unsupported Media Type"}
}

// convertRequest applies contentHandling to the method request's body. A body
// is binary when its content type is one of the API's binaryMediaTypes.
func (x *exchange) convertRequest(handling contentHandling) (body []byte, binary bool, err error) {
	if x.plan.binary.match(x.contentType) {
		if handling == contentText {
			return base64.StdEncoding.AppendEncode(nil, x.body), false, nil
		}
		return x.body, true, nil
	}
	if handling == contentBinary {
		body, err = decodeBase64(x.body)
		return body, true, err
	}
	if !utf8.Valid(x.body) {
		return appendText(nil, x.body), false, nil
	}
	return x.body, false, nil
}

func decodeBase64(b []byte) ([]byte, error) {
	out, err := base64.StdEncoding.AppendDecode(nil, b)
	if err != nil {
		return nil, misconfigured("Unable to base64 decode the body.")
	}
	return out, nil
}

// illegalHeaders may not be mapped. AWS: for all integrations, and in addition
// for those with AWS services.
var (
	illegalHeaders    = newNameSet("content-length", "transfer-encoding", "x-amzn-trace-id", "x-amzn-apigateway-api-id")
	illegalAWSHeaders = newNameSet("authorization", "connection", "expect", "proxy-authenticate", "te")
)

// checkTargets refuses mappings to header fields that the gateway sets itself.
// AWS (recorded): at run time, and for proxied functions too.
func (i *integration) checkTargets() error {
	for n := range i.parameters {
		if p := &i.parameters[n]; p.to == toHeader {
			if err := i.checkTarget(p.name); err != nil {
				return err
			}
		}
	}
	return nil
}

func (i *integration) checkTarget(name string) error {
	if illegalHeaders.has(name) || i.kind.aws() && illegalAWSHeaders.has(name) {
		return misconfigured(name + " header already present")
	}
	return nil
}
