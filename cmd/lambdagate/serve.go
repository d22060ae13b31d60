package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/lambdagate/lambdagate/internal/server"
)

type serveCmd struct {
	Config string `help:"Configuration file." default:"lambdagate.toml" type:"existingfile"`
	Listen string `help:"Address of the one port; overrides the file."`
	Data   string `help:"Folder that holds everything; overrides the file."`

	Tracing tracing `embed:""`
}

// Run serves until it is told to stop.
func (c *serveCmd) Run(ctx context.Context) error {
	cfg := server.DefaultConfig()
	cfg.Mode = "serve"
	if err := cfg.ReadConfig(c.Config); err != nil {
		return err
	}
	if c.Listen != "" {
		cfg.Listen = c.Listen
	}
	if c.Data != "" {
		cfg.Data = c.Data
	}
	c.Tracing.apply(&cfg.Tracing)
	s, err := server.New(ctx, cfg)
	if err != nil {
		return err
	}
	key, err := s.RootKey(ctx)
	if err != nil {
		return errors.Join(err, s.Close())
	}
	if key != nil {
		fmt.Printf("The root access key of account %s, shown this once:\n  AWS_ACCESS_KEY_ID=%s\n  AWS_SECRET_ACCESS_KEY=%s\n", key.Account, key.ID, key.Secret)
	}
	fmt.Printf("lambdagate %s is at %s\n", versionText(), s.URL())
	return s.Run(ctx)
}
