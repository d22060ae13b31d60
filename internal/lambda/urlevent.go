package lambda

import (
	"encoding/base64"
	"net"

	"net/url"
	"slices"
	"strings"
)

// urlEvent is the event of a function URL: payload format 2.0.
type urlEvent struct {
	Version               string            `json:"version"`
	RouteKey              string            `json:"routeKey"`
	RawPath               string            `json:"rawPath"`
	RawQueryString        string            `json:"rawQueryString"`
	Cookies               []string          `json:"cookies,omitempty"`
	Headers               map[string]string `json:"headers"`
	QueryStringParameters map[string]string `json:"queryStringParameters,omitempty"`
	RequestContext        urlContext        `json:"requestContext"`
	Body                  *string           `json:"body,omitempty"`
	IsBase64Encoded       bool              `json:"isBase64Encoded"`
}

type urlContext struct {
	AccountID    string         `json:"accountId"`
	APIID        string         `json:"apiId"`
	Authorizer   *urlAuthorizer `json:"authorizer,omitempty"`
	DomainName   string         `json:"domainName"`
	DomainPrefix string         `json:"domainPrefix"`
	HTTP         urlHTTP        `json:"http"`
	RequestID    string         `json:"requestId"`
	RouteKey     string         `json:"routeKey"`
	Stage        string         `json:"stage"`
	Time         string         `json:"time"`
	TimeEpoch    int64          `json:"timeEpoch"`
}

type urlAuthorizer struct {
	IAM urlIAM `json:"iam"`
}

type urlIAM struct {
	AccessKey       string  `json:"accessKey"`
	AccountID       string  `json:"accountId"`
	CallerID        string  `json:"callerId"`
	CognitoIdentity *string `json:"cognitoIdentity"`
	PrincipalOrgID  *string `json:"principalOrgId"`
	UserARN         string  `json:"userArn"`
	UserID          string  `json:"userId"`
}

type urlHTTP struct {
	Method    string `json:"method"`
	Path      string `json:"path"`
	Protocol  string `json:"protocol"`
	SourceIP  string `json:"sourceIp"`
	UserAgent string `json:"userAgent"`
}

// event is what the function gets. AWS: header names in lower case, values of
// one name joined by commas, cookies apart.
func (x *urlExchange) event(body []byte) *urlEvent {
	path, query, _ := strings.Cut(x.r.RequestURI, "?")
	if !strings.HasPrefix(path, "/") {
		path = x.r.URL.EscapedPath()
	}
	now := x.s.now().UTC()
	host := hostName(x.r.Host)
	e := &urlEvent{
		Version: "2.0", RouteKey: "$default", RawPath: path, RawQueryString: query, Headers: x.headers(),
		QueryStringParameters: queryParameters(query), Cookies: x.cookies(),
		RequestContext: urlContext{
			AccountID: "anonymous", APIID: x.target.ID, DomainName: host, DomainPrefix: x.target.ID,
			HTTP:      urlHTTP{Method: x.r.Method, Path: path, Protocol: x.r.Proto, SourceIP: x.in.SourceIP, UserAgent: x.r.UserAgent()},
			RequestID: x.in.RequestID, RouteKey: "$default", Stage: "$default",
			Time: now.Format("02/Jan/2006:15:04:05 +0000"), TimeEpoch: now.UnixMilli(),
		},
	}
	if x.config.AuthType == "AWS_IAM" {
		c := x.in.Caller
		e.RequestContext.AccountID = c.Account
		e.RequestContext.Authorizer = &urlAuthorizer{urlIAM{AccessKey: c.AccessKey, AccountID: c.Account, CallerID: c.UserID, UserARN: c.ARN, UserID: c.UserID}}
	}
	if len(body) > 0 {
		text := string(body)
		if e.IsBase64Encoded = !isText(x.r.Header.Get("Content-Type")); e.IsBase64Encoded {
			text = base64.StdEncoding.EncodeToString(body)
		}
		e.Body = &text
	}
	return e
}

func hostName(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return host
}

func (x *urlExchange) headers() map[string]string {
	h := map[string]string{"host": hostName(x.r.Host), "x-forwarded-for": x.in.SourceIP, "x-forwarded-port": "443", "x-forwarded-proto": "https"}
	if x.r.TLS == nil {
		_, port, _ := net.SplitHostPort(x.r.Host)
		h["x-forwarded-proto"], h["x-forwarded-port"] = "http", port
		if port == "" {
			h["x-forwarded-port"] = "80"
		}
	}
	for k, vs := range x.r.Header {
		if name := strings.ToLower(k); name != "cookie" {
			h[name] = strings.Join(vs, ",")
		}
	}
	return h
}

func (x *urlExchange) cookies() []string {
	var out []string
	for _, line := range x.r.Header["Cookie"] {
		for c := range strings.SplitSeq(line, ";") {
			if c = strings.TrimSpace(c); c != "" {
				out = append(out, c)
			}
		}
	}
	return out
}

// queryParameters joins the values of each name by commas.
func queryParameters(query string) map[string]string {
	values, _ := url.ParseQuery(query) // what cannot be parsed is left out
	if len(values) == 0 {
		return nil
	}
	out := make(map[string]string, len(values))
	for k, vs := range values {
		out[k] = strings.Join(vs, ",")
	}
	return out
}

// isText reports whether a body of that type goes to the function as it is.
func isText(contentType string) bool {
	mediaType, _, _ := strings.Cut(strings.ToLower(contentType), ";")
	mediaType = strings.TrimSpace(mediaType)
	return strings.HasPrefix(mediaType, "text/") || strings.HasSuffix(mediaType, "+json") || strings.HasSuffix(mediaType, "+xml") ||
		slices.Contains([]string{"application/json", "application/javascript", "application/xml"}, mediaType)
}
