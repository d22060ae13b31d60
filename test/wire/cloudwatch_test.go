package wire

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/smithy-go"
)

// TestMetrics goes through CloudWatch's metrics by aws-sdk-go-v2, which speaks
// CBOR and compresses large requests.
func TestMetrics(t *testing.T) {
	s := start(t)
	ctx := deadline(t)
	cw := cloudwatch.NewFromConfig(s.config())
	minute := time.Now().Add(-30 * time.Minute).UTC().Truncate(time.Hour).Add(time.Minute)

	// 600 data are more than the 10 KB from which clients compress.
	var data []types.MetricDatum
	for i := range 600 {
		data = append(data, types.MetricDatum{
			MetricName: aws.String("Took"), Unit: types.StandardUnitMilliseconds, Timestamp: aws.Time(minute.Add(time.Duration(i%2) * time.Minute)), Value: aws.Float64(float64(i + 1)),
			Dimensions: []types.Dimension{{Name: aws.String("Zone"), Value: aws.String("a")}, {Name: aws.String("Host"), Value: aws.String(fmt.Sprint("h", i%3))}},
		})
	}
	must[*cloudwatch.PutMetricDataOutput](t)(cw.PutMetricData(ctx, &cloudwatch.PutMetricDataInput{Namespace: aws.String("Wire"), MetricData: data}))

	var hosts []string
	for p := cloudwatch.NewListMetricsPaginator(cw, &cloudwatch.ListMetricsInput{Namespace: aws.String("Wire")}); p.HasMorePages(); {
		page := must[*cloudwatch.ListMetricsOutput](t)(p.NextPage(ctx))
		for _, m := range page.Metrics {
			hosts = append(hosts, *m.MetricName+" "+*m.Dimensions[0].Value+" "+*m.Dimensions[1].Value)
		}
	}
	if want := []string{"Took h0 a", "Took h1 a", "Took h2 a"}; !slices.Equal(hosts, want) {
		t.Errorf("metrics are %q, want %q", hosts, want)
	}

	first := []types.Dimension{{Name: aws.String("Host"), Value: aws.String("h0")}, {Name: aws.String("Zone"), Value: aws.String("a")}}
	stats := must[*cloudwatch.GetMetricStatisticsOutput](t)(cw.GetMetricStatistics(ctx, &cloudwatch.GetMetricStatisticsInput{
		Namespace: aws.String("Wire"), MetricName: aws.String("Took"), Dimensions: first, Period: aws.Int32(60),
		StartTime: aws.Time(minute), EndTime: aws.Time(minute.Add(time.Minute)), Statistics: []types.Statistic{"Sum", "SampleCount", "Minimum", "Maximum", "Average"}, ExtendedStatistics: []string{"p99"},
	}))
	if len(stats.Datapoints) != 1 {
		t.Fatalf("%d datapoints", len(stats.Datapoints))
	}
	d := stats.Datapoints[0] // 1, 7, 13 … 595
	if !d.Timestamp.Equal(minute) || *d.SampleCount != 100 || *d.Sum != 29800 || *d.Minimum != 1 || *d.Maximum != 595 || *d.Average != 298 || math.Abs(d.ExtendedStatistics["p99"]-589) > 6 || d.Unit != "Milliseconds" {
		t.Errorf("datapoint is %+v", d)
	}

	query := &cloudwatch.GetMetricDataInput{
		StartTime: aws.Time(minute), EndTime: aws.Time(minute.Add(2 * time.Minute)), MaxDatapoints: aws.Int32(3), ScanBy: types.ScanByTimestampAscending,
		MetricDataQueries: []types.MetricDataQuery{
			{Id: aws.String("a"), MetricStat: &types.MetricStat{Metric: &types.Metric{Namespace: aws.String("Wire"), MetricName: aws.String("Took"), Dimensions: first}, Period: aws.Int32(60), Stat: aws.String("SampleCount")}},
			{Id: aws.String("b"), Expression: aws.String("FILL(a, 0) * 2"), Label: aws.String("twice")},
		},
	}
	var got []string
	for p := cloudwatch.NewGetMetricDataPaginator(cw, query); p.HasMorePages(); {
		for _, r := range must[*cloudwatch.GetMetricDataOutput](t)(p.NextPage(ctx)).MetricDataResults {
			got = append(got, fmt.Sprint(*r.Id, " ", *r.Label, " ", r.Values, " ", r.StatusCode))
		}
	}
	if want := []string{"a Took [100 100] Complete", "b twice [200] PartialData", "b twice [200] Complete"}; !slices.Equal(got, want) {
		t.Errorf("results are %q, want %q", got, want)
	}

	_, err := cw.PutMetricData(ctx, &cloudwatch.PutMetricDataInput{Namespace: aws.String("AWS/x"), MetricData: data[:1]})
	var invalid *types.InvalidParameterValueException
	if !errors.As(err, &invalid) || invalid.ErrorMessage() != "The value AWS/x for parameter Namespace is invalid." {
		t.Errorf("got %v", err)
	}
	_, err = cw.GetMetricData(ctx, &cloudwatch.GetMetricDataInput{StartTime: query.StartTime, EndTime: query.EndTime, MetricDataQueries: []types.MetricDataQuery{{Id: aws.String("X"), Expression: aws.String("1")}}})
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != "ValidationError" {
		t.Errorf("got %v", err)
	}
}
