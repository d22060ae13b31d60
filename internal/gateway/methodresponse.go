package gateway

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// remap says which of a response's headers come under another name, or not at
// all. AWS (recorded), for each kind of integration.
type remap struct{ renamed, dropped *nameSet }

var (
	remappedMapped = &remap{newNameSet("Authorization", "Connection", "Content-Length", "Content-MD5", "Date", "Expect",
		"Host", "Max-Forwards", "Proxy-Authenticate", "Server", "Trailer", "Upgrade", "User-Agent", "WWW-Authenticate"),
		newNameSet("Transfer-Encoding")}
	remappedHTTPProxy = &remap{newNameSet("Connection", "Content-Length", "Date", "Server", "x-amzn-RequestId"),
		newNameSet("Transfer-Encoding", "Keep-Alive")}
	remappedProxy = &remap{newNameSet("Connection", "Content-Length", "Date", "Server"), newNameSet("Transfer-Encoding")}
)

const remappedPrefix = "x-amzn-Remapped-"

func (x *exchange) remapHeaders(r *remap) {
	kept := x.head[:0]
	for _, f := range x.head {
		if r.dropped.has(f.Name) {
			continue
		}
		if r.renamed.has(f.Name) {
			f.Name = remappedPrefix + f.Name
		}
		kept = append(kept, f)
	}
	x.head = kept
}

// respond completes the method response of an execution that went well.
func (x *exchange) respond() error {
	i := x.method.integration
	if i.kind != mockIntegration && i.kind != httpProxy {
		x.addTrace()
	}
	if _, ok := fold(x.head, "Content-Type"); !ok && i.kind != httpProxy {
		x.head = append(x.head, field("Content-Type", applicationJSON))
	}
	x.stream, x.answer.stream = x.answer.stream, nil
	if x.record != nil {
		x.tick()
		x.noteBody(StepReplyBody, x.reply, false)
		x.noteFields(StepReplyHeaders, x.head)
		x.note(StepSuccess, "")
	}
	x.store()
	return nil
}

// addTrace adds the trace header, unless the response brings one.
func (x *exchange) addTrace() {
	if _, ok := fold(x.head, "X-Amzn-Trace-Id"); !ok {
		x.head = append(x.head, field("X-Amzn-Trace-Id", x.ids.trace.short()))
	}
}

// seal adds what every response carries, and compresses it.
func (x *exchange) seal() {
	x.head = append(x.head, field("x-amzn-RequestId", x.ids.request), field("x-amz-apigw-id", x.ids.extended))
	if x.plan != nil && x.plan.compressAt >= 0 && int64(len(x.reply)) >= x.plan.compressAt && x.stream == nil {
		x.compress()
	}
	x.length = int64(len(x.reply))
}

// compress encodes the reply as the client accepts it. AWS: gzip, deflate and
// identity.
func (x *exchange) compress() {
	if _, ok := fold(x.head, "Content-Encoding"); ok || len(x.reply) == 0 || x.test {
		return
	}
	accept, _ := fold(x.requestHead, "Accept-Encoding")
	encoding := acceptedEncoding(accept)
	if encoding == "" {
		return
	}
	var b bytes.Buffer
	switch encoding {
	case "gzip":
		w := gzipWriters.Get().(*gzip.Writer)
		defer gzipWriters.Put(w)
		w.Reset(&b)
		w.Write(x.reply)
		w.Close()
	case "deflate":
		w := flateWriters.Get().(*flate.Writer)
		defer flateWriters.Put(w)
		w.Reset(&b)
		w.Write(x.reply)
		w.Close()
	}
	x.reply = b.Bytes()
	x.head = append(x.head, field("Content-Encoding", encoding))
}

var (
	gzipWriters  = sync.Pool{New: func() any { return gzip.NewWriter(io.Discard) }}
	flateWriters = sync.Pool{New: func() any {
		w, _ := flate.NewWriter(io.Discard, flate.DefaultCompression)
		return w
	}}
)

