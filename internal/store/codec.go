package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
)

// Upgrade makes the JSON of the next schema version of one version's.
type Upgrade func(doc []byte) ([]byte, error)

// codec turns values into stored documents, {"v":1,"doc":…}, and back. v is the
// schema version of doc.
type codec[T any] struct {
	version  int
	head     []byte // of documents of this version
	upgrades []Upgrade
}

func newCodec[T any](version int, upgrades []Upgrade) (codec[T], error) {
	if version < 1 || len(upgrades) != version-1 {
		return codec[T]{}, fmt.Errorf("version %d takes %d upgrades, not %d", version, version-1, len(upgrades))
	}
	return codec[T]{version, head(version), upgrades}, nil
}

func head(version int) []byte { return fmt.Appendf(nil, `{"v":%d,"doc":`, version) }

func (c codec[T]) encode(v *T) ([]byte, error) {
	b := bytes.NewBuffer(bytes.Clone(c.head))
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	b.Truncate(b.Len() - 1) // the encoder's line feed
	b.WriteByte('}')
	return b.Bytes(), nil
}

func (c codec[T]) decode(b []byte) (*T, error) {
	version, doc, err := c.open(b)
	if err != nil {
		return nil, err
	}
	if version > c.version {
		return nil, fmt.Errorf("its schema is version %d and this program knows %d: it was written by a newer version", version, c.version)
	}
	for ; version < c.version; version++ {
		if doc, err = c.upgrades[version-1](doc); err != nil {
			return nil, fmt.Errorf("upgrade from version %d: %w", version, err)
		}
	}
	v := new(T)
	if err := json.Unmarshal(doc, v); err != nil {
		return nil, fmt.Errorf("decode: %w", err)
	}
	return v, nil
}

// open takes the envelope off. What encode wrote is not parsed twice.
func (c codec[T]) open(b []byte) (version int, doc []byte, err error) {
	if rest, ok := bytes.CutPrefix(b, []byte(`{"v":`)); ok && b[len(b)-1] == '}' {
		if digits, doc, ok := bytes.Cut(rest, []byte(`,"doc":`)); ok {
			if v, err := strconv.Atoi(string(digits)); err == nil && v > 0 {
				return v, doc[:len(doc)-1], nil
			}
		}
	}
	var e struct {
		V   int             `json:"v"`
		Doc json.RawMessage `json:"doc"`
	}
	if err := json.Unmarshal(b, &e); err != nil {
		return 0, nil, fmt.Errorf("decode: %w", err)
	}
	if e.V < 1 || e.Doc == nil {
		return 0, nil, fmt.Errorf("decode: it has no schema version or no content")
	}
	return e.V, e.Doc, nil
}
