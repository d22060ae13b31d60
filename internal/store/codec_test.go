package store

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

type pet struct {
	Name string `json:"name"`
	Legs int    `json:"legs"`
}

// upgradePet makes version 2, which counts legs, of version 1, which said
// whether it is a bird.
func upgradePet(doc []byte) ([]byte, error) {
	var old struct {
		Name string `json:"name"`
		Bird bool   `json:"bird"`
	}
	if err := json.Unmarshal(doc, &old); err != nil {
		return nil, err
	}
	legs := 4
	if old.Bird {
		legs = 2
	}
	return json.Marshal(pet{old.Name, legs})
}

func TestCodec(t *testing.T) {
	t.Parallel()
	c, err := newCodec[pet](2, []Upgrade{upgradePet})
	if err != nil {
		t.Fatal(err)
	}
	b, err := c.encode(&pet{"<Rex>", 4})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"v":2,"doc":{"name":"<Rex>","legs":4}}`; string(b) != want {
		t.Fatalf("encoded %s, want %s", b, want)
	}
	for _, tt := range []struct {
		name, stored string
		want         pet
		err          string
	}{
		{"as it is written", string(b), pet{"<Rex>", 4}, ""},
		{"by another hand", ` { "doc" : {"legs": 3, "name": "x"}, "v": 2 } `, pet{"x", 3}, ""},
		{"older version", `{"v":1,"doc":{"name":"Tweety","bird":true}}`, pet{"Tweety", 2}, ""},
		{"newer version", `{"v":3,"doc":{}}`, pet{}, "version 3 and this program knows 2"},
		{"no version", `{"doc":{}}`, pet{}, "no schema version"},
		{"version 0", `{"v":0,"doc":{}}`, pet{}, "no schema version"},
		{"negative version", `{"v":-1,"doc":{}}`, pet{}, "no schema version"},
		{"no content", `{"v":2}`, pet{}, "no schema version or no content"},
		{"not JSON", `hello`, pet{}, "decode"},
		{"cut off", `{"v":2,"doc":{"name":"x"`, pet{}, "decode"},
		{"cut off early", `{"v":2,"doc":}`, pet{}, "decode"},
		{"empty", ``, pet{}, "decode"},
		{"upgrade fails", `{"v":1,"doc":[]}`, pet{}, "upgrade from version 1"},
		{"another type", `{"v":2,"doc":{"name":1}}`, pet{}, "decode"},
	} {
		got, err := c.decode([]byte(tt.stored))
		switch {
		case tt.err == "" && (err != nil || *got != tt.want):
			t.Errorf("%s: got %v, %v, want %v", tt.name, got, err, tt.want)
		case tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)):
			t.Errorf("%s: got error %v, want one with %q", tt.name, err, tt.err)
		}
	}
	if _, err := newCodec[pet](3, []Upgrade{upgradePet}); err == nil {
		t.Error("version 3 with one upgrade was accepted")
	}
}

// FuzzCodec: decode never panics, and what it takes comes back the same.
func FuzzCodec(f *testing.F) {
	for _, s := range []string{`{"v":1,"doc":{"a":1}}`, `{"v":1,"doc":}`, `{"v":1,"doc":`, `{"doc":null,"v":1}`, `}`, ``, `{"v":1,"doc":{"v":1,"doc":1}}`} {
		f.Add([]byte(s))
	}
	c, err := newCodec[any](1, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := c.decode(b)
		if err != nil {
			return
		}
		once, err := c.encode(v)
		if err != nil {
			t.Fatal(err)
		}
		again, err := c.decode(once)
		if err != nil {
			t.Fatalf("%s became %s: %v", b, once, err)
		}
		if twice, err := c.encode(again); err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("%s became %s, then %s (%v)", b, once, twice, err)
		}
	})
}
