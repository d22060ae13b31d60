package scripts

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

var databases atomic.Int64

// newDatabase makes an empty database on the PostgreSQL server whose URL is in
// LAMBDAGATE_TEST_DATABASE, so that each script has one of its own, and returns
// its URL.
func newDatabase(server string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	c, err := pgx.Connect(ctx, server)
	if err != nil {
		return "", fmt.Errorf("LAMBDAGATE_TEST_DATABASE: %w", err)
	}
	defer c.Close(ctx)
	name := fmt.Sprintf("script_%d_%d", os.Getpid(), databases.Add(1))
	if _, err := c.Exec(ctx, "CREATE DATABASE "+name); err != nil {
		return "", fmt.Errorf("LAMBDAGATE_TEST_DATABASE: %w", err)
	}
	u, err := url.Parse(server)
	if err != nil {
		return "", fmt.Errorf("LAMBDAGATE_TEST_DATABASE: %w", err)
	}
	u.Path = "/" + name
	return u.String(), nil
}
