package server

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/lambdagate/lambdagate/internal/http1"
	"github.com/lambdagate/lambdagate/internal/rawhead"
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
	s.onClose("port", closeListener(l))
	return nil
}

// listen prepares the servers: of the port, where requests for deployed APIs
// are answered by the first and everything else by the second, and of the CLI's
// socket.
func (s *Server) listen() error {
	s.quick = &http1.Server{Handler: s.serveQuick, Trusted: s.auth.trusted, Log: s.log}
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
	s.cli = &http.Server{
		Handler:           s.adminRoutes(),
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

// URL is where clients find the server: https://gate.example.com, or
// http://127.0.0.1:4566.
func (s *Server) URL() string {
	if s.config.URL != "" {
		return strings.TrimSuffix(s.config.URL, "/")
	}
	host, port, _ := net.SplitHostPort(s.listener.Addr().String()) // a listener's address has both
	if s.certificates == nil {
		return "http://" + net.JoinHostPort(reachable(host), port)
	}
	if names := s.certificates.Names(); len(names) > 0 {
		host = names[0]
	}
	if port == "443" {
		return "https://" + reachable(host)
	}
	return "https://" + net.JoinHostPort(reachable(host), port)
}

// reachable is loopback for a listener on all addresses.
func reachable(host string) string {
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsUnspecified() {
		return "127.0.0.1"
	}
	return host
}

// Run serves until ctx ends, then drains and closes everything.
func (s *Server) Run(ctx context.Context) error {
	failed := make(chan error, 5)
	l := s.listener
	if s.certificates != nil {
		l = listenTLS(l, s.certificates.TLS())
	}
	go func() { failed <- s.quick.Serve(l) }()
	go func() { failed <- s.http.Serve(rawhead.Listener(s.quick.Rest(s.listener.Addr()))) }()
	if s.cli != nil {
		go func() { failed <- s.cli.Serve(s.socket) }()
	}
	if s.inner != nil {
		go func() { failed <- s.inner.Serve(s.innerPort) }()
	}
	if s.redirect != nil {
		go func() { failed <- s.redirect.Serve(s.redirectFrom) }()
	}
	ctx, stop := context.WithCancel(ctx)
	settled := make(chan struct{})
	go func() {
		settle(ctx)
		close(settled)
	}()
	defer func() {
		stop()
		<-settled
	}()
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
	if s.quick != nil {
		errs = append(errs, s.quick.Shutdown(ctx))
	}
	for _, h := range []*http.Server{s.redirect, s.http, s.inner, s.cli} {
		if h != nil {
			errs = append(errs, h.Shutdown(ctx))
		}
	}
	for i := len(s.closers) - 1; i >= 0; i-- {
		if err := s.closers[i].close(ctx); err != nil {
			errs = append(errs, fmt.Errorf("close %s: %w", s.closers[i].name, err))
		}
	}
	s.closers = nil
	return errors.Join(errs...)
}
