package server

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/http1"
	"github.com/lambdagate/lambdagate/internal/rawhead"
	"github.com/lambdagate/lambdagate/internal/requests"
)

// Bounds of a connection.
const (
	// maxHeaderBytes is above API Gateway's 10,240, so that the gateway itself
	// can answer requests that are a little too large.
	maxHeaderBytes    = 64 << 10
	readHeaderTimeout = 30 * time.Second
	idleTimeout       = 2 * time.Minute
	// drainTimeout is how long requests may go on after a stop was asked for.
	drainTimeout = 30 * time.Second
)

// bind opens the port, so that its address is known to what is opened next.
// Nothing is served before Run.
func (s *Server) bind() error {
	l, err := net.Listen("tcp", s.config.Listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w (is another server running? --listen takes another address)", s.config.Listen, err)
	}
	s.listener = l
	s.onClose("port", func(context.Context) error {
		if err := l.Close(); !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	})
	return nil
}

// listen prepares the servers: of the port, where requests for deployed APIs
// are answered by the first and everything else by the second, and of the CLI's
// socket.
func (s *Server) listen() error {
	s.quick = &http1.Server{Handler: s.serveAPI, Trusted: s.auth.trusted, Log: s.log}
	s.http = &http.Server{
		Handler:     rawhead.Handler(s.serveHTTP),
		ConnContext: rawhead.ConnContext, DisableGeneralOptionsHandler: true,
		MaxHeaderBytes: maxHeaderBytes, ReadHeaderTimeout: readHeaderTimeout, IdleTimeout: idleTimeout,
		ErrorLog: quietLog(s.log),
	}
	s.http.RegisterOnShutdown(s.requests.Stop)
	if s.dir == "" {
		return nil
	}
	return s.listenSocket()
}

// listenSocket opens the CLI's door: only the owner of the data folder can
// reach it.
func (s *Server) listenSocket() error {
	path := SocketPath(s.dir)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove the old socket: %w", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return fmt.Errorf("open the CLI's socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		l.Close()
		return fmt.Errorf("protect the CLI's socket: %w", err)
	}
	s.socket = l
	mux := http.NewServeMux()
	mux.Handle("/", &awsapi.Door{Registry: s.registry, Call: s.doorCall, Prefix: "/"})
	mux.Handle("POST "+requestsPath, &requests.Door{Service: s.requests, Call: s.doorCall, Prefix: requestsPath})
	mux.Handle("POST /explain", s.explanations(s.doorCall, true))
	s.cli = &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: readHeaderTimeout, ErrorLog: quietLog(s.log),
	}
	return nil
}

// SocketPath is the CLI's socket of the data folder dir. Where the folder's
// path is too long for a socket, it lies in the temporary folder.
func SocketPath(dir string) string {
	if p := filepath.Join(dir, "cli.sock"); len(p) < 100 {
		return p
	}
	sum := sha256.Sum256([]byte(dir))
	return filepath.Join(os.TempDir(), "lambdagate-"+hex.EncodeToString(sum[:8])+".sock")
}

// URL is where the server answers: http://127.0.0.1:4566.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() }

// Run serves until ctx ends, then drains and closes everything.
func (s *Server) Run(ctx context.Context) error {
	failed := make(chan error, 3)
	go func() { failed <- s.quick.Serve(s.listener) }()
	go func() { failed <- s.http.Serve(rawhead.Listener(s.quick.Rest(s.listener.Addr()))) }()
	if s.cli != nil {
		go func() { failed <- s.cli.Serve(s.socket) }()
	}
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
		if errors.Is(err, http.ErrServerClosed) {
			err = nil
		}
	}
	return errors.Join(err, s.Close())
}

// Close stops taking requests, lets those that run end, and closes the parts in
// the reverse order of their opening.
func (s *Server) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), drainTimeout)
	defer cancel()
	var errs []error
	if s.http != nil {
		errs = append(errs, s.quick.Shutdown(ctx), s.http.Shutdown(ctx))
	}
	if s.cli != nil {
		errs = append(errs, s.cli.Shutdown(ctx))
	}
	for i := len(s.closers) - 1; i >= 0; i-- {
		if err := s.closers[i].close(ctx); err != nil {
			errs = append(errs, fmt.Errorf("close %s: %w", s.closers[i].name, err))
		}
	}
	s.closers = nil
	return errors.Join(errs...)
}
