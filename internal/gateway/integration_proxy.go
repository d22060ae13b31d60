package gateway

import (
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/lambdagate/lambdagate/vtl"
)

const malformedProxyResponse = "Malformed Lambda proxy response"

// maxProxyOutput is the size of a function's output, in bytes.
const maxProxyOutput = 6 << 20

func appendBase64(dst, b []byte) []byte { return base64.StdEncoding.AppendEncode(dst, b) }

// invokeProxy calls a function with the whole request and answers with its
// output.
func (x *exchange) invokeProxy(ctx context.Context, i *integration) error {
	if i.verb != "POST" {
		// AWS (recorded): 500, although the type is documented with 504.
		return &failure{
			kind: integrationFailure, status: 500, message: internalServerError,
			lines: []string{configurationError + invalidPermissions},
		}
	}
	in, err := x.invocation(ctx, i)
	if err != nil {
		return err
	}
	x.event = x.appendProxyEvent(x.event[:0])
	x.call.body, in.Payload = x.event, x.event
	if i.streaming {
		return x.invokeStream(ctx, in)
	}
	result, err := x.invoke(ctx, in)
	if err != nil {
		return err
	}
	x.answer.body = result.Payload
	if result.FunctionError != "" {
		return x.functionFailed(result)
	}
	out, ok := parseProxyOutput(result.Payload)
	if !ok {
		return x.malformed()
	}
	return x.takeOutput(out)
}

func (x *exchange) malformed() error {
	x.noteAnswer()
	f := misconfigured(malformedProxyResponse)
	f.status = 502
	return f
}

// functionFailed is a function that ended with an error.
func (x *exchange) functionFailed(r *InvocationResult) error {
	x.noteAnswer()
	message := errorMessage(r.Payload)
	return &failure{
		kind: integrationFailure, status: 502, message: internalServerError,
		lines: []string{"Lambda execution failed with status 200 due to customer function error: " + message +
			". Lambda request id: " + r.RequestID},
		integrationError: "Lambda Customer Function Error:" + message,
	}
}

// proxyOutput is what a proxy function returns.
type proxyOutput struct {
	status  int
	head    []HeaderField
	body    string
	encoded bool // the body is base64
}

// parseProxyOutput reads a function's output. AWS (recorded): an object, no
// member is needed, none but the five may be there.
func parseProxyOutput(payload []byte) (*proxyOutput, bool) {
	if len(payload) > maxProxyOutput {
		return nil, false
	}
	v, err := vtl.ParseJSON(payload)
	if err != nil {
		return nil, false
	}
	m, ok := v.(*vtl.Map)
	if !ok {
		return nil, false
	}
	out := &proxyOutput{status: 200}
	for i := range m.Len() {
		if key, v := m.At(i); !out.set(key, v) {
			return nil, false
		}
	}
	multi, _ := m.Get("multiValueHeaders")
	single, _ := m.Get("headers")
	return out, out.setHeaders(multi, single)
}

// set takes one member; false is malformed.
func (o *proxyOutput) set(key string, v any) (ok bool) {
	switch key {
	case "statusCode":
		o.status, ok = proxyStatus(v)
		return ok
	case "body":
		o.body, ok = scalarText(v)
		return ok
	case "isBase64Encoded":
		s, ok := scalarText(v)
		o.encoded = s == "true"
		return ok && (s == "true" || s == "false" || s == "")
	case "headers", "multiValueHeaders":
		return true
	}
	return false
}

// proxyStatus reads a status code: a number, or one in a string.
func proxyStatus(v any) (int, bool) {
	if v == nil {
		return 200, true
	}
	s, ok := scalarText(v)
	f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if !ok || err != nil || f < 200 || f > 999 {
		return 0, false
	}
	if _, isBool := v.(bool); isBool {
		return 0, false
	}
	return int(math.Trunc(f)), true
}

// scalarText is the text of a string, number or boolean; null is empty.
func scalarText(v any) (string, bool) {
	switch v := v.(type) {
	case nil:
		return "", true
	case string:
		return v, true
	case bool, int32, int64, vtl.Decimal, *big.Int, float64:
		return mappedText(v), true
	}
	return "", false
}

// setHeaders merges both maps. AWS (recorded): for a name in both, without
// regard to case, the multi values come first and their spelling wins.
func (o *proxyOutput) setHeaders(multi, single any) bool {
	if multi != nil {
		m, ok := multi.(*vtl.Map)
		if !ok {
			return false
		}
		for i := range m.Len() {
			name, v := m.At(i)
			list, ok := v.(*vtl.List)
			if !ok {
				return false
			}
			for j := range list.Len() {
				if !o.addHeader(name, list.Index(j)) {
					return false
				}
			}
		}
	}
	if single == nil {
		return true
	}
	m, ok := single.(*vtl.Map)
	if !ok {
		return false
	}
	for i := range m.Len() {
		name, v := m.At(i)
		if !o.addHeader(o.spelling(name), v) {
			return false
		}
	}
	return true
}

