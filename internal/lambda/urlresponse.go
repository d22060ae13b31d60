package lambda

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// urlResponse is a function's answer in payload format 2.0.
type urlResponse struct {
	StatusCode      json.Number     `json:"statusCode"`
	Headers         map[string]any  `json:"headers"`
	Cookies         []string        `json:"cookies"`
	Body            json.RawMessage `json:"body"`
	IsBase64Encoded bool            `json:"isBase64Encoded"`
}

// reply sends what the function returned. AWS: without a statusCode, the whole
// result is the body.
func (x *urlExchange) reply(payload []byte) error {
	var res urlResponse
	if !bytes.HasPrefix(bytes.TrimLeft(payload, " \t\r\n"), []byte("{")) || !hasStatus(payload) {
		x.send(http.StatusOK, "application/json", payload)
		return nil
	}
	if err := json.Unmarshal(payload, &res); err != nil {
		return errURLResponse
	}
	status, err := strconv.Atoi(res.StatusCode.String())
	if err != nil || status < 100 || status > 599 {
		return errURLResponse
	}
	body, err := res.body()
	if err != nil {
		return errURLResponse
	}
	x.setHeaders(res.Headers, res.Cookies)
	x.send(status, "application/json", body)
	return nil
}

func hasStatus(payload []byte) bool {
	var members map[string]json.RawMessage
	return json.Unmarshal(payload, &members) == nil && members["statusCode"] != nil
}

// body is the bytes that the client gets: text, or anything else as JSON.
func (r *urlResponse) body() ([]byte, error) {
	var text string
	if len(r.Body) == 0 || string(r.Body) == "null" {
		return nil, nil
	}
	if json.Unmarshal(r.Body, &text) != nil {
		return r.Body, nil
	}
	if r.IsBase64Encoded {
		return base64.StdEncoding.DecodeString(text)
	}
	return []byte(text), nil
}

// setHeaders adds the function's headers; those of CORS that the URL's
// configuration set stay.
func (x *urlExchange) setHeaders(headers map[string]any, cookies []string) {
	h := x.w.Header()
	for k, v := range headers {
		name := http.CanonicalHeaderKey(k)
		if name == "Content-Length" || name == "Transfer-Encoding" || name == "Connection" || x.config.Cors != nil && strings.HasPrefix(name, "Access-Control-") {
			continue
		}
		h.Set(name, headerText(v))
	}
	for _, c := range cookies {
		h.Add("Set-Cookie", c)
	}
}

// headerText prints a header's value, which functions write as text, number or
// boolean.
func headerText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case nil:
		return ""
	}
	text, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(text)
}

// streamedHTTP is the content type of a stream that begins with status and
// headers as JSON, then eight zero bytes.
const streamedHTTP = "application/vnd.awslambda.http-integration-response"

// maxPrelude bounds the status and headers of a streamed response.
const maxPrelude = 64 << 10

// urlStream sends a streamed response to the client of a function URL.
type urlStream struct {
	x       *urlExchange
	prelude []byte // collected until the delimiter, if there is one
	waiting bool
	bad     bool // the prelude is not one
}

// Start implements ResponseStream.
func (u *urlStream) Start(contentType string) error {
	if u.waiting = contentType == streamedHTTP; u.waiting {
		return nil
	}
	if contentType == "" {
		contentType = "application/octet-stream"
	}
	u.x.w.Header().Set("Content-Type", contentType)
	u.x.start(http.StatusOK)
	return nil
}

// Write implements ResponseStream.
func (u *urlStream) Write(chunk []byte) (int, error) {
	n := len(chunk)
	if u.waiting {
		rest, err := u.begin(chunk)
		u.bad = err != nil
		if err != nil || rest == nil {
			return n, err
		}
		chunk = rest
	}
	if _, err := u.x.w.Write(chunk); err != nil {
		return 0, err
	}
	return n, http.NewResponseController(u.x.w).Flush()
}

var delimiter = make([]byte, 8)

// begin looks for the end of the prelude; then it sends status and headers and
// returns what follows them.
func (u *urlStream) begin(chunk []byte) (rest []byte, err error) {
	u.prelude = append(u.prelude, chunk...)
	head, rest, found := bytes.Cut(u.prelude, delimiter)
	if !found {
		if len(u.prelude) > maxPrelude {
			return nil, errURLResponse
		}
		return nil, nil
	}
	u.waiting, u.prelude = false, nil
	var res urlResponse
	if err := json.Unmarshal(head, &res); err != nil {
		return nil, errURLResponse
	}
	status := http.StatusOK
	if res.StatusCode != "" {
		if status, err = strconv.Atoi(res.StatusCode.String()); err != nil || status < 100 || status > 599 {
			return nil, errURLResponse
		}
	}
	u.x.setHeaders(res.Headers, res.Cookies)
	if u.x.w.Header().Get("Content-Type") == "" {
		u.x.w.Header().Set("Content-Type", "application/octet-stream")
	}
	u.x.start(status)
	return rest, nil
}
