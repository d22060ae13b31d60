package gateway

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"time"
)

// identifiers name one request.
type identifiers struct {
	request  string // UUID, x-amzn-RequestId
	extended string // x-amz-apigw-id, base64
	trace    trace
}

// trace is an X-Amzn-Trace-Id.
type trace struct {
	text string // Root=1-{8 hex}-{24 hex};Parent={16 hex};Sampled=0
	end  int    // of Root=… in it
	own  bool   // Parent was made here
	open bool   // nobody has decided whether it is sampled
	off  bool   // the client has decided that it is not
}

// sample has an undecided trace sampled.
func (t *trace) sample() {
	if t.open {
		t.text, t.open = strings.Replace(t.text, ";Sampled=0", ";Sampled=1", 1), false
	}
}

// short is what responses and HTTP backends get.
func (t *trace) short() string { return t.text[:t.end] }

// long is what Lambda gets.
func (t *trace) long() string { return t.text }

// root is the trace's own id.
func (t *trace) root() string { return t.text[len("Root="):t.end] }

// newIdentifiers makes the ids of a request that came with these header
// fields. AWS: a client may choose the request id, if it is a UUID, and the
// trace.
func newIdentifiers(head []HeaderField, now time.Time) identifiers {
	var random [16 + 11 + 12 + 8]byte
	rand.Read(random[:])
	var ids identifiers
	chosen, given := "", ""
	for i := range head {
		switch len(head[i].Name) {
		case len("x-amzn-RequestId"):
			if equalFold(head[i].Name, "x-amzn-RequestId") {
				chosen = head[i].Value
			}
		case len("X-Amzn-Trace-Id"):
			if equalFold(head[i].Name, "X-Amzn-Trace-Id") {
				given = head[i].Value
			}
		}
	}
	var text [36 + 16]byte
	b := appendUUID(text[:0], (*[16]byte)(random[:]))
	both := string(base64.StdEncoding.AppendEncode(b, random[16:27]))
	ids.request, ids.extended = both[:36], both[36:]
	if isUUID(chosen) {
		ids.request = chosen
	}
	ids.trace = newTrace(given, now, random[27:39], random[39:47])
	return ids
}

// appendUUID appends a UUID (version 4) of random bytes.
func appendUUID(b []byte, random *[16]byte) []byte {
	random[6], random[8] = random[6]&0x0f|0x40, random[8]&0x3f|0x80
	for i, group := range [...][]byte{random[:4], random[4:6], random[6:8], random[8:10], random[10:]} {
		if i > 0 {
			b = append(b, '-')
		}
		b = hex.AppendEncode(b, group)
	}
	return b
}

func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if s[i] != '-' {
				return false
			}
		} else if !isHex(s[i]) {
			return false
		}
	}
	return true
}

// newTrace continues the client's trace or starts one. AWS (recorded): Root
// is kept or made; Parent is kept or made; Sampled is the client's, else 1 if
// it named a Parent, else 0.
func newTrace(given string, now time.Time, random, randomParent []byte) trace {
	var root, parent, sampled, lineage string
	for given != "" {
		var part string
		part, given, _ = strings.Cut(given, ";")
		key, v, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch {
		case !plainTrace(v):
		case equalFold(key, "Root"):
			root = v
		case equalFold(key, "Parent"):
			parent = v
		case equalFold(key, "Lineage"):
			lineage = v
		case equalFold(key, "Sampled") && (v == "0" || v == "1"):
			sampled = v
		}
	}
	t := trace{own: parent == "", open: sampled == "" && parent == "", off: sampled == "0"}
	if sampled == "" {
		sampled = "0"
		if parent != "" {
			sampled = "1"
		}
	}
	var space [128]byte
	b := append(space[:0], "Root="...)
	if root == "" {
		seconds := uint32(now.Unix())
		b = hex.AppendEncode(append(b, "1-"...), []byte{byte(seconds >> 24), byte(seconds >> 16), byte(seconds >> 8), byte(seconds)})
		b = hex.AppendEncode(append(b, '-'), random)
	}
	b = append(b, root...)
	t.end = len(b)
	b = append(b, ";Parent="...)
	if parent == "" {
		b = hex.AppendEncode(b, randomParent)
	}
	b = append(append(b, parent...), ";Sampled="...)
	b = append(b, sampled...)
	if lineage != "" {
		b = append(append(b, ";Lineage="...), lineage...)
	}
	t.text = string(b)
	return t
}

// plainTrace reports whether a part of a client's trace may be repeated.
func plainTrace(s string) bool {
	for i := range len(s) {
		if !variableByte(s[i]) && s[i] != '-' && s[i] != ':' {
			return false
		}
	}
	return len(s) > 0 && len(s) <= 64
}