func (o *proxyOutput) spelling(name string) string {
	for i := range o.head {
		if equalFold(o.head[i].Name, name) {
			return o.head[i].Name
		}
	}
	return name
}

func (o *proxyOutput) addHeader(name string, v any) bool {
	s, ok := scalarText(v)
	if ok && v != nil {
		o.head = append(o.head, field(name, s))
	}
	return ok
}

// takeOutput makes the method response of a function's output.
func (x *exchange) takeOutput(out *proxyOutput) error {
	x.answer.function = out.status
	x.status = out.status
	x.head = append(x.head, out.head...)
	x.remapHeaders(remappedProxy)
	body, err := x.proxyBody(out)
	x.reply = body
	return err
}

// proxyBody decodes a base64 body when the client accepts a binary type.
func (x *exchange) proxyBody(out *proxyOutput) ([]byte, error) {
	x.out = append(x.out[:0], out.body...)
	if !out.encoded {
		return x.out, nil
	}
	accept, _ := fold(x.requestHead, "Accept")
	if !x.plan.binary.match(mediaType(accept)) {
		return x.out, nil
	}
	decoded, err := base64.StdEncoding.DecodeString(out.body)
	if err != nil {
		return nil, misconfigured("Unable to base64 decode the body.")
	}
	return decoded, nil
}

// readCloser is io.ReadCloser under a name that can be embedded next to it.
type readCloser = io.ReadCloser

// invokeStream calls a function whose response is handed on as it comes.
// AWS: a JSON object with status and headers, eight zero bytes, the body.
func (x *exchange) invokeStream(ctx context.Context, in *Invocation) error {
	s, ok := x.g.invoker.(streamInvoker)
	if !ok {
		return misconfigured("response streaming is not available")
	}
	x.noteInvocation(in)
	x.answer.called = true
	stream, err := s.InvokeStream(ctx, in)
	if err != nil {
		return x.refusedByLambda(err)
	}
	meta, rest, err := readPrelude(stream)
	if err != nil {
		stream.Close()
		return err
	}
	out, ok := parseStreamPrelude(meta)
	if !ok {
		stream.Close()
		return x.malformed()
	}
	x.answer.status, x.answer.function = 200, out.status
	x.status = out.status
	x.head = append(x.head, out.head...)
	x.remapHeaders(remappedProxy)
	x.answer.stream = joinedStream{io.MultiReader(bytes.NewReader(rest), stream), stream}
	return nil
}

// maxPrelude bounds the metadata before a streamed body.
const maxPrelude = 64 << 10

// readPrelude reads up to eight zero bytes and returns what comes before, and
// what has been read of what follows.
func readPrelude(r io.Reader) (meta, rest []byte, err error) {
	const delimiter = "\x00\x00\x00\x00\x00\x00\x00\x00"
	buf := make([]byte, 0, 4096)
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		from := max(0, len(buf)-len(delimiter))
		buf = buf[:len(buf)+n]
		if i := strings.Index(string(buf[from:]), delimiter); i >= 0 {
			return buf[:from+i], buf[from+i+len(delimiter):], nil
		}
		if err == io.EOF || len(buf) > maxPrelude {
			return nil, nil, &failure{
				kind: default5XX, status: 502, message: internalServerError,
				lines: []string{configurationError + malformedProxyResponse},
			}
		}
		if err != nil {
			return nil, nil, err
		}
	}
}

// parseStreamPrelude reads the metadata of a streamed response: a proxy
// output without body, and with cookies.
func parseStreamPrelude(meta []byte) (*proxyOutput, bool) {
	v, err := vtl.ParseJSON(meta)
	m, ok := v.(*vtl.Map)
	if err != nil || !ok {
		return nil, false
	}
	out := &proxyOutput{status: 200}
	for i := range m.Len() {
		key, v := m.At(i)
		if key == "cookies" || key == "body" || key == "isBase64Encoded" {
			continue
		}
		if !out.set(key, v) {
			return nil, false
		}
	}
	multi, _ := m.Get("multiValueHeaders")
	single, _ := m.Get("headers")
	if !out.setHeaders(multi, single) {
		return nil, false
	}
	if v, _ := m.Get("cookies"); v != nil {
		list, ok := v.(*vtl.List)
		if !ok {
			return nil, false
		}
		for i := range list.Len() {
			if !out.addHeader("Set-Cookie", list.Index(i)) {
				return nil, false
			}
		}
	}
	return out, true
}

// joinedStream reads on behind what has been read already.
type joinedStream struct {
	io.Reader
	io.Closer
}
