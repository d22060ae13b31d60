package server

import (
	"github.com/lambdagate/lambdagate/internal/firehose"
	"github.com/lambdagate/lambdagate/internal/lambda"
)

// endpoint returns where an AWS service is, as the settings say; "" if they do
// not.
func (c *Config) endpoint(service, _ string) string { return c.Endpoints[service] }

// linkAddress returns the host and port behind a VPC link's target, as the
// settings say.
func (c *Config) linkAddress(targetARN string) string { return c.VPCLinks[targetARN] }

// issuer returns who issues the tokens of a user pool, and the URL below which
// the keys are: the settings name either by pool id; AWS's otherwise.
func (c *Config) issuer(region, pool string) (issuer, keysAt string) {
	issuer = "https://cognito-idp." + region + ".amazonaws.com/" + pool
	if u := c.Issuers[pool]; u != "" {
		return u, u
	}
	return issuer, issuer
}

// openFirehose starts what sends access logs to delivery streams.
func (s *Server) openFirehose() *firehose.Sender {
	c := &s.config
	f := firehose.Open(firehose.Config{Endpoint: c.Endpoints["firehose"], AccessKey: c.RemoteKey.ID, SecretKey: c.RemoteKey.Secret, Log: s.log})
	s.onClose("firehose", f.Close)
	return f
}

// remote reaches the services that functions' code, destinations and event
// sources name. Keys that this program gave out mean nothing there.
func (c *Config) remote() lambda.Remote {
	return lambda.Remote{
		URL:       func(service string) string { return c.Endpoints[service] },
		AccessKey: c.RemoteKey.ID, SecretKey: c.RemoteKey.Secret,
	}
}
