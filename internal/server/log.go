package server

import (
	"fmt"
	"io"
	"log"
	"log/slog"
	"strings"
)

// newLog is the server's own log: one line a fact, for people and machines.
func newLog(w io.Writer, level string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf(`log level %q: it can be "debug", "info", "warn" or "error"`, level)
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: l})), nil
}

// quietLog sends net/http's own messages (clients that break off, TLS
// handshakes that fail) to the debug level.
func quietLog(l *slog.Logger) *log.Logger {
	return log.New(debugWriter{l}, "", 0)
}

type debugWriter struct{ log *slog.Logger }

func (w debugWriter) Write(p []byte) (int, error) {
	w.log.Debug("http", "message", strings.TrimSpace(string(p)))
	return len(p), nil
}
