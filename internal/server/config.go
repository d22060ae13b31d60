package server

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

// Config is everything that can be set. Flags, the configuration file of
// `serve` and tests all fill in this one struct.
type Config struct {
	// Mode is "dev" (any credentials are root) or "serve" (signatures are
	// verified, IAM decides).
	Mode string `toml:"-"`
	// Listen is the address of the one port, "127.0.0.1:4566".
	Listen string `toml:"listen"`
	// ListenAnywhere allows Listen to be other than loopback in dev mode.
	ListenAnywhere bool `toml:"listen_anywhere"`
	// Data is the folder that holds everything; MemoryOnly keeps nothing.
	Data       string `toml:"data"`
	MemoryOnly bool   `toml:"memory_only"`
	// Database is the URL of a PostgreSQL database for several machines; "" keeps
	// everything in the data folder.
	Database string `toml:"database"`
	// Domains are suffixes under which APIs are served as
	// {apiId}.execute-api.{region}.<domain>; any suffix works, these are printed.
	Domains []string `toml:"domains"`
	// AllowHosts and AllowOrigins extend whom dev mode's guard lets in.
	AllowHosts   []string `toml:"allow_hosts"`
	AllowOrigins []string `toml:"allow_origins"`

	Runtimes RuntimesConfig `toml:"runtimes"`
	Lambda   LambdaConfig   `toml:"lambda"`
	Logs     LogsConfig     `toml:"logs"`
	Tracing  TracingConfig  `toml:"tracing"`

	// Endpoints are the addresses of AWS services that integrations, queues and
	// destinations call, by service name: {"sqs": "http://127.0.0.1:9324"}.
	Endpoints map[string]string `toml:"endpoints"`
	// RemoteKey signs requests to those endpoints for functions' code, queues and
	// destinations.
	RemoteKey struct {
		ID     string `toml:"id"`
		Secret string `toml:"secret"`
	} `toml:"remote_key"`
	// Issuers are the issuers of user pools' tokens, by pool id; the keys are at
	// /.well-known/jwks.json below them.
	Issuers map[string]string `toml:"issuers"`
	// IdentityProviders are the keys of issuers whose tokens AssumeRoleWithWebIdentity
	// takes: a JSON web key set, or the file that holds it, by issuer URL.
	IdentityProviders map[string]string `toml:"identity_providers"`
	// VPCLinks are the addresses (host:port) behind VPC links, by target ARN.
	VPCLinks map[string]string `toml:"vpc_links"`

	// URL is where clients and functions find this server: "https://gate.example.com".
	// Empty: made of the certificate's first name, or of the address.
	URL string `toml:"url"`

	TLS     TLSConfig     `toml:"tls"`
	ACME    ACMEConfig    `toml:"acme"`
	Console ConsoleConfig `toml:"console"`
	Audit   AuditConfig   `toml:"audit"`

	// SealKeyFile holds the key that seals secrets at rest.
	SealKeyFile string `toml:"seal_key_file"`
	// TrustedProxies are networks whose X-Forwarded-For is believed.
	TrustedProxies []string `toml:"trusted_proxies"`
	// MetricsToken is what Prometheus sends as a bearer token for
	// /_lambdagate/metrics in serve mode; without it only loopback may ask.
	MetricsToken string `toml:"metrics_token"`
	// LogLevel of the server's own log: debug, info, warn, error.
	LogLevel string `toml:"log_level"`
	// LogTo takes the server's own log; standard error if nil.
	LogTo io.Writer `toml:"-"`
}

// RuntimesConfig says where runtimes come from and how they are confined.
type RuntimesConfig struct {
	// Cache is the folder shared by all servers of a user; "" for the user's
	// cache folder.
	Cache string `toml:"cache"`
	// Paths are interpreters to use as they are: {"python3.12": "/usr/bin/python3.12"}.
	// For runtimes that are neither Node.js nor Python ("java21") it is a folder
	// that functions see as /var/runtime, with AWS's runtime client for instance.
	Paths map[string]string `toml:"paths"`
	// Commands start the runtimes that are neither Node.js nor Python; $_HANDLER
	// stands for the function's handler. Without one the program bootstrap of the
	// folder, of the function's code or of a layer starts.
	Commands map[string][]string `toml:"commands"`
	// Prestart is how many generic processes are kept ready at most: one for each
	// runtime and memory size in use, and more while new functions keep coming.
	Prestart int `toml:"prestart"`
	// Copies makes processes copies of one that has started, where that is possible.
	Copies bool `toml:"copies"`
	// Isolation is "auto" (as far as the kernel allows), "required" or "off".
	Isolation string `toml:"isolation"`
	// MemoryBudgetMB bounds the memory of all environments together; 0 for half
	// of the machine's.
	MemoryBudgetMB int `toml:"memory_budget_mb"`
	// Engine is the address of a Docker engine for functions that are container
	// images, such as unix:///var/run/docker.sock; "" for none.
	Engine string `toml:"engine"`
	// Freeze stops environments between two events, as AWS does.
	Freeze bool `toml:"freeze"`
	// IdleTimeout ends environments that had nothing to do for so long.
	IdleTimeout Duration `toml:"idle_timeout"`
}

// LambdaConfig sets what AWS fixes.
type LambdaConfig struct {
	// RefuseDeprecated refuses runtimes that AWS no longer accepts.
	RefuseDeprecated bool `toml:"refuse_deprecated_runtimes"`
	// RetryDelays are the waits before the retries of asynchronous events.
	RetryDelays []Duration `toml:"retry_delays"`
	// Inspect names functions whose runtime starts with the debugger's port open:
	// "NAME", or "NAME=127.0.0.1:9230". Ports are counted from 9229.
	Inspect []string `toml:"-"`
}

