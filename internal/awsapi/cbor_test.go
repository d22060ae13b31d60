package awsapi

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
)

type cborShape struct {
	Name   string            `json:"Name"`
	Size   *int64            `json:"Size,omitzero"`
	Rate   *float64          `json:"Rate,omitzero"`
	On     *bool             `json:"On,omitzero"`
	At     *Time             `json:"At,omitzero"`
	Blob   []byte            `json:"Blob,omitzero"`
	Tags   map[string]string `json:"Tags,omitzero"`
	Values []float64         `json:"Values,omitzero"`
	Inner  *cborShape        `json:"Inner,omitzero"`
	Inners []*cborShape      `json:"Inners,omitzero"`
}

// TestCBORTree reads the examples of RFC 8949, appendix A, that requests may
// have.
func TestCBORTree(t *testing.T) {
	t.Parallel()
	n := func(s string) any { return json.Number(s) }
	for _, tt := range []struct {
		hex  string
		want any
	}{
		{"00", n("0")}, {"17", n("23")}, {"1818", n("24")}, {"1903e8", n("1000")}, {"1a000f4240", n("1000000")},
		{"1bffffffffffffffff", n("18446744073709551615")}, {"20", n("-1")}, {"3903e7", n("-1000")},
		{"f90000", n("0")}, {"f93c00", n("1")}, {"f93e00", n("1.5")}, {"f97bff", n("65504")}, {"f90001", n("5.960464477539063e-08")},
		{"f9c400", n("-4")}, {"f97c00", n("+Inf")}, {"f97e00", n("NaN")},
		{"fa47c35000", n("100000")}, {"fb3ff199999999999a", n("1.1")}, {"fbc010666666666666", n("-4.1")},
		{"f4", false}, {"f5", true}, {"f6", nil}, {"f7", nil}, {"c11a514b67b0", n("1363896240")},
		{"40", []byte{}}, {"4401020304", []byte{1, 2, 3, 4}}, {"60", ""}, {"62c3bc", "ü"},
		{"80", []any{}}, {"8301820203820405", []any{n("1"), []any{n("2"), n("3")}, []any{n("4"), n("5")}}},
		{"a0", map[string]any{}}, {"a26161016162820203", map[string]any{"a": n("1"), "b": []any{n("2"), n("3")}}},
		{"5f42010243030405ff", []byte{1, 2, 3, 4, 5}}, {"7f657374726561646d696e67ff", "streaming"},
		{"9f018202039f0405ffff", []any{n("1"), []any{n("2"), n("3")}, []any{n("4"), n("5")}}},
		{"bf61610161629f0203ffff", map[string]any{"a": n("1"), "b": []any{n("2"), n("3")}}},
	} {
		b, err := hex.DecodeString(tt.hex)
		if err != nil {
			t.Fatal(err)
		}
		r := cborReader{b: b}
		got, err := r.value(0)
		if err != nil || !reflect.DeepEqual(got, tt.want) || len(r.b) != 0 {
			t.Errorf("%s: got %#v, %v with %d bytes left, want %#v", tt.hex, got, err, len(r.b), tt.want)
		}
	}
}

func TestCBORMalformed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ hex, want string }{
		{"a1", "unexpected end"}, {"18", "unexpected end"}, {"62c3", "unexpected end"}, {"9b7fffffffffffffff", "unexpected end"},
		{"bb7fffffffffffffff", "unexpected end"}, {"9f01", "unexpected end"}, {"a10000", "a key that is no text"},
		{"1c", "reserved additional information 28"}, {"62c328", "text is not UTF-8"}, {"a000", "unexpected bytes after the value"},
		{"7f4101ff", "a chunk of another type"}, {"1f", "a number without end"}, {"ff", "unexpected simple value 31"},
		{"3bffffffffffffffff", "a number below 64 bits"}, {strings.Repeat("81", 100) + "00", "nested too deep"},
		{"9f" + strings.Repeat("80", maxCBORValues) + "ff", "more than 1048576 values"},
	} {
		b, _ := hex.DecodeString(tt.hex)
		err := decodeCBOR(&cborShape{}, b)
		if want := "SerializationException: Could not parse request body into cbor: " + tt.want; err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", tt.hex, err, want)
		}
	}
	for _, rate := range []float64{math.NaN(), math.Inf(1)} {
		for member, want := range map[string]string{"Size": "Integer", "At": "Date"} {
			b := appendCBORFloat(appendCBORText([]byte{cborMap | 1}, member), rate)
			if err := decodeCBOR(&cborShape{}, b); err == nil || !strings.HasSuffix(err.Error(), want) {
				t.Errorf("%s of %v: got %v", member, rate, err)
			}
		}
	}
}

func TestCBORRoundTrip(t *testing.T) {
	t.Parallel()
	in := &cborShape{
		Name: strings.Repeat("x", 300), Size: new(int64(-70000)), Rate: new(0.1), On: new(false), At: &Time{time.UnixMilli(1700000000123).UTC()},
		Blob: []byte{0, 255}, Tags: map[string]string{"b": "2", "a": "1"}, Values: []float64{1, -2.5, 1e300},
		Inner: &cborShape{Name: "inner", Size: new(int64(1 << 40)), At: &Time{time.Unix(1700000000, 0).UTC()}}, Inners: []*cborShape{{}, {On: new(true)}},
	}
	out := &cborShape{}
	if err := decodeCBOR(out, appendCBOR(nil, reflect.ValueOf(in))); err != nil || !reflect.DeepEqual(in, out) {
		t.Errorf("got %+v, %v, want %+v", out, err, in)
	}
}

// FuzzCBOR: what is read is written to be read as the same.
func FuzzCBOR(f *testing.F) {
	f.Add(appendCBOR(nil, reflect.ValueOf(&cborShape{Name: "n", Size: new(int64(5)), Rate: new(1.5), Values: []float64{1}, Inner: &cborShape{}})))
	f.Add([]byte("\xbf\x64Name\x7f\x61a\x61b\xff\xff"))
	f.Add([]byte{0x9b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		first, second := &cborShape{}, &cborShape{}
		if decodeCBOR(first, b) != nil {
			return
		}
		written := appendCBOR(nil, reflect.ValueOf(first))
		if err := decodeCBOR(second, written); err != nil {
			t.Fatalf("%x does not read back: %v", written, err)
		}
		if again := appendCBOR(nil, reflect.ValueOf(second)); !bytes.Equal(written, again) {
			t.Fatalf("%x became %x", written, again)
		}
	})
}
