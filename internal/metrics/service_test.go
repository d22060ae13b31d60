package metrics

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/metrics/series"
)

var testTime = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// server calls operations as the wire does.
type server struct {
	t        *testing.T
	s        *Service
	registry *awsapi.Registry
	account  string
}

func newServer(t *testing.T) *server {
	s := &Service{now: func() time.Time { return testTime }}
	s.set = series.New(series.Config{Now: s.now})
	return &server{t, s, awsapi.NewRegistry(slog.New(slog.NewTextHandler(io.Discard, nil)), nil, nil, Operations.Bind(s)), "111111111111"}
}

func (s *server) call(operation string, in any) (any, error) {
	call := &awsapi.Call{Region: "eu-west-1", Caller: awsapi.RootCaller(s.account)}
	return s.registry.Call(context.Background(), call, s.registry.Service("monitoring").Operation(operation), in)
}

func (s *server) put(namespace string, data ...*MetricDatum) {
	s.t.Helper()
	if _, err := s.call("PutMetricData", &PutMetricDataInput{Namespace: namespace, MetricData: data}); err != nil {
		s.t.Fatal(err)
	}
}

func at(d time.Duration) *awsapi.Time { return &awsapi.Time{Time: testTime.Add(d)} }

func datum(name string, change ...func(*MetricDatum)) *MetricDatum {
	d := &MetricDatum{MetricName: name, Value: new(1.0)}
	for _, f := range change {
		f(d)
	}
	return d
}

func TestPutMetricDataRefused(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const first = "MetricData.member.1"
	with := func(f func(*MetricDatum)) *PutMetricDataInput {
		return &PutMetricDataInput{Namespace: "N", MetricData: []*MetricDatum{datum("good"), datum("m", f)}}
	}
	for _, tt := range []struct {
		name string
		in   *PutMetricDataInput
		want string
	}{
		{"AWS's namespace", &PutMetricDataInput{Namespace: "AWS/N", MetricData: []*MetricDatum{datum("m")}}, "InvalidParameterValue: The value AWS/N for parameter Namespace is invalid."},
		{"nothing", &PutMetricDataInput{Namespace: "N"}, "MissingParameter: The parameter MetricData is required."},
		{"too much", &PutMetricDataInput{Namespace: "N", MetricData: make([]*MetricDatum, 1001)}, "ValidationError: The collection MetricData must not have a size greater than 1000."},
		{"null", &PutMetricDataInput{Namespace: "N", MetricData: []*MetricDatum{nil}}, "MissingParameter: The parameter " + first + ".MetricName is required."},
		{"no value", with(func(d *MetricDatum) { d.Value = nil }), "MissingParameter: At least one of the parameters MetricData.member.2.Value, MetricData.member.2.Values or MetricData.member.2.StatisticValues must be specified."},
		{"two forms", with(func(d *MetricDatum) { d.Values = []float64{1} }), "InvalidParameterCombination: The parameters MetricData.member.2.Value and MetricData.member.2.Values are mutually exclusive and you have specified both."},
		{"past", with(func(d *MetricDatum) { d.Timestamp = at(-15 * 24 * time.Hour) }), "InvalidParameterValue: The parameter MetricData.member.2.Timestamp must specify a time no more than two weeks in the past."},
		{"future", with(func(d *MetricDatum) { d.Timestamp = at(3 * time.Hour) }), "InvalidParameterValue: The parameter MetricData.member.2.Timestamp must specify a time no more than two hours in the future."},
		{"large", with(func(d *MetricDatum) { d.Value = new(1e200) }), "InvalidParameterValue: The value 1e+200 for parameter MetricData.member.2.Value is invalid."},
		{"counts", with(func(d *MetricDatum) { d.Value, d.Values, d.Counts = nil, []float64{1, 2}, []float64{1} }), "InvalidParameterCombination: The parameters MetricData.member.2.Values and MetricData.member.2.Counts must be of the same size."},
		{"negative count", with(func(d *MetricDatum) { d.Value, d.Values, d.Counts = nil, []float64{1}, []float64{-1} }), "InvalidParameterValue: The value -1 for parameter MetricData.member.2.Counts.member.1 is invalid."},
		{"many values", with(func(d *MetricDatum) { d.Value, d.Values = nil, make([]float64, 151) }), "ValidationError: The collection MetricData.member.2.Values must not have a size greater than 150."},
		{"set", with(func(d *MetricDatum) { d.Value, d.StatisticValues = nil, &StatisticSet{SampleCount: 0} }), "InvalidParameterValue: The value 0 for parameter MetricData.member.2.StatisticValues.SampleCount is invalid."},
		{"dimension twice", with(func(d *MetricDatum) { d.Dimensions = []*Dimension{{"a", "1"}, {"a", "2"}} }), "InvalidParameterValue: The parameter MetricData.member.2.Dimensions must not contain the dimension a more than once."},
		{"resolution", with(func(d *MetricDatum) { d.StorageResolution = new(int64(7)) }), "InvalidParameterValue: The value 7 for parameter MetricData.member.2.StorageResolution is invalid."},
		{"unit", with(func(d *MetricDatum) { d.Unit = new("Miles") }), "ValidationError: 1 validation error detected: Value 'Miles' at 'metricData.2.member.unit' failed to satisfy constraint: Member must satisfy enum value set: [Seconds, "},
	} {
		_, err := s.call("PutMetricData", tt.in)
		if err == nil || !strings.HasPrefix(err.Error(), tt.want) || awsapi.AsError(err).Status != 400 {
			t.Errorf("%s: got %v, want %s", tt.name, err, tt.want)
		}
	}
	if s.s.set.Len() != 0 {
		t.Errorf("%d series came of what was refused", s.s.set.Len())
	}
}

