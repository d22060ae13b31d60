package logs

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/lambdagate/lambdagate/internal/awsapi"
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

	store   store.Store
	log     *slog.Logger
	now     func() time.Time
	groups  *store.Table[groupDocument]  // account/region/name
	streams *store.Table[streamDocument] // account/region/group NUL stream; those made by hand

	stop    context.CancelFunc
	running sync.WaitGroup
	wanted  chan string // keys of groups to be made for their first line
}

// Open reads what is stored.
func Open(ctx context.Context, c Config) (*Service, error) {
	s := &Service{store: c.Store, log: c.Log, now: c.Now, wanted: make(chan string, 256)}
	if s.now == nil {
		s.now = time.Now
	}
	var err error
	if s.groups, err = store.OpenTable[groupDocument](ctx, c.Store, "logs/group/", 1); err != nil {
		return nil, fmt.Errorf("open log groups: %w", err)
	}
	if s.streams, err = store.OpenTable[streamDocument](ctx, c.Store, "logs/stream/", 1); err != nil {
		s.groups.Close()
		return nil, fmt.Errorf("open log streams: %w", err)
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	s.running.Go(func() { s.makeGroups(running) })
	s.running.Go(func() { s.expire(running) })
	return s, nil
}

// Close ends what runs in the background.
func (s *Service) Close() error {
	s.stop()
	s.running.Wait()
	s.streams.Close()
	s.groups.Close()
	return nil
}

// place is an account and region, the start of every key.
func place(ctx context.Context) string {
	c := awsapi.CallFrom(ctx)
	return c.Caller.Account + "/" + c.Region + "/"
}

func (s *Service) millis() int64 { return s.now().UnixMilli() }
