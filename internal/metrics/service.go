package metrics

import (
	"context"
	"log/slog"
	"time"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/metrics/series"
	"github.com/lambdagate/lambdagate/internal/store"
)

// Config is what the service needs.
type Config struct {
	Store store.Store
	Log   *slog.Logger
	Now   func() time.Time // time.Now if nil
}

// Service implements the operations.
type Service struct {
	unimplemented

	set *series.Set
	now func() time.Time
}

// Open reads what is stored.
func Open(ctx context.Context, c Config) (*Service, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	set, err := series.Open(ctx, series.Config{Store: c.Store, Log: c.Log, Now: c.Now})
	if err != nil {
		return nil, err
	}
	return &Service{set: set, now: c.Now}, nil
}

// Close stores what is new.
func (s *Service) Close() error { return s.set.Close() }

// Clear forgets everything.
func (s *Service) Clear(ctx context.Context) error { return s.set.Clear(ctx) }

// Set returns the numbers themselves.
func (s *Service) Set() *series.Set { return s.set }

// place is the caller's account and region.
func place(ctx context.Context) series.Place {
	c := awsapi.CallFrom(ctx)
	return series.Place{Account: c.Caller.Account, Region: c.Region}
}

// units are all that a metric can have.
var units = constraints["StandardUnit"].Enum

// allUnits returns the series of a metric, of that unit or of all units.
func allUnits(p series.Place, namespace, name string, dimensions []*Dimension, unit *string) []series.ID {
	all := units
	if unit != nil {
		all = []string{*unit}
	}
	ids := make([]series.ID, len(all))
	for i, u := range all {
		ids[i] = series.NewID(p, namespace, name, u, plain(dimensions)...)
	}
	return ids
}

func plain(dimensions []*Dimension) []series.Dimension {
	out := make([]series.Dimension, len(dimensions))
	for i, d := range dimensions {
		out[i] = series.Dimension{Name: d.Name, Value: d.Value}
	}
	return out
}