func TestGetMetricStatistics(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.put("N", datum("m"), datum("m", func(d *MetricDatum) { d.Value, d.Unit = new(5.0), new("Bytes") }), datum("m", func(d *MetricDatum) { d.Timestamp = at(-5 * time.Minute) }))
	in := func(change ...func(*GetMetricStatisticsInput)) *GetMetricStatisticsInput {
		in := &GetMetricStatisticsInput{Namespace: "N", MetricName: "m", Period: 60, StartTime: *at(-6 * time.Minute), EndTime: *at(time.Minute), Statistics: []string{"Sum"}}
		for _, f := range change {
			f(in)
		}
		return in
	}
	show := func(in *GetMetricStatisticsInput) string {
		t.Helper()
		out, err := s.call("GetMetricStatistics", in)
		if err != nil {
			return err.Error()
		}
		var all []string
		for _, d := range out.(*GetMetricStatisticsOutput).Datapoints {
			all = append(all, fmt.Sprintf("%s %v %s", d.Timestamp.Format("15:04"), *d.Sum, *d.Unit))
		}
		return strings.Join(all, ", ")
	}
	for _, tt := range []struct {
		name   string
		change func(*GetMetricStatisticsInput)
		want   string
	}{
		{"units apart", func(*GetMetricStatisticsInput) {}, "05:06 5 Bytes, 05:01 1 None, 05:06 1 None"},
		{"one unit", func(in *GetMetricStatisticsInput) { in.Unit = new("None") }, "05:01 1 None, 05:06 1 None"},
		{"period from the start", func(in *GetMetricStatisticsInput) { in.Period, in.Unit = 300, new("None") }, "05:00 1 None, 05:05 1 None"},
		{"other dimensions", func(in *GetMetricStatisticsInput) { in.Dimensions = []*Dimension{{"a", "b"}} }, ""},
		{"no statistic", func(in *GetMetricStatisticsInput) { in.Statistics = nil }, "MissingParameter: At least one of the parameters Statistics and ExtendedStatistics must be specified."},
		{"unknown extended", func(in *GetMetricStatisticsInput) { in.ExtendedStatistics = []string{"p50", "p500"} }, "InvalidParameterValue: The value p500 for parameter ExtendedStatistics.member.2 is not supported."},
		{"backwards", func(in *GetMetricStatisticsInput) { in.EndTime = in.StartTime }, "InvalidParameterCombination: The parameter StartTime must be less than the parameter EndTime."},
		{"period", func(in *GetMetricStatisticsInput) { in.Period = 90 }, "InvalidParameterValue: The parameter Period must be 1, 5, 10, 30 or a multiple of 60."},
		{"too much", func(in *GetMetricStatisticsInput) { in.EndTime = *at(2*24*time.Hour - 6*time.Minute) }, "InvalidParameterCombination: You have requested up to 2,880 datapoints, which exceeds the limit of 1,440. You may reduce the datapoints requested by increasing Period, or decreasing the time range."},
	} {
		if got := show(in(tt.change)); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
	s.account = "222222222222"
	if got := show(in()); got != "" {
		t.Errorf("another account sees %s", got)
	}
}

func TestRounded(t *testing.T) {
	t.Parallel()
	for age, want := range map[time.Duration]string{0: "05:06:00", 16 * 24 * time.Hour: "05:05:00", 64 * 24 * time.Hour: "05:00:00"} {
		if got := rounded(testTime.Add(-age), testTime).Format("15:04:05"); got != want {
			t.Errorf("%v ago: got %s, want %s", age, got, want)
		}
	}
}

func query(id, name string, change ...func(*MetricDataQuery)) *MetricDataQuery {
	q := &MetricDataQuery{Id: id, MetricStat: &MetricStat{Metric: &Metric{Namespace: new("N"), MetricName: &name}, Period: 60, Stat: "Sum"}}
	for _, f := range change {
		f(q)
	}
	return q
}

func expression(id, text string) *MetricDataQuery { return &MetricDataQuery{Id: id, Expression: &text} }

func TestGetMetricData(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.put("N", datum("m"), datum("m", func(d *MetricDatum) { d.Value, d.Unit = new(5.0), new("Bytes") }), datum("m", func(d *MetricDatum) { d.Timestamp = at(-5 * time.Minute) }), datum("other"))
	show := func(queries ...*MetricDataQuery) string {
		t.Helper()
		out, err := s.call("GetMetricData", &GetMetricDataInput{StartTime: *at(-6 * time.Minute), EndTime: *at(time.Minute), MetricDataQueries: queries})
		if err != nil {
			return err.Error()
		}
		var all []string
		for _, r := range out.(*GetMetricDataOutput).MetricDataResults {
			var times []string
			for _, at := range r.Timestamps {
				times = append(times, at.Format("15:04"))
			}
			all = append(all, fmt.Sprintf("%s=%s%v%v%s", *r.Id, *r.Label, times, r.Values, *r.StatusCode))
		}
		return strings.Join(all, " ")
	}
	hidden := func(q *MetricDataQuery) { q.ReturnData = new(false) }
	for _, tt := range []struct {
		name    string
		queries []*MetricDataQuery
		want    string
	}{
		{"newest first, all units", []*MetricDataQuery{query("a", "m")}, "a=m[05:06 05:01][6 1]Complete"},
		{"period aligned", []*MetricDataQuery{query("a", "m", func(q *MetricDataQuery) { q.MetricStat.Period, q.MetricStat.Stat = 300, "SampleCount" })}, "a=m[05:05 05:00][2 1]Complete"},
		{"label", []*MetricDataQuery{query("a", "m", func(q *MetricDataQuery) { q.Label, q.MetricStat.Unit = new("L"), new("Bytes") })}, "a=L[05:06][5]Complete"},
		{"nothing", []*MetricDataQuery{query("a", "none")}, "a=none[][]Complete"},
		{"expression", []*MetricDataQuery{query("a", "m", hidden), query("b", "other", hidden), expression("c", "a + b"), expression("d", "c * 2")}, "c=c[05:06][7]Complete d=d[05:06][14]Complete"},
		{"an array", []*MetricDataQuery{query("a", "m", hidden), query("b", "other", hidden), expression("c", "METRICS() * 2")}, "c=m[05:06 05:01][12 2]Complete c=other[05:06][2]Complete"},
		{"scalar", []*MetricDataQuery{query("a", "m", hidden), expression("c", "SUM(a)")}, "ValidationError: Error in expression 'c': The expression returns a scalar; TIME_SERIES makes a time series of it"},
		{"itself", []*MetricDataQuery{expression("a", "b"), expression("b", "a + 1")}, "ValidationError: Error in expression 'a': The expression refers to itself"},
		{"unknown", []*MetricDataQuery{expression("a", "b")}, "ValidationError: Error in expression 'a': Unknown id 'b'"},
		{"syntax", []*MetricDataQuery{expression("a", "1 +")}, "ValidationError: Error in expression 'a': Unexpected end of expression"},
		{"too costly", []*MetricDataQuery{query("m", "m", hidden), expression("a", strings.Repeat("[", 50)+"METRICS()"+strings.Repeat(",METRICS()]", 50))}, "a=m"},
		{"id", []*MetricDataQuery{query("A", "m")}, "ValidationError: The value A for parameter MetricDataQueries.member.1.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$."},
		{"id twice", []*MetricDataQuery{query("a", "m"), query("a", "m")}, "ValidationError: The values for parameter id in MetricDataQueries are not unique."},
		{"neither", []*MetricDataQuery{{Id: "a"}}, "MissingParameter: At least one of the parameters MetricDataQueries.member.1.Expression and MetricDataQueries.member.1.MetricStat must be specified."},
		{"both", []*MetricDataQuery{query("a", "m", func(q *MetricDataQuery) { q.Expression = new("1") })}, "ValidationError: The parameters MetricDataQueries.member.1.MetricStat and MetricDataQueries.member.1.Expression are mutually exclusive and you have specified both."},
		{"stat", []*MetricDataQuery{query("a", "m", func(q *MetricDataQuery) { q.MetricStat.Stat = "Mean" })}, "ValidationError: The value Mean for parameter MetricDataQueries.member.1.MetricStat.Stat is not supported."},
	} {
		if got := show(tt.queries...); !strings.HasPrefix(got, tt.want) || got != tt.want && tt.name != "too costly" {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

// TestDataPages: pages of any size together hold each datapoint once.
func TestDataPages(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for i := range 5 {
		s.put("N", datum("a", func(d *MetricDatum) { d.Timestamp = at(-time.Duration(i) * time.Minute) }))
	}
	s.put("N", datum("c"), datum("c", func(d *MetricDatum) { d.Timestamp = at(-time.Minute) }))
	for most := int64(1); most < 9; most++ {
		in := &GetMetricDataInput{StartTime: *at(-10 * time.Minute), EndTime: *at(time.Minute), MaxDatapoints: &most, MetricDataQueries: []*MetricDataQuery{query("a", "a"), query("b", "none"), query("c", "c")}}
		counts := map[string]int{}
		seen := map[string]bool{}
		for pages := 0; ; pages++ {
			out, err := s.call("GetMetricData", in)
			if err != nil || pages > 10 {
				t.Fatalf("%d a page: page %d, %v", most, pages, err)
			}
			o, n := out.(*GetMetricDataOutput), 0
			for _, r := range o.MetricDataResults {
				n += len(r.Values)
				for _, at := range r.Timestamps {
					if key := *r.Id + at.String(); !seen[key] {
						seen[key] = true
						counts[*r.Id]++
					}
				}
				if len(r.Values) == 0 {
					counts[*r.Id] += 0
				}
			}
			if int64(n) > most {
				t.Errorf("%d a page: one has %d", most, n)
			}
			if in.NextToken = o.NextToken; in.NextToken == nil {
				break
			}
		}
		if !reflect.DeepEqual(counts, map[string]int{"a": 5, "b": 0, "c": 2}) {
			t.Errorf("%d a page: got %v", most, counts)
		}
	}
	for _, token := range []string{"x", "!", "ZGF0YXBvaW50czotNQ"} {
		_, err := s.call("GetMetricData", &GetMetricDataInput{StartTime: *at(-time.Minute), EndTime: *at(0), NextToken: &token, MetricDataQueries: []*MetricDataQuery{query("a", "a")}})
		if e := awsapi.AsError(err); e == nil || e.Code != "InvalidNextToken" {
			t.Errorf("token %s: %v", token, err)
		}
	}
}

func TestListMetrics(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for i := range 600 {
		s.put("N", datum("m", func(d *MetricDatum) { d.Dimensions = []*Dimension{{"z", "1"}, {"a", fmt.Sprintf("%03d", i)}} }))
	}
	s.put("N", datum("old", func(d *MetricDatum) { d.Timestamp = at(-4 * time.Hour) }), datum("m"), datum("m", func(d *MetricDatum) { d.Unit = new("Bytes") }))
	s.put("O", datum("m"))
	count := func(in *ListMetricsInput) (n, pages int) {
		t.Helper()
		for {
			out, err := s.call("ListMetrics", in)
			if err != nil {
				t.Fatal(err)
			}
			o := out.(*ListMetricsOutput)
			n, pages = n+len(o.Metrics), pages+1
			if in.NextToken = o.NextToken; in.NextToken == nil {
				return n, pages
			}
		}
	}
	for _, tt := range []struct {
		name     string
		in       ListMetricsInput
		n, pages int
	}{
		{"all", ListMetricsInput{}, 603, 2},
		{"namespace", ListMetricsInput{Namespace: new("O")}, 1, 1},
		{"name", ListMetricsInput{Namespace: new("N"), MetricName: new("m")}, 601, 2},
		{"dimension", ListMetricsInput{Dimensions: []*DimensionFilter{{Name: "a"}}}, 600, 2},
		{"dimension's value", ListMetricsInput{Dimensions: []*DimensionFilter{{Name: "a", Value: new("007")}, {Name: "z"}}}, 1, 1},
		{"recent", ListMetricsInput{MetricName: new("old"), RecentlyActive: new("PT3H")}, 0, 1},
		{"old", ListMetricsInput{MetricName: new("old")}, 1, 1},
	} {
		if n, pages := count(&tt.in); n != tt.n || pages != tt.pages {
			t.Errorf("%s: %d metrics on %d pages, want %d on %d", tt.name, n, pages, tt.n, tt.pages)
		}
	}
}
