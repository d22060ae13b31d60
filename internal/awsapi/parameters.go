package awsapi

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Hidden stands in the place of a secret in an audit record. CloudTrail's text.
const Hidden = "HIDDEN_DUE_TO_SECURITY_REASONS"

// Bounds of what a record repeats of an input.
const (
	maxParameter  = 2 << 10  // bytes of one text
	maxParameters = 32 << 10 // bytes of all of them
)

// unmarked are members with secrets that AWS's models do not mark: keys of usage
// plans, a domain's private key, what test invocations send, and log lines.
var unmarked = map[string][]string{
	"CreateApiKey":         {"value"},
	"CreateDomainName":     {"certificatePrivateKey"},
	"ImportApiKeys":        {"body"},
	"TestInvokeMethod":     {"headers", "multiValueHeaders", "body", "pathWithQueryString", "stageVariables"},
	"TestInvokeAuthorizer": {"headers", "multiValueHeaders", "body", "pathWithQueryString", "stageVariables"},
	"PutLogEvents":         {"logEvents"},
}

// Parameters is an input as JSON for an audit record: members as CloudTrail
// names them (in lower camel case), secrets hidden, bytes counted, long texts
// cut; null without members.
func (op *BoundOperation) Parameters(in any) []byte {
	p := parameters{constraints: op.Service.Constraints, hidden: unmarked[op.Name]}
	b := p.structure(nil, reflect.ValueOf(in).Elem())
	switch {
	case string(b) == "{}":
		return []byte("null")
	case len(b) > maxParameters:
		return fmt.Appendf(nil, `{"omitted":"parameters of more than %d bytes"}`, maxParameters)
	}
	return b
}

type parameters struct {
	constraints Constraints
	hidden      []string // members of the input itself
}

func (p *parameters) structure(b []byte, v reflect.Value) []byte {
	b = append(b, '{')
	hidden := p.hidden
	p.hidden = nil
	for _, f := range structureOf(v.Type()).fields {
		fv := v.Field(f.index)
		if fv.IsZero() {
			continue
		}
		if len(b) > 1 && b[len(b)-1] != '{' {
			b = append(b, ',')
		}
		b = append(AppendString(b, strings.ToLower(f.name[:1])+f.name[1:]), ':')
		if slices.Contains(hidden, f.name) {
			b = AppendString(b, Hidden)
			continue
		}
		b = p.value(b, fv, f.constraint)
	}
	return append(b, '}')
}

func (p *parameters) value(b []byte, v reflect.Value, shape string) []byte {
	if len(b) > 2*maxParameters {
		return append(b, "null"...) // too much already; see Parameters
	}
	c := p.constraints[shape]
	if c.Sensitive {
		return AppendString(b, Hidden)
	}
	if v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		if v.IsNil() {
			return append(b, "null"...)
		}
		return p.value(b, v.Elem(), shape)
	}
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == timeType {
			return AppendString(b, v.Interface().(Time).ISO())
		}
		return p.structure(b, v)
	case reflect.String:
		return AppendString(b, shortened(v.String()))
	case reflect.Slice:
		if v.Type() == bytesType {
			return AppendString(b, fmt.Sprintf("%d bytes", v.Len()))
		}
		return p.list(b, v, c)
	case reflect.Map:
		return p.mapping(b, v, c)
	}
	return appendValue(b, v, modelNames)
}

func (p *parameters) list(b []byte, v reflect.Value, c Constraint) []byte {
	b = append(b, '[')
	for i := range v.Len() {
		if i > 0 {
			b = append(b, ',')
		}
		b = p.value(b, v.Index(i), c.Element)
	}
	return append(b, ']')
}

func (p *parameters) mapping(b []byte, v reflect.Value, c Constraint) []byte {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(x, y reflect.Value) int { return strings.Compare(x.String(), y.String()) })
	b = append(b, '{')
	for i, k := range keys {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(AppendString(b, shortened(k.String())), ':')
		b = p.value(b, v.MapIndex(k), c.Element)
	}
	return append(b, '}')
}

func shortened(s string) string {
	if len(s) <= maxParameter {
		return s
	}
	return s[:maxParameter] + "…"
}