// acceptedEncoding picks gzip, then deflate; "" for none.
func acceptedEncoding(accept string) string {
	var ok [2]bool
	for part := range strings.SplitSeq(accept, ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		if _, q, found := strings.Cut(params, "q="); found {
			if v, err := strconv.ParseFloat(strings.TrimSpace(q), 64); err == nil && v == 0 {
				continue
			}
		}
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "gzip", "*":
			ok[0] = true
		case "deflate":
			ok[1] = true
		}
	}
	switch {
	case ok[0]:
		return "gzip"
	case ok[1]:
		return "deflate"
	}
	return ""
}

// responder is a ResponseWriter that takes an answer as a whole, its fields in
// their order.
type responder interface {
	Respond(status int, fields []HeaderField, body []byte)
}

// write sends the response. The names of fields go out as they are.
func (x *exchange) write(w http.ResponseWriter) {
	if to, ok := w.(responder); ok && x.stream == nil {
		if x.verb == http.MethodHead && x.r.Method != http.MethodHead {
			x.reply = nil
		}
		to.Respond(x.status, x.sent(), x.reply)
		return
	}
	h := w.Header()
	x.values = x.values[:0]
	for i := range x.head {
		f := &x.head[i]
		if !validField(f.Name, f.Value) {
			continue
		}
		name := f.Name
		switch { // net/http looks for these by their canonical names
		case equalFold(name, "Content-Type"):
			name = "Content-Type"
		case equalFold(name, "Content-Length"), equalFold(name, "Transfer-Encoding"), equalFold(name, "Connection"):
			continue
		}
		x.setHeader(h, name, f.Value)
	}
	if _, ok := h["Content-Type"]; !ok {
		h["Content-Type"] = nil // keeps net/http from guessing one
	}
	if x.stream != nil {
		w.WriteHeader(x.status)
		x.length = copyStream(w, x.stream)
		return
	}
	if bodyAllowed(x.status) {
		x.setHeader(h, "Content-Length", strconv.Itoa(len(x.reply)))
	}
	w.WriteHeader(x.status)
	if bodyAllowed(x.status) && x.verb != http.MethodHead {
		w.Write(x.reply)
	}
}

// sent are the fields that go out.
func (x *exchange) sent() []HeaderField {
	kept := x.head[:0]
	for _, f := range x.head {
		if validField(f.Name, f.Value) && !framing.has(f.Name) {
			kept = append(kept, f)
		}
	}
	x.head = kept
	return kept
}

// framing are the fields that the server itself sets.
var framing = newNameSet("Content-Length", "Transfer-Encoding", "Connection", "Date")

// setHeader enters a field. The values of all fields share one array, which
// net/http copies when the header is written.
func (x *exchange) setHeader(h http.Header, name, v string) {
	if before, ok := h[name]; ok {
		h[name] = append(before, v)
		return
	}
	x.values = append(x.values, v)
	n := len(x.values)
	h[name] = x.values[n-1 : n : n]
}

func bodyAllowed(status int) bool { return status >= 200 && status != 204 && status != 304 }

// validField keeps what a mapping makes of a client's input from breaking the
// response's header.
func validField(name, v string) bool {
	if name == "" {
		return false
	}
	for i := range len(name) {
		if c := name[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return strings.IndexFunc(v, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) < 0
}

var copyBuffers = sync.Pool{New: func() any { return new([32 << 10]byte) }}

// copyStream hands a body on as it comes.
func copyStream(w http.ResponseWriter, r io.Reader) int64 {
	buf := copyBuffers.Get().(*[32 << 10]byte)
	defer copyBuffers.Put(buf)
	flusher, _ := w.(http.Flusher)
	var total int64
	for {
		n, err := r.Read(buf[:])
		if n > 0 {
			m, werr := w.Write(buf[:n])
			total += int64(m)
			if werr != nil {
				return total
			}
			if flusher != nil {
				flusher.Flush()
			}
		}
		if err == io.EOF {
			return total
		}
		if err != nil {
			panic(http.ErrAbortHandler) // tells the client that the body is not whole
		}
	}
}
