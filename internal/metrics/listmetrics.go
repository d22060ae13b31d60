package metrics

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/metrics/series"
)

// metricsPage is how many metrics one answer lists. AWS.
const metricsPage = 500

// ListMetrics lists the metrics that had values in the last two weeks, or three
// hours. AWS: a filter without a value takes any value.
func (s *Service) ListMetrics(ctx context.Context, in *ListMetricsInput) (*ListMetricsOutput, error) {
	if len(in.Dimensions) > 10 {
		return nil, tooMany("Dimensions", 10)
	}
	within := maxPast
	if in.RecentlyActive != nil {
		within = 3 * time.Hour
	}
	ids := s.set.IDs(place(ctx), s.now().Add(-within), func(id series.ID) bool {
		return (in.Namespace == nil || *in.Namespace == id.Namespace) && (in.MetricName == nil || *in.MetricName == id.Name) &&
			hasDimensions(id, in.Dimensions)
	})
	ids = slices.CompactFunc(ids, func(a, b series.ID) bool { a.Unit, b.Unit = "", ""; return a == b })
	token := ""
	if in.NextToken != nil {
		token = *in.NextToken
	}
	page, next, ok := awsapi.Page(ids, token, metricsPage, keyOf)
	if !ok {
		return nil, invalidToken()
	}
	out := &ListMetricsOutput{Metrics: []*Metric{}}
	for _, id := range page {
		out.Metrics = append(out.Metrics, &Metric{Namespace: &id.Namespace, MetricName: &id.Name, Dimensions: shapes(id.Dimensions())})
		if in.IncludeLinkedAccounts != nil && *in.IncludeLinkedAccounts {
			out.OwningAccounts = append(out.OwningAccounts, id.Account)
		}
	}
	if next != "" {
		out.NextToken = &next
	}
	return out, nil
}

// keyOf has the order of identities.
func keyOf(id series.ID) string {
	key := []string{id.Namespace, id.Name}
	for _, d := range id.Dimensions() {
		key = append(key, d.Name, d.Value)
	}
	return strings.Join(key, "\x00")
}

func hasDimensions(id series.ID, filters []*DimensionFilter) bool {
	return !slices.ContainsFunc(filters, func(f *DimensionFilter) bool {
		if f == nil {
			return false
		}
		v := id.Dimension(f.Name)
		return v == "" || f.Value != nil && v != *f.Value
	})
}

func shapes(dimensions []series.Dimension) []*Dimension {
	out := []*Dimension{}
	for _, d := range dimensions {
		out = append(out, &Dimension{Name: d.Name, Value: d.Value})
	}
	return out
}
