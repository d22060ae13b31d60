package series

import (
	"math"
	"strconv"
	"strings"
)

// Statistic is one of CloudWatch's statistics, as ParseStatistic reads it.
type Statistic struct {
	kind     string  // Sum, Average …; "p", or the letters of the trimmed ones
	from, to float64 // percent of values, or values where absolute
	absolute bool
}

// plain are the statistics that need no distribution.
var plain = map[string]func(*Summary) float64{
	"SampleCount": func(s *Summary) float64 { return s.Count },
	"Sum":         func(s *Summary) float64 { return s.Sum },
	"Average":     func(s *Summary) float64 { return s.Sum / s.Count },
	"Minimum":     func(s *Summary) float64 { return s.Min },
	"Maximum":     func(s *Summary) float64 { return s.Max },
}

// ParseStatistic reads Average, p99.9, tm90, TM(10%:90%), IQM, PR(:300) and the
// like.
func ParseStatistic(text string) (Statistic, bool) {
	if plain[text] != nil {
		return Statistic{kind: text}, true
	}
	lower := strings.ToLower(text)
	if lower == "iqm" {
		return Statistic{kind: "tm", from: 25, to: 75}, true
	}
	if p, ok := strings.CutPrefix(lower, "p"); ok && !strings.HasPrefix(p, "r") {
		return percent("p", p)
	}
	if len(lower) < 3 {
		return Statistic{}, false
	}
	kind, rest := lower[:2], lower[2:]
	switch kind {
	case "tm", "tc", "ts", "wm", "pr":
	default:
		return Statistic{}, false
	}
	if kind != "pr" && rest[0] != '(' {
		return percent(kind, rest)
	}
	return bounds(kind, rest)
}

// percent reads "99.9": everything up to that percentile.
func percent(kind, text string) (Statistic, bool) {
	p, err := strconv.ParseFloat(text, 64)
	if err != nil || !(p >= 0 && p <= 100) || strings.ContainsAny(text, "eEx_+-") {
		return Statistic{}, false
	}
	return Statistic{kind: kind, to: p}, true
}

// bounds reads "(10%:90%)" or "(100:300)", either end of which may be open.
func bounds(kind, text string) (Statistic, bool) {
	from, to, ok := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(text, "("), ")"), ":")
	if !ok || !strings.HasPrefix(text, "(") || !strings.HasSuffix(text, ")") || from+to == "" {
		return Statistic{}, false
	}
	percents := strings.HasSuffix(from, "%") || strings.HasSuffix(to, "%")
	s := Statistic{kind: kind, absolute: !percents, to: 100}
	if s.absolute {
		s.from, s.to = math.Inf(-1), math.Inf(1)
	}
	for text, end := range map[string]*float64{from: &s.from, to: &s.to} {
		if text == "" {
			continue
		}
		number, isPercent := strings.CutSuffix(text, "%")
		v, err := strconv.ParseFloat(number, 64)
		if err != nil || math.IsNaN(v) || isPercent != percents || percents && (v < 0 || v > 100) {
			return Statistic{}, false
		}
		*end = v
	}
	return s, s.from < s.to && !(kind == "pr" && percents)
}

// Of computes the statistic; ok is false where s does not tell, because it has
// no values or their distribution is not known.
func (k Statistic) Of(s *Summary) (v float64, ok bool) {
	if s.Count == 0 {
		return 0, false
	}
	if f := plain[k.kind]; f != nil {
		return f(s), true
	}
	if s.opaque {
		return 0, false
	}
	if k.kind == "p" {
		return s.percentile(k.to), true
	}
	return k.trimmed(s)
}

// percentile is the least value that is not below p percent of the values.
func (s *Summary) percentile(p float64) float64 {
	rank := p / 100 * s.Count
	seen := 0.0
	for i := range s.buckets {
		if seen += s.buckets[i].count; seen >= rank-1e-9 {
			return min(max(s.buckets[i].sum/s.buckets[i].count, s.Min), s.Max)
		}
	}
	return s.Max
}

// trimmed computes over the values between two percentiles or two values.
func (k Statistic) trimmed(s *Summary) (float64, bool) {
	var count, sum, low, high, seen float64
	first := true
	for _, b := range s.buckets {
		v := b.sum / b.count
		n := k.inside(v, seen, b.count, s.Count)
		seen += b.count
		if n <= 0 {
			continue
		}
		if first {
			low, first = v, false
		}
		high = v
		count += n
		sum += n * v
	}
	switch k.kind {
	case "tc":
		return count, true
	case "ts":
		return sum, true
	case "pr":
		return count / s.Count * 100, true
	case "wm": // what is outside counts as the nearest value inside
		below, above := k.outside(s, count)
		return (sum + below*low + above*high) / s.Count, count > 0
	}
	return sum / count, count > 0
}

// inside is how many of a bucket's n values are counted, when seen values are
// below it.
func (k Statistic) inside(v, seen, n, total float64) float64 {
	if k.absolute {
		if v > k.from && v <= k.to {
			return n
		}
		return 0
	}
	from, to := k.from/100*total, k.to/100*total
	return min(seen+n, to) - max(seen, from)
}

// outside is how many values are below and above those counted.
func (k Statistic) outside(s *Summary, inside float64) (below, above float64) {
	if !k.absolute {
		return k.from / 100 * s.Count, (100 - k.to) / 100 * s.Count
	}
	for _, b := range s.buckets {
		if b.sum/b.count <= k.from {
			below += b.count
		}
	}
	return below, s.Count - inside - below
}
