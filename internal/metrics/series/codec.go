package series

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
)

// schemaVersion is that of the documents written here.
const schemaVersion = 1

// maxDocument bounds the JSON in one document before it is compressed; the
// store takes 8 MiB.
const maxDocument = 4 << 20

// document is what is stored: points of many series, compressed.
type document struct {
	Version int    `json:"v"`
	Doc     []byte `json:"doc"`
}

// storedSeries is one series of a document. A point is its time, count, sum,
// minimum, maximum, shift, 1 if it is opaque, and key, count and sum of each
// bucket.
type storedSeries struct {
	Account    string      `json:"a"`
	Region     string      `json:"r"`
	Namespace  string      `json:"n"`
	Name       string      `json:"m"`
	Unit       string      `json:"u"`
	Dimensions string      `json:"d,omitzero"`
	Points     [][]float64 `json:"p"`
}

// encode returns the documents that hold those points.
func encode(all map[ID][]point) ([][]byte, error) {
	var docs [][]byte
	var text []byte
	flush := func() error {
		doc, err := pack(append(text, ']'))
		docs, text = append(docs, doc), nil
		return err
	}
	for _, id := range slices.SortedFunc(maps.Keys(all), ID.compare) {
		one := storedSeries{id.Account, id.Region, id.Namespace, id.Name, id.Unit, id.dimensions, nil}
		for i := range all[id] {
			one.Points = append(one.Points, all[id][i].numbers())
		}
		b, err := json.Marshal(one)
		if err != nil {
			return nil, fmt.Errorf("encode series %s %s: %w", id.Namespace, id.Name, err)
		}
		if len(text) > 0 && len(text)+len(b) > maxDocument {
			if err := flush(); err != nil {
				return nil, err
			}
		}
		sep := byte(',')
		if len(text) == 0 {
			sep = '['
		}
		text = append(append(text, sep), b...)
	}
	if len(text) == 0 {
		return docs, nil
	}
	return docs, flush()
}

func pack(text []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestSpeed)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(text); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return json.Marshal(document{schemaVersion, b.Bytes()})
}

// decode calls f with each point of a document.
func decode(doc []byte, f func(ID, point)) error {
	var d document
	if err := json.Unmarshal(doc, &d); err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	if d.Version != schemaVersion {
		return fmt.Errorf("its schema is version %d and this program knows %d", d.Version, schemaVersion)
	}
	text, err := io.ReadAll(flate.NewReader(bytes.NewReader(d.Doc)))
	if err != nil {
		return fmt.Errorf("uncompress: %w", err)
	}
	var all []storedSeries
	if err := json.Unmarshal(text, &all); err != nil {
		return fmt.Errorf("decode series: %w", err)
	}
	for _, one := range all {
		id := ID{Place{one.Account, one.Region}, one.Namespace, one.Name, one.Unit, one.Dimensions}
		for _, numbers := range one.Points {
			p, ok := pointOf(numbers)
			if !ok {
				return fmt.Errorf("a point of %s %s has %d numbers", id.Namespace, id.Name, len(numbers))
			}
			f(id, p)
		}
	}
	return nil
}

// pointNumbers is how many numbers precede the buckets.
const pointNumbers = 7

func (p *point) numbers() []float64 {
	n := make([]float64, 0, pointNumbers+3*len(p.buckets))
	opaque := 0.0
	if p.opaque {
		opaque = 1
	}
	n = append(n, float64(p.at), p.Count, p.Sum, p.Min, p.Max, float64(p.shift), opaque)
	for _, b := range p.buckets {
		n = append(n, float64(b.key), b.count, b.sum)
	}
	return n
}

func pointOf(n []float64) (point, bool) {
	if len(n) < pointNumbers || (len(n)-pointNumbers)%3 != 0 {
		return point{}, false
	}
	p := point{int64(n[0]), Summary{Count: n[1], Sum: n[2], Min: n[3], Max: n[4], shift: uint8(n[5]), opaque: n[6] == 1}}
	for i := pointNumbers; i < len(n); i += 3 {
		p.buckets = append(p.buckets, bucket{int32(n[i]), n[i+1], n[i+2]})
	}
	return p, true
}
