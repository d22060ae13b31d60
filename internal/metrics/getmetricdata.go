package metrics

import (
	"context"
	"encoding/base64"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/metrics/metricmath"
)

// Limits of GetMetricData. AWS.
const (
	maxQueries        = 500
	maxDataDatapoints = 100_800
)

var idPattern = regexp.MustCompile(`^[a-z][a-zA-Z0-9_]*$`)

// GetMetricData returns the values of metrics and of expressions over them.
// Times are multiples of the period.
func (s *Service) GetMetricData(ctx context.Context, in *GetMetricDataInput) (*GetMetricDataOutput, error) {
	most := int64(maxDataDatapoints)
	if in.MaxDatapoints != nil {
		most = *in.MaxDatapoints
	}
	if most < 1 || most > maxDataDatapoints {
		return nil, validation("The value %d for parameter MaxDatapoints is not valid: it has to be between 1 and %d.", most, maxDataDatapoints)
	}
	if err := checkTimes(in.StartTime.Time, in.EndTime.Time); err != nil {
		return nil, err
	}
	q, err := s.newQueries(ctx, in)
	if err != nil {
		return nil, err
	}
	results, err := q.results(in)
	if err != nil {
		return nil, err
	}
	return pageOf(results, in.NextToken, int(most))
}

// results evaluates all queries whose data is wanted, in their order.
func (q *queries) results(in *GetMetricDataInput) ([]*MetricDataResult, error) {
	var all []*MetricDataResult
	for _, one := range in.MetricDataQueries {
		v, err := q.value(one.Id)
		if err != nil {
			return nil, err
		}
		if one.ReturnData != nil && !*one.ReturnData {
			continue
		}
		switch v := v.(type) {
		case metricmath.Series:
			all = append(all, result(one, labelOf(one, v, true), v, in.ScanBy))
		case metricmath.Array:
			for _, s := range v {
				all = append(all, result(one, labelOf(one, s, false), s, in.ScanBy))
			}
		default:
			return nil, validation("Error in expression '%s': The expression returns a scalar; TIME_SERIES makes a time series of it", one.Id)
		}
	}
	return all, nil
}

// labelOf is the label of a result: the query's, else the metric's name, else
// the id of the expression.
func labelOf(q *MetricDataQuery, s metricmath.Series, single bool) string {
	switch {
	case q.Label != nil && single:
		return *q.Label
	case q.Label != nil:
		return *q.Label + " " + s.Label
	case single && q.Expression != nil || s.Label == "":
		return q.Id
	}
	return s.Label
}

func result(q *MetricDataQuery, label string, s metricmath.Series, scanBy *string) *MetricDataResult {
	times := s.Times()
	if scanBy == nil || *scanBy != "TimestampAscending" {
		slices.Reverse(times)
	}
	r := &MetricDataResult{Id: &q.Id, Label: &label, Timestamps: []awsapi.Time{}, Values: []float64{}, StatusCode: new("Complete")}
	for _, at := range times {
		r.Timestamps = append(r.Timestamps, awsapi.Time{Time: time.Unix(at, 0).UTC()})
		r.Values = append(r.Values, s.Points[at])
	}
	return r
}

// pageOf cuts results into answers of so many datapoints. A token tells how many
// datapoints came before.
func pageOf(all []*MetricDataResult, token *string, most int) (*GetMetricDataOutput, error) {
	skip := 0
	if token != nil {
		b, err := base64.RawURLEncoding.DecodeString(*token)
		if _, scan := fmt.Sscanf(string(b), "datapoints:%d", &skip); err != nil || scan != nil || skip < 1 {
			return nil, invalidToken()
		}
	}
	out := &GetMetricDataOutput{MetricDataResults: []*MetricDataResult{}, Messages: []*MessageData{}}
	passed := 0 // datapoints before this result
	for _, r := range all {
		n := len(r.Values)
		from, to := min(max(skip-passed, 0), n), min(max(skip+most-passed, 0), n)
		passed += n
		if from == n && n > 0 || skip > 0 && n == 0 {
			continue // was in an earlier answer
		}
		r.Timestamps, r.Values = r.Timestamps[from:to], r.Values[from:to]
		if to < n {
			r.StatusCode = new("PartialData")
		}
		out.MetricDataResults = append(out.MetricDataResults, r)
	}
	if skip+most < passed {
		out.NextToken = new(base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "datapoints:%d", skip+most)))
	}
	return out, nil
}
