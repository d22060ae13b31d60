package metrics

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/metrics/series"
)

// maxDatapoints is how many one GetMetricStatistics may ask for. AWS.
const maxDatapoints = 1440

// GetMetricStatistics returns statistics of one metric by periods that begin at
// StartTime. AWS: values of different units are different datapoints.
func (s *Service) GetMetricStatistics(ctx context.Context, in *GetMetricStatisticsInput) (*GetMetricStatisticsOutput, error) {
	extended, err := s.checkStatistics(in)
	if err != nil {
		return nil, err
	}
	from := rounded(in.StartTime.Time, s.now())
	out := &GetMetricStatisticsOutput{Label: &in.MetricName, Datapoints: []*Datapoint{}}
	for _, id := range allUnits(place(ctx), in.Namespace, in.MetricName, in.Dimensions, in.Unit) {
		sums := s.set.Query([]series.ID{id}, from, in.EndTime.Time, time.Duration(in.Period)*time.Second)
		for _, at := range slices.Sorted(maps.Keys(sums)) {
			if d := datapoint(in, extended, sums[at]); d != nil {
				d.Timestamp, d.Unit = &awsapi.Time{Time: time.Unix(at, 0).UTC()}, &id.Unit
				out.Datapoints = append(out.Datapoints, d)
			}
		}
	}
	return out, nil
}

func (s *Service) checkStatistics(in *GetMetricStatisticsInput) (map[string]series.Statistic, error) {
	if len(in.Statistics)+len(in.ExtendedStatistics) == 0 {
		return nil, missing("At least one of the parameters Statistics and ExtendedStatistics must be specified.")
	}
	if err := checkDimensions("Dimensions", in.Dimensions); err != nil {
		return nil, err
	}
	if err := checkTimes(in.StartTime.Time, in.EndTime.Time); err != nil {
		return nil, err
	}
	if err := checkPeriod("Period", in.Period); err != nil {
		return nil, err
	}
	if n := (in.EndTime.Unix() - in.StartTime.Unix()) / in.Period; n > maxDatapoints {
		return nil, invalidCombination("You have requested up to %s datapoints, which exceeds the limit of %s. You may reduce the datapoints requested by increasing Period, or decreasing the time range.", thousands(n), thousands(maxDatapoints))
	}
	extended := map[string]series.Statistic{}
	for i, text := range in.ExtendedStatistics {
		k, ok := series.ParseStatistic(text)
		if !ok {
			return nil, invalidValue("The value %s for parameter ExtendedStatistics.member.%d is not supported.", text, i+1)
		}
		extended[text] = k
	}
	return extended, nil
}

// datapoint is what was asked of one period, nil if it is nothing.
func datapoint(in *GetMetricStatisticsInput, extended map[string]series.Statistic, sum *series.Summary) *Datapoint {
	d, any := &Datapoint{}, false
	for name, to := range map[string]**float64{"SampleCount": &d.SampleCount, "Average": &d.Average, "Sum": &d.Sum, "Minimum": &d.Minimum, "Maximum": &d.Maximum} {
		if !slices.Contains(in.Statistics, name) {
			continue
		}
		k, _ := series.ParseStatistic(name)
		if v, ok := k.Of(sum); ok {
			*to, any = &v, true
		}
	}
	for text, k := range extended {
		v, ok := k.Of(sum)
		if !ok {
			continue
		}
		if d.ExtendedStatistics == nil {
			d.ExtendedStatistics = map[string]float64{}
		}
		d.ExtendedStatistics[text], any = v, true
	}
	if !any {
		return nil
	}
	return d
}

// thousands prints n with commas.
func thousands(n int64) string {
	if n < 1000 {
		return strconv.FormatInt(n, 10)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}
