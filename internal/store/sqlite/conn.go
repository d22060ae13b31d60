package sqlite

import (
	"context"
	"database/sql"
	"errors"

	_ "modernc.org/sqlite" // the driver

	"github.com/lambdagate/lambdagate/internal/store"
)

// conn is one connection with its prepared statements. One goroutine uses it at
// a time. Statements are short and not interrupted: the driver would start a
// goroutine for each.
type conn struct {
	db    *sql.DB
	c     *sql.Conn
	stmts map[string]*sql.Stmt
}

func newConn(ctx context.Context, dsn string) (*conn, error) {
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	c, err := db.Conn(ctx)
	if err != nil {
		db.Close()
		return nil, err
	}
	return &conn{db: db, c: c, stmts: map[string]*sql.Stmt{}}, nil
}

func (c *conn) prepare(query string) (*sql.Stmt, error) {
	if s := c.stmts[query]; s != nil {
		return s, nil
	}
	s, err := c.c.PrepareContext(context.Background(), query)
	if err == nil {
		c.stmts[query] = s
	}
	return s, err
}

// exec runs a statement that is prepared once.
func (c *conn) exec(query string, args ...any) error {
	_, err := c.changed(query, args...)
	return err
}

// changed is exec, and returns how many rows were changed.
func (c *conn) changed(query string, args ...any) (int64, error) {
	s, err := c.prepare(query)
	if err != nil {
		return 0, err
	}
	r, err := s.Exec(args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

func (c *conn) query(query string, args ...any) (*sql.Rows, error) {
	s, err := c.prepare(query)
	if err != nil {
		return nil, err
	}
	return s.Query(args...)
}

// scanner is the part of sql.Row that callers use.
type scanner interface{ Scan(dest ...any) error }

type failed struct{ err error }

func (f failed) Scan(...any) error { return f.err }

func (c *conn) row(query string, args ...any) scanner {
	s, err := c.prepare(query)
	if err != nil {
		return failed{err}
	}
	return s.QueryRow(args...)
}

// transact runs f in a transaction that is committed if f succeeds.
func (c *conn) transact(f func() error) error {
	if err := c.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	err := f()
	if err == nil {
		err = c.exec("COMMIT")
	}
	if err != nil {
		c.rollback()
	}
	return err
}

// snapshot runs f in a transaction that only reads.
func (c *conn) snapshot(f func() error) error {
	if err := c.exec("BEGIN"); err != nil {
		return err
	}
	defer c.rollback()
	return f()
}

// rollback undoes what is open. SQLite may have done so itself after an error:
// then there is nothing to undo, which is no error.
func (c *conn) rollback() { _ = c.exec("ROLLBACK") }

func (c *conn) close() error {
	errs := make([]error, 0, 2)
	for _, s := range c.stmts {
		s.Close()
	}
	errs = append(errs, c.c.Close(), c.db.Close())
	return errors.Join(errs...)
}

// pool hands out connections, opening them when they are first needed.
type pool struct {
	open    func(context.Context) (*conn, error)
	closing <-chan struct{}
	free    chan *conn
	unused  chan struct{} // one for each connection that is not open
}

func newPool(max int, closing <-chan struct{}, open func(context.Context) (*conn, error)) *pool {
	p := &pool{open: open, closing: closing, free: make(chan *conn, max), unused: make(chan struct{}, max)}
	for range max {
		p.unused <- struct{}{}
	}
	return p
}

// with runs f with a connection.
func (p *pool) with(ctx context.Context, f func(*conn) error) error {
	c, err := p.get(ctx)
	if err != nil {
		return err
	}
	defer func() { p.free <- c }()
	return f(c)
}

func (p *pool) get(ctx context.Context) (*conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case <-p.closing:
		return nil, store.ErrClosed
	default:
	}
	select {
	case c := <-p.free: // rather than open another one
		return c, nil
	default:
	}
	select {
	case <-p.closing:
		return nil, store.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	case c := <-p.free:
		return c, nil
	case <-p.unused:
	}
	c, err := p.open(ctx)
	if err != nil {
		p.unused <- struct{}{}
	}
	return c, err
}

// close waits for the connections in use and closes all.
func (p *pool) close() error {
	var errs []error
	for range cap(p.free) {
		select {
		case c := <-p.free:
			errs = append(errs, c.close())
		case <-p.unused:
		}
	}
	return errors.Join(errs...)
}
