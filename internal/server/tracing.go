package server

import (
	"fmt"
	"net/url"

	"github.com/lambdagate/lambdagate/internal/gateway"
	"github.com/lambdagate/lambdagate/internal/otlp"
)

// TracingConfig says where the traces of requests go: to an OpenTelemetry
// collector, by OTLP over HTTP with JSON.
type TracingConfig struct {
	// Endpoint is the collector's base URL, "http://127.0.0.1:4318"; "" exports
	// nothing.
	Endpoint string `toml:"endpoint"`
	// Headers are sent along, for collectors that want a key.
	Headers map[string]string `toml:"headers"`
	// Service is the name under which the spans are shown.
	Service string `toml:"service"`
}

func (c *TracingConfig) check() error {
	if c.Endpoint == "" {
		return nil
	}
	u, err := url.Parse(c.Endpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("the endpoint for traces is %q; it has to be a URL such as http://127.0.0.1:4318", c.Endpoint)
	}
	return nil
}

// tracer is told of executions.
type tracer interface{ Trace(e *gateway.Execution) }

// openTracing starts the export; nil without an endpoint.
func (s *Server) openTracing() tracer {
	t := s.config.Tracing
	if t.Endpoint == "" {
		return nil
	}
	x := otlp.Open(otlp.Config{Endpoint: t.Endpoint, Headers: t.Headers, Service: t.Service, Log: s.log})
	s.onClose("tracing", x.Close)
	return x
}
