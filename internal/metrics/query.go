package metrics

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lambdagate/lambdagate/internal/metrics/metricmath"
	"github.com/lambdagate/lambdagate/internal/metrics/series"
)

// maxComputed bounds the datapoints that the expressions of one request compute
// on the way.
const maxComputed = 5_000_000

// queries are those of one GetMetricData at work: each is evaluated once, when
// it is first needed.
type queries struct {
	s     *Service
	place series.Place
	in    *GetMetricDataInput

	byID        map[string]*MetricDataQuery
	statistics  map[string]series.Statistic
	expressions map[string]*metricmath.Expression
	period      int64 // the least of all metrics', for expressions
	done        map[string]metricmath.Value
	under       map[string]bool // being evaluated
	budget      int             // datapoints that expressions may still compute
}

func (s *Service) newQueries(ctx context.Context, in *GetMetricDataInput) (*queries, error) {
	q := &queries{
		s: s, place: place(ctx), in: in, byID: map[string]*MetricDataQuery{}, statistics: map[string]series.Statistic{},
		expressions: map[string]*metricmath.Expression{}, done: map[string]metricmath.Value{}, under: map[string]bool{}, budget: maxComputed,
	}
	if len(in.MetricDataQueries) > maxQueries {
		return nil, tooMany("MetricDataQueries", maxQueries)
	}
	for i, one := range in.MetricDataQueries {
		if err := q.add(fmt.Sprintf("MetricDataQueries.member.%d", i+1), one); err != nil {
			return nil, err
		}
	}
	q.period = cmp.Or(q.period, 60)
	return q, nil
}

func (q *queries) add(at string, one *MetricDataQuery) error {
	if one == nil {
		return missing("The parameter %s.Id is required.", at)
	}
	if !idPattern.MatchString(one.Id) {
		return validation("The value %s for parameter %s.Id is not matching the expected pattern %s.", one.Id, at, idPattern)
	}
	if q.byID[one.Id] != nil {
		return validation("The values for parameter id in MetricDataQueries are not unique.")
	}
	q.byID[one.Id] = one
	switch {
	case one.MetricStat != nil && one.Expression != nil:
		return validation("The parameters %s.MetricStat and %s.Expression are mutually exclusive and you have specified both.", at, at)
	case one.MetricStat != nil:
		return q.addMetric(at+".MetricStat", one)
	case one.Expression != nil:
		return q.addExpression(at, one)
	}
	return missing("At least one of the parameters %s.Expression and %s.MetricStat must be specified.", at, at)
}

func (q *queries) addMetric(at string, one *MetricDataQuery) error {
	m := one.MetricStat
	if m.Metric.MetricName == nil || m.Metric.Namespace == nil {
		return missing("The parameters %s.Metric.MetricName and %s.Metric.Namespace are required.", at, at)
	}
	if err := checkDimensions(at+".Metric.Dimensions", m.Metric.Dimensions); err != nil {
		return err
	}
	if err := checkPeriod(at+".Period", m.Period); err != nil {
		return err
	}
	k, ok := series.ParseStatistic(m.Stat)
	if !ok {
		return validation("The value %s for parameter %s.Stat is not supported.", m.Stat, at)
	}
	q.statistics[one.Id] = k
	if q.period == 0 || m.Period < q.period {
		q.period = m.Period
	}
	return nil
}

func (q *queries) addExpression(at string, one *MetricDataQuery) error {
	if one.Period != nil {
		if err := checkPeriod(at+".Period", *one.Period); err != nil {
			return err
		}
	}
	x, err := metricmath.Parse(*one.Expression)
	if err != nil {
		return expressionError(one.Id, err)
	}
	q.expressions[one.Id] = x
	return nil
}

func expressionError(id string, err error) error {
	if e, ok := errors.AsType[*metricmath.Error](err); ok {
		return validation("Error in expression '%s': %s", id, e.Text)
	}
	return err
}

// value evaluates a query.
func (q *queries) value(id string) (metricmath.Value, error) {
	if v, ok := q.done[id]; ok {
		return v, nil
	}
	if q.under[id] {
		return nil, validation("Error in expression '%s': The expression refers to itself", id)
	}
	q.under[id] = true
	defer delete(q.under, id)
	v, err := q.evaluate(id)
	if err == nil {
		q.done[id] = v
	}
	return v, err
}

func (q *queries) evaluate(id string) (metricmath.Value, error) {
	one := q.byID[id]
	if one.MetricStat != nil {
		return q.metric(one), nil
	}
	period := q.period
	if one.Period != nil {
		period = *one.Period
	}
	from, to := q.span(period)
	var inner error
	v, err := q.expressions[id].Eval(&metricmath.Scope{
		From: from, To: to, Period: period,
		Lookup: func(name string) (metricmath.Value, error) {
			if q.byID[name] == nil {
				return nil, fmt.Errorf("Unknown id '%s'", name) //nolint:staticcheck // AWS's text begins so
			}
			v, err := q.value(name)
			if inner == nil {
				inner = err
			}
			return v, err
		},
		Metrics: q.metrics, Budget: &q.budget,
	})
	if inner != nil { // says itself where it is
		return nil, inner
	}
	if err != nil {
		return nil, expressionError(id, err)
	}
	return v, nil
}

// metrics are the values of all queries for metrics.
func (q *queries) metrics() (ids []string, all []metricmath.Series, err error) {
	for _, one := range q.in.MetricDataQueries {
		if one.MetricStat == nil {
			continue
		}
		v, err := q.value(one.Id)
		if err != nil {
			return nil, nil, err
		}
		ids, all = append(ids, one.Id), append(all, v.(metricmath.Series))
	}
	return ids, all, nil
}

// kept is how far back there can be values at all.
const kept = 64 * 24 * time.Hour

// span is the time that was asked for, by whole periods, as far as there can be
// values.
func (q *queries) span(period int64) (from, to int64) {
	now := q.s.now()
	from = max(q.in.StartTime.Unix(), now.Add(-kept).Unix())
	to = min(q.in.EndTime.Unix(), now.Add(maxFuture).Unix()+60)
	return from - from%period, to
}

func (q *queries) metric(one *MetricDataQuery) metricmath.Series {
	m := one.MetricStat
	out := metricmath.Series{Label: *m.Metric.MetricName, Period: m.Period, Points: map[int64]float64{}}
	if one.Label != nil {
		out.Label = *one.Label
	}
	if one.AccountId != nil && *one.AccountId != q.place.Account {
		return out
	}
	from, to := q.span(m.Period)
	ids := allUnits(q.place, *m.Metric.Namespace, *m.Metric.MetricName, m.Metric.Dimensions, m.Unit)
	for at, sum := range q.s.set.Query(ids, time.Unix(from, 0), time.Unix(to, 0), time.Duration(m.Period)*time.Second) {
		if v, ok := q.statistics[one.Id].Of(sum); ok {
			out.Points[at] = v
		}
	}
	return out
}
