package openapi

import (
	"net/url"
	"strconv"
	"strings"
)

// resolve follows n's reference, and those behind it, inside the document. What
// leads nowhere is nothing.
func (r *reader) resolve(n *node) *node {
	for range maxHops {
		ref, ok := n.get("$ref").scalar()
		if !ok {
			return n
		}
		if n = r.at(ref); n == nil {
			r.warn("Reference '%s' not found. Ignoring.", ref)
			return nil
		}
		r.spend(n.weight)
	}
	r.warn("Reference '%s' leads to itself. Ignoring.", n.get("$ref").text())
	return nil
}

// at returns what a local reference ("#/components/parameters/page") names.
func (r *reader) at(ref string) *node {
	rest, ok := strings.CutPrefix(ref, "#/")
	if !ok {
		return nil
	}
	n := r.doc
	for part := range strings.SplitSeq(rest, "/") {
		r.spend(1)
		n = n.step(pointerPart(part))
	}
	return n
}

// step is the member or item that one part of a pointer names.
func (n *node) step(part string) *node {
	if !n.is(list) {
		return n.get(part)
	}
	if i, err := strconv.Atoi(part); err == nil && i >= 0 && i < len(n.items) {
		return n.items[i]
	}
	return nil
}

// pointerPart takes the escapes of URLs and JSON pointers away.
func pointerPart(part string) string {
	if !strings.ContainsAny(part, "%~") {
		return part
	}
	if plain, err := url.PathUnescape(part); err == nil {
		part = plain
	}
	return pointerEscapes.Replace(part)
}

var pointerEscapes = strings.NewReplacer("~1", "/", "~0", "~")
