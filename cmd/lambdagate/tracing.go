package main

import "github.com/lambdagate/lambdagate/internal/server"

// tracing are the flags and OpenTelemetry's own variables that say where traces
// go; they override the configuration file.
type tracing struct {
	Endpoint string            `name:"otlp-endpoint" placeholder:"URL" env:"OTEL_EXPORTER_OTLP_ENDPOINT" help:"OpenTelemetry collector that gets the traces of requests, by OTLP over HTTP with JSON, such as http://127.0.0.1:4318."`
	Headers  map[string]string `name:"otlp-headers" placeholder:"NAME=VALUE" env:"OTEL_EXPORTER_OTLP_HEADERS" mapsep:"," help:"Headers for the collector."`
	Service  string            `name:"otel-service-name" placeholder:"NAME" env:"OTEL_SERVICE_NAME" help:"Name under which the traces are shown."`
}

func (t *tracing) apply(c *server.TracingConfig) {
	if t.Endpoint != "" {
		c.Endpoint = t.Endpoint
	}
	if len(t.Headers) > 0 {
		c.Headers = t.Headers
	}
	if t.Service != "" {
		c.Service = t.Service
	}
}
