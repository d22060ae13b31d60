package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/lambdagate/lambdagate/internal/store"
)

// checkAfter is how long a connection may have been idle to be used unchecked.
const checkAfter = time.Second

// pool hands out connections, opening them when they are first needed.
type pool struct {
	config *pgx.ConnConfig
	free   chan idle
	unused chan struct{} // one for each connection that is not open
	closed <-chan struct{}
}

type idle struct {
	c     *pgx.Conn
	since time.Time
}

func newPool(config *pgx.ConnConfig, max int, closed <-chan struct{}) *pool {
	p := &pool{config: config, free: make(chan idle, max), unused: make(chan struct{}, max), closed: closed}
	for range max {
		p.unused <- struct{}{}
	}
	return p
}

// with runs f with a connection, which is thrown away if it broke.
func (p *pool) with(ctx context.Context, f func(context.Context, *pgx.Conn) error) error {
	c, err := p.get(ctx)
	if err != nil {
		return err
	}
	defer p.put(c) // also when f panics
	return f(ctx, c)
}

func (p *pool) get(ctx context.Context) (*pgx.Conn, error) {
	for {
		var i idle
		select {
		case i = <-p.free: // rather than open another one
		default:
			select {
			case i = <-p.free:
			case <-p.unused:
			case <-ctx.Done():
				return nil, fmt.Errorf("wait for a database connection: %w", ctx.Err())
			}
		}
		if i.c == nil {
			return p.open(ctx)
		}
		if time.Since(i.since) < checkAfter || i.c.PgConn().CheckConn() == nil {
			return i.c, nil
		}
		p.discard(i.c)
	}
}

func (p *pool) open(ctx context.Context) (*pgx.Conn, error) {
	c, err := pgx.ConnectConfig(ctx, p.config.Copy())
	if err != nil {
		p.unused <- struct{}{}
		return nil, fmt.Errorf("connect to the database: %w", err)
	}
	return c, nil
}

func (p *pool) put(c *pgx.Conn) {
	if c.IsClosed() || c.PgConn().TxStatus() != 'I' || c.PgConn().IsBusy() {
		p.discard(c)
		return
	}
	p.free <- idle{c, time.Now()}
}

func (p *pool) discard(c *pgx.Conn) {
	shut(c)
	p.unused <- struct{}{}
}

// shut closes a connection without waiting long for the server.
func shut(c *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = c.Close(ctx)
}

// close waits for the connections in use and closes all.
func (p *pool) close() {
	for range cap(p.free) {
		select {
		case i := <-p.free:
			shut(i.c)
		case <-p.unused:
		}
	}
}

// lostConnection says whether an error is one of the connection and not of what
// was asked.
func lostConnection(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		// 08: connection exception; 57P: the server is shutting down or starting.
		return strings.HasPrefix(pg.Code, "08") || strings.HasPrefix(pg.Code, "57P")
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, store.ErrClosed) {
		return false
	}
	_, isNet := errors.AsType[net.Error](err)
	return isNet || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || pgconn.SafeToRetry(err)
}

// sqlState returns PostgreSQL's code of an error, or "".
func sqlState(err error) string {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Code
	}
	return ""
}
