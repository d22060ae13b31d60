package apigateway

import (
	"encoding/json"
	"fmt"
)

// documentVersion is the schema version of the documents written now. A change
// that older documents do not fit raises it and adds a step to decodeDocument.
const documentVersion = 1

// envelope is the form of every stored document, the same as in tables.
type envelope struct {
	Version int             `json:"v"`
	Doc     json.RawMessage `json:"doc"`
}

func encodeDocument(v any) ([]byte, error) {
	value, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode %T: %w", v, err)
	}
	b := make([]byte, 0, len(value)+20)
	b = fmt.Appendf(b, `{"v":%d,"doc":`, documentVersion)
	return append(append(b, value...), '}'), nil
}

func decodeDocument[V any](b []byte) (*V, error) {
	var e envelope
	if err := json.Unmarshal(b, &e); err != nil {
		return nil, fmt.Errorf("decode document: %w", err)
	}
	if e.Version < 1 || e.Version > documentVersion {
		return nil, fmt.Errorf("document has schema version %d, known are 1 to %d", e.Version, documentVersion)
	}
	v := new(V)
	if err := json.Unmarshal(e.Doc, v); err != nil {
		return nil, fmt.Errorf("decode document of version %d: %w", e.Version, err)
	}
	return v, nil
}
