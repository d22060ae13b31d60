package awsapi

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// Constraints says, by shape, what the model demands of values.
type Constraints map[string]Constraint

// Constraint is what the model says about one shape. Min and Max bound a
// string's length, a list's or map's size, or a number's value.
type Constraint struct {
	Min, Max     *int64
	Pattern      string
	Enum         []string
	Element, Key string // shapes of a list's elements or a map's values and keys
	Sensitive    bool   // no message and no record repeats the value
}

// maxViolations is how many violations one answer lists.
const maxViolations = 10

// validate checks an input against the model and answers as AWS's services do:
// all violations in one text.
func (op *BoundOperation) validate(in any) error {
	v := validator{op: op, constraints: op.Service.Constraints}
	v.structure(reflect.ValueOf(in).Elem(), "")
	if len(v.found) == 0 {
		return nil
	}
	plural := ""
	if len(v.found) > 1 {
		plural = "s"
	}
	text := fmt.Sprintf("%d validation error%s detected: %s", len(v.found), plural, strings.Join(v.found, "; "))
	return &Error{Code: op.Service.validationCode(), Status: 400, Message: text}
}

// validationCode is what the service calls a violation of the model.
func (b *BoundService) validationCode() string {
	switch b.Name {
	case "iam", "sts", "monitoring":
		return "ValidationError"
	case "logs":
		return "InvalidParameterException"
	}
	return "ValidationException"
}

type validator struct {
	op          *BoundOperation
	constraints Constraints
	found       []string
}

func (v *validator) add(value, at, rule string) {
	if value != "" {
		value += " "
	}
	if len(v.found) < maxViolations {
		v.found = append(v.found, fmt.Sprintf("Value %sat '%s' failed to satisfy constraint: %s", value, at, rule))
	}
}

// shown is a value as a message shows it. AWS: a sensitive member is left out,
// "Value at 'password' failed to satisfy …".
func (c Constraint) shown(fv reflect.Value) string {
	switch {
	case c.Sensitive:
		return ""
	case fv.Kind() == reflect.String:
		return "'" + fv.String() + "'"
	}
	return describe(fv)
}

func (v *validator) structure(s reflect.Value, path string) {
	for _, f := range structureOf(s.Type()).fields {
		fv := s.Field(f.index)
		at := v.path(path, f)
		if f.required && v.absent(fv) {
			v.add("null", at, "Member must not be null")
			continue
		}
		v.value(fv, at, f.constraint)
	}
}

// path names a member as AWS's messages do: lower camel case, and in API
// Gateway the input's name before members of the body.
func (v *validator) path(parent string, f field) string {
	name := strings.ToLower(f.name[:1]) + f.name[1:]
	if parent != "" {
		return parent + "." + name
	}
	if v.op.Service.Name == "apigateway" && f.place == inBody {
		op := v.op.Name
		return strings.ToLower(op[:1]) + op[1:] + "Input." + name
	}
	return name
}

// absent reports whether a required member was not sent. Empty text counts as
// absent except in API Gateway, which has messages of its own for it; numbers
// and booleans that are zero cannot be told from absent ones and pass.
func (v *validator) absent(fv reflect.Value) bool {
	switch fv.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice:
		return fv.IsZero()
	case reflect.String:
		return fv.IsZero() && v.op.Service.Name != "apigateway"
	}
	return false
}

func (v *validator) value(fv reflect.Value, at, shape string) {
	if fv.Kind() == reflect.Pointer {
		if fv.IsNil() {
			return
		}
		fv = fv.Elem()
	}
	switch fv.Kind() {
	case reflect.Struct:
		if fv.Type() != timeType {
			v.structure(fv, at)
		}
	case reflect.Slice:
		if fv.IsNil() {
			return
		}
		v.list(fv, at, shape)
	case reflect.Map:
		if fv.IsNil() {
			return
		}
		v.mapping(fv, at, shape)
	default:
		if c, ok := v.constraints[shape]; ok {
			v.scalar(fv, at, c)
		}
	}
}

func (v *validator) list(fv reflect.Value, at, shape string) {
	c := v.constraints[shape]
	v.size(fv.Len(), fv, at, c)
	if fv.Type() == bytesType {
		return
	}
	for i := range fv.Len() {
		v.value(fv.Index(i), fmt.Sprintf("%s.%d.member", at, i+1), c.Element)
	}
}

func (v *validator) mapping(fv reflect.Value, at, shape string) {
	c := v.constraints[shape]
	v.size(fv.Len(), fv, at, c)
	for _, k := range fv.MapKeys() {
		if kc, ok := v.constraints[c.Key]; ok && !kc.holds(k.String()) {
			v.add(c.shown(fv), at, "Map keys must satisfy constraint: ["+strings.Join(kc.rules(k.String()), ", ")+"]")
		}
		v.value(fv.MapIndex(k), at+"."+k.String()+".member", c.Element)
	}
}