// LogsConfig bounds what logs take.
type LogsConfig struct {
	// MaxMB caps the log segments on disk; the oldest are dropped first.
	MaxMB int `toml:"max_mb"`
}

// TLSConfig says which certificates the port has. Without any, and without
// ACME domains, it speaks plain HTTP.
type TLSConfig struct {
	// Cert and Key are PEM files; they are read again when they change.
	Cert string `toml:"cert"`
	Key  string `toml:"key"`
	// Certificates are further pairs, for other names.
	Certificates []CertificateFiles `toml:"certificates"`
	// RedirectFrom is the address of a second port that sends plain HTTP on to
	// HTTPS and answers ACME's challenges: ":80".
	RedirectFrom string `toml:"redirect_from"`
}

// CertificateFiles are one certificate chain and its key, as PEM files.
type CertificateFiles struct {
	Cert string `toml:"cert"`
	Key  string `toml:"key"`
}

// ACMEConfig fetches and renews certificates by itself.
type ACMEConfig struct {
	// Domains are the names to fetch certificates for.
	Domains []string `toml:"domains"`
	// Email is told of problems by the authority.
	Email string `toml:"email"`
	// Directory is the authority's URL; Let's Encrypt's if empty.
	Directory string `toml:"directory"`
	// CA is a PEM file with the roots to reach the directory, if they are not the
	// system's.
	CA string `toml:"ca"`
}

// ConsoleConfig is about the console in serve mode.
type ConsoleConfig struct {
	// Host is the one name that the console answers to; deployed APIs do not
	// answer there. Empty: the console is at every name of the server.
	Host string `toml:"host"`
	// Session is how long people stay signed in.
	Session Duration `toml:"session"`
	// AllowHTTP lets people sign in without TLS from other machines.
	AllowHTTP bool `toml:"allow_http"`
	// Off serves no console.
	Off bool `toml:"off"`
}

// AuditConfig bounds the audit trail.
type AuditConfig struct {
	// Days is how long records are kept, MaxMB how much they may take.
	Days  int `toml:"days"`
	MaxMB int `toml:"max_mb"`
	// DataEvents records invocations and the like, too.
	DataEvents bool `toml:"data_events"`
}

// Duration is a time.Duration written as "90s" in the file.
type Duration time.Duration

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	*d = Duration(v)
	return err
}

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// DefaultConfig is what is not set.
func DefaultConfig() Config {
	return Config{
		Mode: "dev", Listen: "127.0.0.1:4566", Data: ".lambdagate", LogLevel: "info",
		Runtimes: RuntimesConfig{Prestart: 2, Copies: true, Isolation: "auto", IdleTimeout: Duration(10 * time.Minute)},
		Logs:     LogsConfig{MaxMB: 512},
		Tracing:  TracingConfig{Service: "lambdagate"},
		Console:  ConsoleConfig{Session: Duration(12 * time.Hour)},
		Audit:    AuditConfig{Days: 90, MaxMB: 256},
	}
}

// ReadConfig reads the file of serve mode over c. Unknown keys are errors.
func (c *Config) ReadConfig(path string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read the configuration: %w", err)
	}
	md, err := toml.Decode(string(b), c)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if left := md.Undecoded(); len(left) > 0 {
		var keys []string
		for _, k := range left {
			keys = append(keys, k.String())
		}
		return fmt.Errorf("%s: unknown settings: %s", path, strings.Join(keys, ", "))
	}
	return nil
}

// check refuses what cannot or must not be served.
func (c *Config) check() error {
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return fmt.Errorf("listen address %q: %w", c.Listen, err)
	}
	if c.Mode == "dev" && !c.ListenAnywhere && !isLoopback(host) {
		return fmt.Errorf("in dev mode any credentials are root, so --listen takes loopback addresses only, not %q; add --listen-anywhere if everyone who reaches it may do everything", c.Listen)
	}
	if err := c.Tracing.check(); err != nil {
		return err
	}
	switch c.Runtimes.Isolation {
	case "auto", "required", "off":
	default:
		return fmt.Errorf(`isolation is %q; it can be "auto", "required" or "off"`, c.Runtimes.Isolation)
	}
	if d := time.Duration(c.Console.Session); d < time.Minute || d > 7*24*time.Hour {
		return fmt.Errorf("console.session is %s; it can be from 1m to 168h", d)
	}
	if c.Audit.Days < 0 || c.Audit.MaxMB < 1 {
		return errors.New("audit.days cannot be negative, and audit.max_mb has to be at least 1")
	}
	if !c.MemoryOnly && c.Data == "" {
		return errors.New("no data folder: set --data or --memory-only")
	}
	if c.MemoryOnly && c.Database != "" && c.SealKeyFile == "" {
		return errors.New("a database needs seal_key_file, or a data folder for the seal key: nothing else opens the secrets in it after a restart")
	}
	return nil
}

// plainToOthers says whether a server without certificates speaks to other
// machines in the clear: serve mode on an address that they can reach, without a
// proxy that ends TLS.
func (c *Config) plainToOthers() bool {
	host, _, err := net.SplitHostPort(c.Listen)
	return err == nil && c.Mode == "serve" && !isLoopback(host) && len(c.TrustedProxies) == 0
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// dataFolder is the absolute data folder, or "" where nothing is kept.
func (c *Config) dataFolder() (string, error) {
	if c.MemoryOnly {
		return "", nil
	}
	return filepath.Abs(c.Data)
}

// retryDelays are the waits before the two retries; zero stands for AWS's.
func (c LambdaConfig) retryDelays() (d [2]time.Duration) {
	for i := range min(len(d), len(c.RetryDelays)) {
		d[i] = time.Duration(c.RetryDelays[i])
	}
	return d
}
