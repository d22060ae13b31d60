package metrics

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/metrics/series"
)

// Limits of PutMetricData. AWS.
const (
	maxData       = 1000
	maxDimensions = 30
	maxValues     = 150
	maxPast       = 14 * 24 * time.Hour
	maxFuture     = 2 * time.Hour
)

// maxValue bounds numbers. AWS: 2 to the 360th.
var maxValue = math.Ldexp(1, 360)

// sample is one datum that was checked.
type sample struct {
	id series.ID
	at time.Time
	series.Summary
}

// PutMetricData adds to metrics, making those that are new. All of it is taken,
// or nothing.
func (s *Service) PutMetricData(ctx context.Context, in *PutMetricDataInput) (*awsapi.Empty, error) {
	if strings.HasPrefix(in.Namespace, "AWS/") {
		return nil, invalidValue("The value %s for parameter Namespace is invalid.", in.Namespace)
	}
	var samples []sample
	take := func(name string, data []*MetricDatum) error {
		for i, d := range data {
			if d == nil {
				d = &MetricDatum{}
			}
			got, err := s.sample(place(ctx), in.Namespace, fmt.Sprintf("%s.member.%d", name, i+1), d)
			if err != nil {
				return err
			}
			samples = append(samples, got)
		}
		return nil
	}
	count := len(in.MetricData)
	in.EntityMetricData = slices.DeleteFunc(in.EntityMetricData, func(e *EntityMetricData) bool { return e == nil })
	for _, e := range in.EntityMetricData {
		count += len(e.MetricData)
	}
	switch {
	case count == 0:
		return nil, missing("The parameter MetricData is required.")
	case count > maxData:
		return nil, tooMany("MetricData", maxData)
	}
	if err := take("MetricData", in.MetricData); err != nil {
		return nil, err
	}
	for i, e := range in.EntityMetricData {
		if err := take(fmt.Sprintf("EntityMetricData.member.%d.MetricData", i+1), e.MetricData); err != nil {
			return nil, err
		}
	}
	for _, one := range samples {
		s.set.Add(one.id, one.at, one.Summary)
	}
	return nil, nil
}

// sample checks a datum; at is its place in the input.
func (s *Service) sample(p series.Place, namespace, at string, d *MetricDatum) (sample, error) {
	if d.MetricName == "" {
		return sample{}, missing("The parameter %s.MetricName is required.", at)
	}
	if err := checkDimensions(at+".Dimensions", d.Dimensions); err != nil {
		return sample{}, err
	}
	unit := "None"
	if d.Unit != nil {
		unit = *d.Unit
	}
	out := sample{id: series.NewID(p, namespace, d.MetricName, unit, plain(d.Dimensions)...), at: s.now()}
	if r := d.StorageResolution; r != nil && *r != 1 && *r != 60 {
		return out, invalidValue("The value %d for parameter %s.StorageResolution is invalid.", *r, at)
	}
	if d.Timestamp != nil {
		out.at = d.Timestamp.Time
	}
	if s.now().Sub(out.at) > maxPast {
		return out, invalidValue("The parameter %s.Timestamp must specify a time no more than two weeks in the past.", at)
	}
	if out.at.Sub(s.now()) > maxFuture {
		return out, invalidValue("The parameter %s.Timestamp must specify a time no more than two hours in the future.", at)
	}
	var err error
	out.Summary, err = summary(at, d)
	return out, err
}

func checkDimensions(at string, dimensions []*Dimension) error {
	if len(dimensions) > maxDimensions {
		return tooMany(at, maxDimensions)
	}
	seen := map[string]bool{}
	for i, d := range dimensions {
		switch {
		case d == nil || d.Name == "":
			return missing("The parameter %s.member.%d.Name is required.", at, i+1)
		case d.Value == "":
			return missing("The parameter %s.member.%d.Value is required.", at, i+1)
		case strings.ContainsRune(d.Name+d.Value, 0):
			return invalidValue("The value %s for parameter %s.member.%d is invalid.", d.Name, at, i+1)
		case seen[d.Name]:
			return invalidValue("The parameter %s must not contain the dimension %s more than once.", at, d.Name)
		}
		seen[d.Name] = true
	}
	return nil
}

// summary reads the values, which come in one of three forms.
func summary(at string, d *MetricDatum) (sum series.Summary, err error) {
	switch {
	case d.Value != nil && d.StatisticValues != nil:
		return sum, invalidCombination("The parameters %s.Value and %s.StatisticValues are mutually exclusive and you have specified both.", at, at)
	case d.Value != nil && d.Values != nil:
		return sum, invalidCombination("The parameters %s.Value and %s.Values are mutually exclusive and you have specified both.", at, at)
	case d.StatisticValues != nil && d.Values != nil:
		return sum, invalidCombination("The parameters %s.StatisticValues and %s.Values are mutually exclusive and you have specified both.", at, at)
	case d.Value != nil:
		return series.Of(*d.Value, 1), checkNumber(at+".Value", *d.Value)
	case d.StatisticValues != nil:
		return statisticValues(at+".StatisticValues", d.StatisticValues)
	case d.Values != nil:
		return values(at, d)
	}
	return sum, missing("At least one of the parameters %s.Value, %s.Values or %s.StatisticValues must be specified.", at, at, at)
}

func checkNumber(at string, v float64) error {
	if math.IsNaN(v) || math.Abs(v) > maxValue {
		return invalidValue("The value %v for parameter %s is invalid.", v, at)
	}
	return nil
}

func statisticValues(at string, v *StatisticSet) (series.Summary, error) {
	for name, n := range map[string]float64{"SampleCount": v.SampleCount, "Sum": v.Sum, "Minimum": v.Minimum, "Maximum": v.Maximum} {
		if err := checkNumber(at+"."+name, n); err != nil {
			return series.Summary{}, err
		}
	}
	switch {
	case v.SampleCount <= 0:
		return series.Summary{}, invalidValue("The value %v for parameter %s.SampleCount is invalid.", v.SampleCount, at)
	case v.Minimum > v.Maximum:
		return series.Summary{}, invalidCombination("The parameter %s.Maximum must be greater than %s.Minimum.", at, at)
	}
	return series.OfSet(v.SampleCount, v.Sum, v.Minimum, v.Maximum), nil
}

func values(at string, d *MetricDatum) (sum series.Summary, err error) {
	switch {
	case len(d.Values) == 0:
		return sum, missing("The parameter %s.Values is required.", at)
	case len(d.Values) > maxValues:
		return sum, tooMany(at+".Values", maxValues)
	case d.Counts != nil && len(d.Counts) != len(d.Values):
		return sum, invalidCombination("The parameters %s.Values and %s.Counts must be of the same size.", at, at)
	}
	for i, v := range d.Values {
		n := 1.0
		if d.Counts != nil {
			n = d.Counts[i]
		}
		if err := checkNumber(fmt.Sprintf("%s.Values.member.%d", at, i+1), v); err != nil {
			return sum, err
		}
		if err := checkNumber(fmt.Sprintf("%s.Counts.member.%d", at, i+1), n); err != nil || n < 0 {
			return sum, invalidValue("The value %v for parameter %s.Counts.member.%d is invalid.", n, at, i+1)
		}
		if n > 0 {
			sum.Add(v, n)
		}
	}
	if sum.Count == 0 {
		return sum, invalidValue("The parameter %s.Counts must contain a value greater than 0.", at)
	}
	return sum, nil
}
