package requests

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Difference is one thing that was not the same.
type Difference struct {
	Step   string `json:"step"` // "Integration request"
	What   string `json:"what"` // "header X-Version", "body .items[0].name"
	Before string `json:"before"`
	After  string `json:"after"`
}

// Bounds of a comparison.
const (
	maxDifferences = 100
	maxShown       = 300 // bytes of a value
	absent         = "(absent)"
)

// compare returns in what two executions differ, in the order of the steps. What
// differs from execution to execution by nature (ids, times, signatures) does
// not count.
func compare(a, b *Detail) (list []Difference, more int) {
	c := &comparison{a: a, b: b}
	c.value("Request", "stage", a.Stage, b.Stage)
	c.value("Request", "deployment", a.Deployment, b.Deployment)
	c.value("Request", "source address", a.SourceIP, b.SourceIP)
	c.message("Request", &a.Client, &b.Client)
	c.list("Authorization", "decision", a.Decisions, b.Decisions)
	c.authorizer()
	c.value("Validation", "finding", a.Invalid, b.Invalid)
	c.message("Integration request", a.Sent, b.Sent)
	c.message("Integration response", a.Received, b.Received)
	c.message("Response", &a.Answer, &b.Answer)
	c.list("Response", "failure", a.Failures, b.Failures)
	if len(c.found) > maxDifferences {
		return c.found[:maxDifferences], len(c.found) - maxDifferences
	}
	if c.found == nil {
		c.found = []Difference{}
	}
	return c.found, 0
}

type comparison struct {
	a, b  *Detail
	found []Difference
}

func (c *comparison) value(step, what, before, after string) {
	before, after = c.steady(before, c.a), c.steady(after, c.b)
	if before != after {
		c.found = append(c.found, Difference{step, what, shown(before), shown(after)})
	}
}

// steady takes an execution's own ids out of a text.
func (c *comparison) steady(s string, d *Detail) string {
	root, _, _ := strings.Cut(strings.TrimPrefix(d.Trace, "Root="), ";")
	ids := [][2]string{{d.ID, "(request id)"}, {root, "(trace)"}}
	if d.FunctionLog != nil {
		ids = append(ids, [2]string{d.FunctionLog.RequestID, "(invocation)"})
	}
	for _, id := range ids {
		if len(id[0]) > 8 {
			s = strings.ReplaceAll(s, id[0], id[1])
		}
	}
	return s
}

func shown(s string) string {
	if len(s) <= maxShown {
		return s
	}
	return string(wholeRunes([]byte(s[:maxShown]))) + " …"
}

func (c *comparison) list(step, what string, before, after []string) {
	c.value(step, what, strings.Join(before, "; "), strings.Join(after, "; "))
}

func (c *comparison) authorizer() {
	a, b := c.a.Authorizer, c.b.Authorizer
	if a == nil {
		a = &Authorizer{}
	}
	if b == nil {
		b = &Authorizer{}
	}
	c.value("Authorization", "authorizer", a.ID, b.ID)
	c.value("Authorization", "principal", a.Principal, b.Principal)
	if !a.Cached && !b.Cached {
		c.body("Authorization", a.Result, b.Result)
	}
}

func (c *comparison) message(step string, a, b *Message) {
	if a == nil && b == nil {
		return
	}
	if a == nil || b == nil {
		was := map[bool]string{true: absent, false: "present"}
		c.value(step, "this step", was[a == nil], was[b == nil])
		return
	}
	c.value(step, "address", a.URI, b.URI)
	if a.Status != b.Status {
		c.value(step, "status", strconv.Itoa(a.Status), strconv.Itoa(b.Status))
	}
	c.fields(step, "path parameter", a.Path, b.Path)
	c.fields(step, "query parameter", a.Query, b.Query)
	c.fields(step, "header", a.Headers, b.Headers)
	c.body(step, a.Body, b.Body)
}

