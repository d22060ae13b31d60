package awsapi

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"reflect"
	"strconv"
	"unicode/utf8"
)

// cborProtocol is the value of the header Smithy-Protocol.
const cborProtocol = "rpc-v2-cbor"

// Bounds of requests: the nesting, and the number of values. An empty list is one
// byte of a request and forty in memory.
const (
	maxCBORDepth  = 64
	maxCBORValues = 1 << 20
)

// Major types of RFC 8949.
const (
	cborUint = iota << 5
	cborNegative
	cborBytes
	cborText
	cborArray
	cborMap
	cborTag
	cborSimple
)

// Simple values, and the length that stands for "until the break".
const (
	cborFalse      = cborSimple | 20
	cborTrue       = cborSimple | 21
	cborNull       = cborSimple | 22
	cborFloat64    = cborSimple | 27
	cborBreak      = cborSimple | 31
	cborIndefinite = 31
	tagEpoch       = 1
)

// decodeCBOR fills in from a body; none is an empty input.
func decodeCBOR(in any, body []byte) error {
	if len(body) == 0 {
		return nil
	}
	r := cborReader{b: body}
	tree, err := r.value(0)
	if err == nil && len(r.b) > 0 {
		err = errors.New("unexpected bytes after the value")
	}
	if err != nil {
		return Errorf(400, "SerializationException", "Could not parse request body into cbor: %s", err)
	}
	return decoder{names: wireNames}.value(tree, reflect.ValueOf(in).Elem())
}

// cborReader reads one value into the same tree as JSON is read into: numbers
// are json.Number; byte strings are []byte. What it makes is bounded by what it
// reads: lengths are compared with what is left before anything is allocated.
type cborReader struct {
	b      []byte
	values int // that were read
}

var errCBOREnd = errors.New("unexpected end")

// head reads a type and its argument. n is meaningless for an indefinite length.
func (r *cborReader) head() (major byte, info byte, n uint64, err error) {
	if len(r.b) == 0 {
		return 0, 0, 0, errCBOREnd
	}
	major, info = r.b[0]&0xe0, r.b[0]&0x1f
	r.b = r.b[1:]
	if info < 24 || info == cborIndefinite {
		return major, info, uint64(info), nil
	}
	if info > 27 {
		return 0, 0, 0, errors.New("reserved additional information " + strconv.Itoa(int(info)))
	}
	size := 1 << (info - 24)
	if len(r.b) < size {
		return 0, 0, 0, errCBOREnd
	}
	var wide [8]byte
	copy(wide[8-size:], r.b[:size])
	r.b = r.b[size:]
	return major, info, binary.BigEndian.Uint64(wide[:]), nil
}

func (r *cborReader) value(depth int) (any, error) {
	if depth > maxCBORDepth {
		return nil, errors.New("nested too deep")
	}
	if r.values++; r.values > maxCBORValues {
		return nil, errors.New("more than " + strconv.Itoa(maxCBORValues) + " values")
	}
	major, info, n, err := r.head()
	if err != nil {
		return nil, err
	}
	switch major {
	case cborBytes, cborText:
		return r.text(major, info, n)
	case cborArray:
		return r.array(info, n, depth)
	case cborMap:
		return r.mapping(info, n, depth)
	case cborSimple:
		return simpleValue(info, n)
	}
	if info == cborIndefinite {
		return nil, errors.New("a number without end")
	}
	switch major {
	case cborNegative:
		if n > math.MaxInt64 {
			return nil, errors.New("a number below 64 bits")
		}
		return json.Number(strconv.FormatInt(-1-int64(n), 10)), nil
	case cborTag: // a time is the number behind its tag
		return r.value(depth + 1)
	}
	return json.Number(strconv.FormatUint(n, 10)), nil
}

func simpleValue(info byte, n uint64) (any, error) {
	switch info {
	case 20, 21:
		return info == 21, nil
	case 22, 23: // null, undefined
		return nil, nil
	case 25:
		return floatNumber(halfFloat(uint16(n))), nil
	case 26:
		return floatNumber(float64(math.Float32frombits(uint32(n)))), nil
	case 27:
		return floatNumber(math.Float64frombits(n)), nil
	}
	return nil, errors.New("unexpected simple value " + strconv.Itoa(int(info)))
}

func floatNumber(f float64) json.Number { return json.Number(strconv.FormatFloat(f, 'g', -1, 64)) }

// halfFloat widens a number of 16 bits.
func halfFloat(h uint16) float64 {
	exponent, fraction := int(h>>10&0x1f), float64(h&0x3ff)
	f := math.Ldexp(1024+fraction, exponent-25)
	switch exponent {
	case 0:
		f = math.Ldexp(fraction, -24)
	case 31:
		if f = math.Inf(1); fraction != 0 {
			f = math.NaN()
		}
	}
	if h&0x8000 != 0 {
		f = -f
	}
	return f
}

// text reads a text or byte string, which may come in chunks.
func (r *cborReader) text(major, info byte, n uint64) (any, error) {
	var all []byte
	if info != cborIndefinite {
		chunk, err := r.take(n)
		if err != nil {
			return nil, err
		}
		all = chunk
	}
	for info == cborIndefinite {
		m, i, n, err := r.head()
		if err != nil {
			return nil, err
		}
		if m|i == cborBreak {
			break
		}
		if m != major || i == cborIndefinite {
			return nil, errors.New("a chunk of another type")
		}
		chunk, err := r.take(n)
		if err != nil {
			return nil, err
		}
		all = append(all, chunk...)
	}
	if major == cborBytes {
		return append([]byte{}, all...), nil
	}
	if !utf8.Valid(all) {
		return nil, errors.New("text is not UTF-8")
	}
	return string(all), nil
}

