package store

import (
	"strings"
	"testing"
)

func TestPrefixEnd(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		prefix, end string
		ok          bool
	}{
		{"", "", false}, {"a", "b", true}, {"a\xff", "b", true}, {"a\xff\xff", "b", true}, {"\xff", "", false},
		{"a%", "a&", true}, {"ab\x00", "ab\x01", true},
	} {
		if end, ok := PrefixEnd(tt.prefix); end != tt.end || ok != tt.ok {
			t.Errorf("%q: got %q, %v, want %q, %v", tt.prefix, end, ok, tt.end, tt.ok)
		}
	}
}

// FuzzPrefixEnd: a string has the prefix exactly if it lies between the two.
func FuzzPrefixEnd(f *testing.F) {
	f.Add("a\xff", "a\xff\x00")
	f.Add("", "x")
	f.Add("\xff\xff", "\xff")
	f.Fuzz(func(t *testing.T, prefix, s string) {
		end, ok := PrefixEnd(prefix)
		if got, want := s >= prefix && (!ok || s < end), strings.HasPrefix(s, prefix); got != want {
			t.Fatalf("prefix %q, end %q: %q is in: %v, want %v", prefix, end, s, got, want)
		}
	})
}