// volatile are header fields that differ each time.
var volatile = map[string]bool{
	"date": true, "x-amzn-trace-id": true, "x-amzn-requestid": true, "x-amz-apigw-id": true, "x-amz-date": true, "x-amz-content-sha256": true,
	"x-amzn-lambda-integration-tag": true, "x-forwarded-for": true, "authorization": true, "x-amz-security-token": true,
	"x-amzn-remapped-date": true, "age": true, "content-length": true, "x-amzn-remapped-content-length": true,
}

func (c *comparison) fields(step, what string, a, b []Field) {
	before, after := joined(a), joined(b)
	names := slices.Sorted(maps.Keys(before))
	for name := range after {
		if _, ok := before[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		if volatile[strings.ToLower(name)] {
			continue
		}
		x, inA := before[name]
		y, inB := after[name]
		if !inA {
			x = absent
		}
		if !inB {
			y = absent
		}
		c.value(step, what+" "+name, x, y)
	}
}

func joined(list []Field) map[string]string {
	m := make(map[string]string, len(list))
	for _, f := range list {
		if v, ok := m[f.Name]; ok {
			m[f.Name] = v + ", " + f.Value
		} else {
			m[f.Name] = f.Value
		}
	}
	return m
}

func (c *comparison) body(step string, a, b *Body) {
	x, y := text(a), text(b)
	if x == y {
		return
	}
	var before, after any
	if whole(a) && whole(b) && json.Unmarshal([]byte(x), &before) == nil && json.Unmarshal([]byte(y), &after) == nil {
		c.json(step, "", before, after)
		return
	}
	if x == "" {
		x = absent
	}
	if y == "" {
		y = absent
	}
	c.value(step, "body", x, y)
}

func whole(b *Body) bool { return b != nil && !b.Cut && b.Binary == nil }

func text(b *Body) string {
	switch {
	case b == nil:
		return ""
	case b.Binary != nil:
		return fmt.Sprintf("%d bytes: %x", b.Size, b.Binary[:min(len(b.Binary), 32)])
	}
	return b.Text
}

// volatileMembers of a proxy integration's event differ each time.
var volatileMembers = []string{
	".requestContext.requestId", ".requestContext.extendedRequestId", ".requestContext.requestTime", ".requestContext.requestTimeEpoch",
	".requestContext.identity.sourceIp",
}

// json compares values member by member.
func (c *comparison) json(step, path string, before, after any) {
	if slices.Contains(volatileMembers, path) || isVolatileHeader(path) {
		return
	}
	switch a := before.(type) {
	case map[string]any:
		if b, ok := after.(map[string]any); ok {
			c.members(step, path, a, b)
			return
		}
	case []any:
		if b, ok := after.([]any); ok && len(a) == len(b) {
			for i := range a {
				c.json(step, path+"["+strconv.Itoa(i)+"]", a[i], b[i])
			}
			return
		}
	}
	c.value(step, "body "+path, compact(before), compact(after))
}

func (c *comparison) members(step, path string, a, b map[string]any) {
	names := slices.Collect(maps.Keys(a))
	for name := range b {
		if _, ok := a[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		x, inA := a[name]
		y, inB := b[name]
		at := path + "." + name
		switch {
		case inA && inB:
			c.json(step, at, x, y)
		case slices.Contains(volatileMembers, at) || isVolatileHeader(at):
		case inA:
			c.value(step, "body "+at, compact(x), absent)
		default:
			c.value(step, "body "+at, absent, compact(y))
		}
	}
}

// isVolatileHeader tells such a field in the headers of a proxy event.
func isVolatileHeader(path string) bool {
	name, ok := strings.CutPrefix(path, ".headers.")
	if !ok {
		if name, ok = strings.CutPrefix(path, ".multiValueHeaders."); !ok {
			return false
		}
	}
	return volatile[strings.ToLower(name)]
}

func compact(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}