func (r *cborReader) take(n uint64) ([]byte, error) {
	if n > uint64(len(r.b)) {
		return nil, errCBOREnd
	}
	chunk := r.b[:n:n]
	r.b = r.b[n:]
	return chunk, nil
}

// more tells whether a list or map goes on, and eats its end.
func (r *cborReader) more(info byte, n uint64, done int) (bool, error) {
	if info != cborIndefinite {
		return uint64(done) < n, nil
	}
	if len(r.b) == 0 {
		return false, errCBOREnd
	}
	if r.b[0] == cborBreak {
		r.b = r.b[1:]
		return false, nil
	}
	return true, nil
}

func (r *cborReader) array(info byte, n uint64, depth int) (any, error) {
	if info != cborIndefinite && n > uint64(len(r.b)) { // each item has a byte at least
		return nil, errCBOREnd
	}
	list := []any{}
	for {
		more, err := r.more(info, n, len(list))
		if err != nil || !more {
			return list, err
		}
		item, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, item)
	}
}

func (r *cborReader) mapping(info byte, n uint64, depth int) (any, error) {
	if info != cborIndefinite && n > uint64(len(r.b))/2 {
		return nil, errCBOREnd
	}
	m := map[string]any{}
	for done := 0; ; done++ {
		more, err := r.more(info, n, done)
		if err != nil || !more {
			return m, err
		}
		key, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		name, ok := key.(string)
		if !ok {
			return nil, errors.New("a key that is no text")
		}
		if m[name], err = r.value(depth + 1); err != nil {
			return nil, err
		}
	}
}

// encodeCBOR is the reply with an output.
func encodeCBOR(op *BoundOperation, out any) reply {
	r := reply{status: op.Status, header: http.Header{"Smithy-Protocol": {cborProtocol}}, contentType: "application/cbor"}
	if out != nil {
		r.body = appendCBOR(nil, reflect.ValueOf(out))
	} else if op.output != reflect.TypeFor[Empty]() {
		r.body = []byte{cborMap}
	}
	return r
}

// errorCBOR is the reply for an error.
func errorCBOR(e *Error) reply {
	b := []byte{cborMap | 2}
	b = appendCBORText(appendCBORText(b, "__type"), e.shape())
	key := e.MessageKey
	if key == "" {
		key = "message"
	}
	b = appendCBORText(appendCBORText(b, key), e.Message)
	return reply{status: e.Status, header: http.Header{"Smithy-Protocol": {cborProtocol}}, contentType: "application/cbor", body: b}
}

func appendCBORHead(b []byte, major byte, n uint64) []byte {
	switch {
	case n < 24:
		return append(b, major|byte(n))
	case n <= math.MaxUint8:
		return append(b, major|24, byte(n))
	case n <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(b, major|25), uint16(n))
	case n <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(b, major|26), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(b, major|27), n)
}

func appendCBORText(b []byte, s string) []byte {
	return append(appendCBORHead(b, cborText, uint64(len(s))), s...)
}

func appendCBORFloat(b []byte, f float64) []byte {
	return binary.BigEndian.AppendUint64(append(b, cborFloat64), math.Float64bits(f))
}

// appendCBOR appends v; absent members are left out.
func appendCBOR(b []byte, v reflect.Value) []byte {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return append(b, cborNull)
		}
		return appendCBOR(b, v.Elem())
	}
	if t, ok := v.Interface().(Time); ok {
		b = append(b, cborTag|tagEpoch)
		if t.UnixMilli()%1000 != 0 {
			return appendCBORFloat(b, float64(t.UnixMilli())/1000)
		}
		return appendCBORInt(b, t.Unix())
	}
	switch v.Kind() {
	case reflect.Struct:
		return appendCBORStruct(b, v)
	case reflect.Map:
		b = appendCBORHead(b, cborMap, uint64(v.Len()))
		for _, k := range sortedMapKeys(v) {
			b = appendCBOR(appendCBORText(b, k), v.MapIndex(reflect.ValueOf(k)))
		}
		return b
	case reflect.Slice:
		if v.Type() == bytesType {
			return append(appendCBORHead(b, cborBytes, uint64(v.Len())), v.Bytes()...)
		}
		b = appendCBORHead(b, cborArray, uint64(v.Len()))
		for i := range v.Len() {
			b = appendCBOR(b, v.Index(i))
		}
		return b
	case reflect.String:
		return appendCBORText(b, v.String())
	case reflect.Bool:
		if v.Bool() {
			return append(b, cborTrue)
		}
		return append(b, cborFalse)
	case reflect.Int64:
		return appendCBORInt(b, v.Int())
	case reflect.Float64:
		return appendCBORFloat(b, v.Float())
	}
	return append(b, cborNull)
}

func appendCBORInt(b []byte, n int64) []byte {
	if n < 0 {
		return appendCBORHead(b, cborNegative, uint64(-1-n))
	}
	return appendCBORHead(b, cborUint, uint64(n))
}

func appendCBORStruct(b []byte, v reflect.Value) []byte {
	fields := structureOf(v.Type()).fields
	there := func(f field) bool {
		fv := v.Field(f.index)
		return f.place == inBody && fv.Kind() != reflect.Func && !isNilRef(fv) && (f.plain || !fv.IsZero())
	}
	n := 0
	for _, f := range fields {
		if there(f) {
			n++
		}
	}
	b = appendCBORHead(b, cborMap, uint64(n))
	for _, f := range fields {
		if there(f) {
			b = appendCBOR(appendCBORText(b, f.wire), v.Field(f.index))
		}
	}
	return b
}