func (v *validator) size(n int, fv reflect.Value, at string, c Constraint) {
	if c.Min != nil && int64(n) < *c.Min {
		v.add(c.shown(fv), at, fmt.Sprintf("Member must have length greater than or equal to %d", *c.Min))
	}
	if c.Max != nil && int64(n) > *c.Max {
		v.add(c.shown(fv), at, fmt.Sprintf("Member must have length less than or equal to %d", *c.Max))
	}
}

func (v *validator) scalar(fv reflect.Value, at string, c Constraint) {
	switch fv.Kind() {
	case reflect.String:
		for _, rule := range c.rules(fv.String()) {
			v.add(c.shown(fv), at, rule)
		}
	case reflect.Int64:
		n := fv.Int()
		if c.Min != nil && n < *c.Min {
			v.add("'"+strconv.FormatInt(n, 10)+"'", at, fmt.Sprintf("Member must have value greater than or equal to %d", *c.Min))
		}
		if c.Max != nil && n > *c.Max {
			v.add("'"+strconv.FormatInt(n, 10)+"'", at, fmt.Sprintf("Member must have value less than or equal to %d", *c.Max))
		}
	}
}

func (c Constraint) holds(s string) bool { return len(c.rules(s)) == 0 }

// rules returns the rules that s breaks.
func (c Constraint) rules(s string) []string {
	var broken []string
	n := int64(utf8.RuneCountInString(s))
	if c.Max != nil && n > *c.Max {
		broken = append(broken, fmt.Sprintf("Member must have length less than or equal to %d", *c.Max))
	}
	if c.Min != nil && n < *c.Min {
		broken = append(broken, fmt.Sprintf("Member must have length greater than or equal to %d", *c.Min))
	}
	if c.Pattern != "" && !matches(c.Pattern, s) {
		broken = append(broken, "Member must satisfy regular expression pattern: "+c.Pattern)
	}
	if len(c.Enum) > 0 && !slices.Contains(c.Enum, s) {
		broken = append(broken, "Member must satisfy enum value set: ["+strings.Join(c.Enum, ", ")+"]")
	}
	return broken
}

// describe prints a list or map as Java does.
func describe(v reflect.Value) string {
	var b strings.Builder
	switch {
	case v.Type() == bytesType:
		return fmt.Sprintf("'java.nio.HeapByteBuffer[pos=0 lim=%d cap=%d]'", v.Len(), v.Len())
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			if i > 0 {
				b.WriteString(", ")
			}
			fmt.Fprint(&b, reflect.Indirect(v.Index(i)))
		}
		return "'[" + b.String() + "]'"
	}
	texts := map[string]string{}
	for _, k := range v.MapKeys() {
		texts[k.String()] = fmt.Sprint(reflect.Indirect(v.MapIndex(k)))
	}
	for i, k := range sortedKeys(texts) {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(k + "=" + texts[k])
	}
	return "'{" + b.String() + "}'"
}

var patterns sync.Map // string → *regexp.Regexp, or nil where RE2 cannot say it

// specialPatterns are those of the models that look ahead, which RE2 refuses.
var specialPatterns = map[string]func(string) bool{
	// Names of aliases: not only digits.
	`(?!^[0-9]+$)([a-zA-Z0-9-_]+)`: func(s string) bool {
		return matchesRE2(`[a-zA-Z0-9-_]+`, s) && !matchesRE2(`[0-9]+`, s)
	},
}

// matches reports whether pattern matches the whole of s. The models' patterns
// are Java's; one that RE2 cannot say matches everything, and a test lists
// those.
func matches(pattern, s string) bool {
	if f := specialPatterns[pattern]; f != nil {
		return f(s)
	}
	return matchesRE2(pattern, s)
}

func matchesRE2(pattern, s string) bool {
	re, ok := patterns.Load(pattern)
	if !ok {
		re, _ = patterns.LoadOrStore(pattern, compilePattern(pattern))
	}
	if r := re.(*regexp.Regexp); r != nil {
		return r.MatchString(s)
	}
	return true
}

// javaEscape is how Java's patterns write a character by its number.
var javaEscape = regexp.MustCompile(`\\u([0-9A-Fa-f]{4})`)

func compilePattern(pattern string) *regexp.Regexp {
	re, err := regexp.Compile(`^(?:` + javaEscape.ReplaceAllString(pattern, `\x{$1}`) + `)$`)
	if err != nil {
		return nil
	}
	return re
}
