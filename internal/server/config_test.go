package server

import (
	"strings"
	"testing"
)

// TestConfigCheck: what cannot or must not be served is refused, with what to do
// about it.
func TestConfigCheck(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(c *Config)
		want   string // "" for none
	}{
		{"the defaults", func(*Config) {}, ""},
		{"a database", func(c *Config) { c.Database = "postgres://h/d" }, ""},
		// The key that a node makes up would be gone with it.
		{"a database and nothing kept here", func(c *Config) { c.Database, c.MemoryOnly = "postgres://h/d", true }, "seal_key_file"},
		{"a database and a key", func(c *Config) { c.Database, c.MemoryOnly, c.SealKeyFile = "postgres://h/d", true, "/k" }, ""},
		{"everyone in dev mode", func(c *Config) { c.Listen = ":4566" }, "--listen-anywhere"},
	} {
		c := DefaultConfig()
		tt.change(&c)
		if err := c.check(); (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
