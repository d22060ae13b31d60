package metrics

import "github.com/lambdagate/lambdagate/internal/metrics/series"

// Namespaces and units of what is recorded here.
const (
	APIGateway = "AWS/ApiGateway"
	Lambda     = "AWS/Lambda"

	Count        = "Count"
	Milliseconds = "Milliseconds"
	Percent      = "Percent"
)

// Dimensions are those of one series, name and value in turn.
type Dimensions []string

// Recorder makes sources of one namespace.
type Recorder struct {
	Set       *series.Set
	Place     series.Place
	Namespace string
}

// Column is a metric under several sets of dimensions: what is recorded counts
// for each.
func (r Recorder) Column(name, unit string, sets ...Dimensions) series.Column {
	var c series.Column
	for _, set := range sets {
		var dimensions []series.Dimension
		for i := 0; i+1 < len(set); i += 2 {
			dimensions = append(dimensions, series.Dimension{Name: set[i], Value: set[i+1]})
		}
		c = append(c, series.NewID(r.Place, r.Namespace, name, unit, dimensions...))
	}
	return c
}
