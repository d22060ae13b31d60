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

// trace is an X-Amzn-Trace-Id taken apart.
type trace struct {
	root    string // 1-{8 hex}-{24 hex}
	parent  string // 16 hex
	sampled byte   // '0' or '1'
	lineage string // "" or ;Lineage=…
}

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
	if ids.request = chosen; !isUUID(chosen) {
		ids.request = newUUID((*[16]byte)(random[:]))
	}
	var extended [16]byte
	base64.StdEncoding.Encode(extended[:], random[16:27])
	ids.extended = string(extended[:])
	ids.trace = newTrace(given, now, random[27:39], random[39:47])
	return ids
}

// newUUID makes a UUID (version 4) of random bytes.
func newUUID(random *[16]byte) string {
	random[6], random[8] = random[6]&0x0f|0x40, random[8]&0x3f|0x80
	var b [36]byte
	hex.Encode(b[:8], random[:4])
	hex.Encode(b[9:13], random[4:6])
	hex.Encode(b[14:18], random[6:8])
	hex.Encode(b[19:23], random[8:10])
	hex.Encode(b[24:], random[10:])
	b[8], b[13], b[18], b[23] = '-', '-', '-', '-'
	return string(b[:])
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
func newTrace(given string, now time.Time, root, parent []byte) trace {
	var t trace
	for field := range strings.SplitSeq(given, ";") {
		key, v, _ := strings.Cut(strings.TrimSpace(field), "=")
		switch {
		case !plainTrace(v):
		case equalFold(key, "Root"):
			t.root = v
		case equalFold(key, "Parent"):
			t.parent = v
		case equalFold(key, "Lineage"):
			t.lineage = ";Lineage=" + v
		case equalFold(key, "Sampled") && (v == "0" || v == "1"):
			t.sampled = v[0]
		}
	}
	if t.sampled == 0 {
		t.sampled = '0'
		if t.parent != "" {
			t.sampled = '1'
		}
	}
	if t.root == "" {
		var b [35]byte
		seconds := uint32(now.Unix())
		copy(b[:], "1-")
		hex.Encode(b[2:10], []byte{byte(seconds >> 24), byte(seconds >> 16), byte(seconds >> 8), byte(seconds)})
		b[10] = '-'
		hex.Encode(b[11:], root)
		t.root = string(b[:])
	}
	if t.parent == "" {
		t.parent = hex.EncodeToString(parent)
	}
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

// short is what responses and HTTP backends get.
func (t *trace) short() string { return "Root=" + t.root }

// long is what Lambda gets.
func (t *trace) long() string {
	return "Root=" + t.root + ";Parent=" + t.parent + ";Sampled=" + string(t.sampled) + t.lineage
}
