package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/lambdagate/lambdagate/internal/server"
)

// devCmd's flags fill in a server.Config.
type devCmd struct {
	Listen         string   `help:"Address of the one port." default:"127.0.0.1:4566"`
	ListenAnywhere bool     `help:"Allow an address other than loopback, although any credentials are root."`
	Data           string   `help:"Folder that holds everything." default:".lambdagate" env:"LAMBDAGATE_DATA"`
	MemoryOnly     bool     `help:"Keep nothing."`
	Database       string   `help:"URL of a PostgreSQL database instead of the data folder's store."`
	Example        []string `help:"Load an example (calc) unless it was loaded before."`
	AllowHost      []string `help:"Further names of this server, for the check against DNS rebinding."`
	AllowOrigin    []string `help:"Sites whose pages may call the AWS APIs here."`
	Domain         []string `help:"Suffix to print for host-form URLs." default:"localhost"`

	Runtimes    string            `help:"Cache folder of runtimes; the user's cache folder if not given."`
	Runtime     map[string]string `help:"Interpreter to use as it is, such as python3.12=/usr/bin/python3.12, or the folder of a runtime client: java21=/opt/java-client."`
	Command     map[string]string `help:"Command of a runtime that is neither Node.js nor Python, such as 'java21=java -cp /var/runtime/*:/var/task Main $_HANDLER'."`
	Engine      string            `help:"Docker engine for functions that are container images." env:"DOCKER_HOST" placeholder:"unix:///var/run/docker.sock"`
	Freeze      bool              `help:"Stop functions between two events, as AWS does."`
	Prestart    int               `help:"Most generic processes kept ready: one for each runtime and memory size in use, more while new functions keep coming; 0 starts none ahead." default:"2"`
	Copies      bool              `help:"Make runtimes' processes copies of one that has started, which takes a tenth of a start, where that is possible." default:"true" negatable:""`
	Isolation   string            `help:"auto, required or off." default:"auto" enum:"auto,required,off"`
	Endpoint    map[string]string `help:"Where integrations find another AWS service, such as sqs=http://127.0.0.1:9324."`
	Issuer      map[string]string `help:"Where the keys of a user pool are: ARN or issuer URL=URL."`
	RetryDelays []string          `help:"Waits before the retries of asynchronous events." default:"1m,2m"`
	Inspect     []string          `placeholder:"FUNCTION[=HOST:PORT]" help:"Start this function's runtime with its debugger's port open, 9229 for the first."`
	Strict      bool              `name:"refuse-deprecated-runtimes" help:"Refuse runtimes that AWS no longer accepts."`
	LogLevel    string            `help:"debug, info, warn or error." default:"warn"`

	Tracing tracing `embed:""`
}

func (c *devCmd) config() (server.Config, error) {
	cfg := server.DefaultConfig()
	cfg.Mode, cfg.Listen, cfg.ListenAnywhere = "dev", c.Listen, c.ListenAnywhere
	cfg.Data, cfg.MemoryOnly, cfg.Database = c.Data, c.MemoryOnly, c.Database
	cfg.AllowHosts, cfg.AllowOrigins, cfg.Domains = c.AllowHost, c.AllowOrigin, c.Domain
	cfg.Runtimes.Cache, cfg.Runtimes.Paths, cfg.Runtimes.Prestart, cfg.Runtimes.Isolation = c.Runtimes, c.Runtime, c.Prestart, c.Isolation
	cfg.Runtimes.Copies = c.Copies
	cfg.Endpoints, cfg.Issuers, cfg.LogLevel = c.Endpoint, c.Issuer, c.LogLevel
	cfg.Lambda.Inspect, cfg.Lambda.RefuseDeprecated = c.Inspect, c.Strict
	cfg.Runtimes.Freeze, cfg.Runtimes.Engine = c.Freeze, c.Engine
	cfg.Runtimes.Commands = map[string][]string{}
	for id, text := range c.Command {
		cfg.Runtimes.Commands[id] = strings.Fields(text)
	}
	c.Tracing.apply(&cfg.Tracing)
	for _, text := range c.RetryDelays {
		var d server.Duration
		if err := d.UnmarshalText([]byte(text)); err != nil {
			return cfg, fmt.Errorf("retry delay %q: %w", text, err)
		}
		cfg.Lambda.RetryDelays = append(cfg.Lambda.RetryDelays, d)
	}
	return cfg, nil
}

// Run serves until it is told to stop.
func (c *devCmd) Run(ctx context.Context) error {
	cfg, err := c.config()
	if err != nil {
		return err
	}
	s, err := server.New(ctx, cfg)
	if err != nil {
		return err
	}
	fmt.Printf("lambdagate %s is at %s (console: %s/console/)\n", versionText(), s.URL(), s.URL())
	fmt.Println("dev mode: any credentials are root, so every program on this machine that reaches the port is, too.")
	served := make(chan error, 1)
	go func() { served <- s.Run(ctx) }()
	if err := c.loadExamples(ctx, s); err != nil {
		fmt.Println("example:", err)
	}
	fmt.Printf("\nAWS clients: --endpoint-url %s, or\n  eval \"$(lambdagate env --listen %s)\"\nCtrl-C stops.\n", s.URL(), strings.TrimPrefix(s.URL(), "http://"))
	return <-served
}

func (c *devCmd) loadExamples(ctx context.Context, s *server.Server) error {
	for _, name := range c.Example {
		try, err := s.LoadExample(ctx, name, func(line string) { fmt.Println(line) })
		if err != nil {
			return err
		}
		fmt.Println("\nTry:")
		for _, line := range try {
			fmt.Println("  " + line)
		}
	}
	return nil
}
