package awsapi

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Empty is the input or output of an operation that has none.
type Empty struct{}

// Time is an AWS timestamp: epoch seconds in JSON (with milliseconds where
// there are any), ISO 8601 in XML.
type Time struct{ time.Time }

// Seconds returns t cut to whole seconds, as API Gateway and IAM store it.
func Seconds(t time.Time) Time { return Time{t.UTC().Truncate(time.Second)} }

// AppendJSON appends epoch seconds.
func (t Time) AppendJSON(b []byte) []byte {
	if ms := t.UnixMilli() % 1000; ms != 0 {
		return strconv.AppendFloat(b, float64(t.UnixMilli())/1000, 'f', 3, 64)
	}
	return strconv.AppendInt(b, t.Unix(), 10)
}

// MarshalJSON implements json.Marshaler, for stored documents.
func (t Time) MarshalJSON() ([]byte, error) { return t.AppendJSON(nil), nil }

// UnmarshalJSON implements json.Unmarshaler, for stored documents.
func (t *Time) UnmarshalJSON(b []byte) error {
	v, err := parseTime(string(b))
	if err == nil {
		*t = v
	}
	return err
}

// maxEpoch bounds timestamps, in seconds: the end of the year 9999.
const maxEpoch = 253402300800

// parseTime reads epoch seconds or an ISO date, in quotes or not.
func parseTime(s string) (Time, error) {
	if len(s) > 1 && s[0] == '"' {
		s = s[1 : len(s)-1]
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil && math.Abs(f) < maxEpoch {
		return Time{time.UnixMilli(int64(f*1000 + 0.5)).UTC()}, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02", time.RFC1123} {
		if v, err := time.Parse(layout, s); err == nil {
			return Time{v.UTC()}, nil
		}
	}
	return Time{}, fmt.Errorf("timestamp %q is neither epoch seconds nor ISO 8601", s)
}

// ISO is the form of XML answers: 2024-01-01T00:00:00Z.
func (t Time) ISO() string { return t.UTC().Format("2006-01-02T15:04:05Z") }
