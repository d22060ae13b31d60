package gateway

import (
	"context"
	"io"
	"net/http"
	"sync"
	"time"
)

const applicationJSON = "application/json"

// exchange is one request on its way through a method execution. Exchanges
// are reused: nothing of one may be kept after its release.
type exchange struct {
	g   *Gateway
	ctx context.Context // the request's: it ends when the client goes away
	r   *http.Request   // nil in a test invocation

	// Where it goes.
	target Target
	plan   *plan   // nil when there is no such stage
	method *method // nil until routed

	// The method request, as mappings see it.
	verb        string // as sent, or as X-HTTP-Method-Override says
	path        string // behind the stage, with one leading slash
	params      []HeaderField
	query       []HeaderField
	requestHead []HeaderField
	ownHead     int           // index of the first field that the gateway has added
	replaced    []HeaderField // fields of the client's that those take the place of
	body        []byte        // decoded
	wireBody    []byte        // as it came
	bodyRead    bool
	contentType string // media type of the body
	sourceIP    string
	secure      bool

	// Who asks, and when.
	ids        identifiers
	start      time.Time
	identity   *Identity // who signed the request, nil for nobody
	agent      string    // of a test: the tester's user agent
	apiKey     string
	apiKeyID   string
	authorized authorizerResult

	call      call      // the integration request
	answer    answer    // the integration's answer
	requested document  // the method request's body as templates see it
	answered  document  // the answer's
	overrides overrides // what templates have overridden

	// The method response.
	status int
	head   []HeaderField
	reply  []byte
	stream io.ReadCloser // instead of reply
	cached bool          // it comes from the stage cache
	failed *failure

	record  *record // nil when nobody wants to know
	test    bool    // TestInvokeMethod
	latency time.Duration
	cache   cacheUse
	length  int64 // bytes of the response's body

	vars    variables // of the template that runs
	scratch []HeaderField
	values  []string // of the response's header
	out     []byte   // for a reply that is made here
	in      []byte   // for the request's body
	event   []byte   // for the integration request's body
}

// call is the integration request.
type call struct {
	method string
	head   []HeaderField
	query  []HeaderField
	path   []HeaderField
	body   []byte
	binary bool // the body is not text
}

// answer is what the integration answered.
type answer struct {
	status    int    // of the endpoint, 0 when none came
	selection string // what selection patterns are matched against
	head      []HeaderField
	body      []byte
	stream    io.ReadCloser // instead of body
	requestID string        // of the AWS service
	latency   time.Duration
	called    bool
	function  int  // statusCode of a proxy function's output
	failed    bool // the function ended with an error
}

// run takes one request through the stages of a method execution. Each step
// lives in the file of the same name.
func (x *exchange) run() error {
	for _, step := range steps {
		if err := step(x); err != nil {
			return err // becomes a gateway response, in one place
		}
		if x.cached {
			return nil
		}
	}
	return x.respond() // methodresponse.go
}

var steps = [...]func(*exchange) error{
	(*exchange).route,       // route.go
	(*exchange).authorize,   // authorize.go           resource policy, IAM, authorizers
	(*exchange).admit,       // admit.go               API key, usage plan, throttling
	(*exchange).validate,    // validate.go            parameters and models
	(*exchange).lookUp,      // cache.go
	(*exchange).mapRequest,  // integrationrequest.go
	(*exchange).integrate,   // integration.go
	(*exchange).mapResponse, // integrationresponse.go
}

var exchanges = sync.Pool{New: func() any { return new(exchange) }}

// newExchange takes an exchange from the pool.
func (g *Gateway) newExchange(ctx context.Context) *exchange {
	x := exchanges.Get().(*exchange)
	x.g, x.ctx, x.start = g, ctx, g.now()
	return x
}

// maxKept is the size of buffer, in bytes, above which it is not reused.
const maxKept = 64 << 10

// release returns the exchange to the pool.
func (x *exchange) release() {
	x.closeStream()
	clear(x.values[:cap(x.values)])
	kept := exchange{
		params: cleared(x.params), replaced: cleared(x.replaced), query: cleared(x.query), requestHead: cleared(x.requestHead), head: cleared(x.head),
		scratch: cleared(x.scratch), values: x.values, out: reusable(x.out), in: reusable(x.in), event: reusable(x.event),
	}
	kept.call.head, kept.call.query, kept.call.path = cleared(x.call.head), cleared(x.call.query), cleared(x.call.path)
	kept.answer.head = cleared(x.answer.head)
	*x = kept
	exchanges.Put(x)
}

func cleared(f []HeaderField) []HeaderField {
	if cap(f) > 256 {
		return nil
	}
	clear(f[:cap(f)])
	return f[:0]
}

func reusable(b []byte) []byte {
	if cap(b) > maxKept {
		return nil
	}
	return b[:0]
}

// deployment is what the request is answered from, nil before that is known.
func (x *exchange) deployment() *deployment {
	if x.plan == nil {
		return nil
	}
	return x.plan.deployment
}

// settings are those of the method, once routed.
func (x *exchange) settings() *settings {
	if x.method == nil || x.method.index >= len(x.plan.settings) {
		return noSettings
	}
	return x.plan.settings[x.method.index]
}

func (x *exchange) closeStream() {
	if x.stream != nil {
		x.stream.Close()
		x.stream = nil
	}
	if x.answer.stream != nil {
		x.answer.stream.Close()
		x.answer.stream = nil
	}
}

// route finds the method. AWS: no resource, or no method on it, is the same
// answer as no credentials.
func (x *exchange) route() error {
	m, params := x.plan.routes.match(verbOf(x.verb), x.path, x.params)
	x.params = params
	if m == nil {
		return x.noRoute()
	}
	x.method = m.ready()
	return nil
}
