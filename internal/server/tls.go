package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/lambdagate/lambdagate/internal/certs"
)

// openCertificates opens the certificates, where the settings name any.
func (s *Server) openCertificates(ctx context.Context) (err error) {
	c := s.config.TLS
	var files []certs.Files
	if c.Cert != "" || c.Key != "" {
		files = append(files, certs.Files{Cert: c.Cert, Key: c.Key})
	}
	for _, f := range c.Certificates {
		files = append(files, certs.Files{Cert: f.Cert, Key: f.Key})
	}
	if len(files) == 0 && len(s.config.ACME.Domains) == 0 {
		if s.config.plainToOthers() {
			s.log.Warn("plain HTTP: what other machines send can be read and changed on the way; set tls or acme, or trusted_proxies if a proxy speaks TLS for this server", "listen", s.config.Listen)
		}
		return nil
	}
	a := s.config.ACME
	s.certificates, err = certs.Open(ctx, certs.Config{
		Files: files, Domains: a.Domains, Email: a.Email, Directory: a.Directory, CA: a.CA,
		Store: s.store, SealKey: s.secretFor("certificates"), Log: s.log,
	})
	if err != nil {
		return err
	}
	s.onClose("certificates", func(context.Context) error { s.certificates.Close(); return nil })
	return s.openInner()
}

// openInner opens a port on loopback where functions reach the AWS APIs: there
// is no certificate for loopback that their clients would trust. Requests are
// signed there as everywhere.
func (s *Server) openInner() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen for functions: %w", err)
	}
	s.innerPort = l
	s.inner = &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			path, query, _ := strings.Cut(r.RequestURI, "?")
			s.serveAWS(w, r, path, query)
		}),
		MaxHeaderBytes: maxHeaderBytes, ReadHeaderTimeout: readHeaderTimeout, IdleTimeout: idleTimeout, ErrorLog: quietLog(s.log),
	}
	s.onClose("port for functions", closeListener(l))
	return nil
}

// closeListener closes a listener that its server may have closed before.
func closeListener(l net.Listener) func(context.Context) error {
	return func(context.Context) error {
		if err := l.Close(); !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	}
}

// Bounds of TLS handshakes.
const (
	handshakeTimeout = 10 * time.Second
	maxHandshakes    = 1024 // at a time; further clients wait
)

// tlsListener gives connections whose handshake is done, so that what reads them
// knows the protocol. A slow or silent client keeps nobody waiting.
type tlsListener struct {
	net.Listener
	config *tls.Config

	ready   chan net.Conn
	failed  chan error // of the inner listener
	slots   chan struct{}
	ctx     context.Context // ends with Close
	cancel  context.CancelFunc
	running sync.WaitGroup
}

func listenTLS(l net.Listener, config *tls.Config) *tlsListener {
	t := &tlsListener{
		Listener: l, config: config,
		ready: make(chan net.Conn), failed: make(chan error), slots: make(chan struct{}, maxHandshakes),
	}
	t.ctx, t.cancel = context.WithCancel(context.Background())
	t.running.Go(t.accept)
	return t
}

func (t *tlsListener) accept() {
	for {
		c, err := t.Listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			t.cancel()
			return
		}
		if err != nil {
			select {
			case t.failed <- err: // too many open files, for example: who accepts waits and asks again
				continue
			case <-t.ctx.Done():
				return
			}
		}
		select {
		case t.slots <- struct{}{}:
			t.running.Go(func() { t.handshake(c) })
		case <-t.ctx.Done():
			c.Close()
		}
	}
}

func (t *tlsListener) handshake(c net.Conn) {
	defer func() { <-t.slots }()
	ctx, cancel := context.WithTimeout(t.ctx, handshakeTimeout)
	defer cancel()
	conn := tls.Server(c, t.config)
	// An authority's challenge ends with the handshake.
	if err := conn.HandshakeContext(ctx); err != nil || conn.ConnectionState().NegotiatedProtocol == "acme-tls/1" {
		conn.Close()
		return
	}
	select {
	case t.ready <- conn:
	case <-t.ctx.Done():
		conn.Close()
	}
}

// Accept implements net.Listener.
func (t *tlsListener) Accept() (net.Conn, error) {
	select {
	case c := <-t.ready:
		return c, nil
	case err := <-t.failed:
		return nil, err
	case <-t.ctx.Done():
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener; it breaks off the handshakes that run.
func (t *tlsListener) Close() error {
	err := t.Listener.Close()
	t.cancel()
	t.running.Wait()
	return err
}

// openRedirect opens the port that sends plain HTTP on to HTTPS.
func (s *Server) openRedirect(context.Context) error {
	address := s.config.TLS.RedirectFrom
	if address == "" {
		return nil
	}
	if s.certificates == nil {
		return errors.New("tls.redirect_from needs certificates: set tls.cert and tls.key, or acme.domains")
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("listen on %s to redirect to HTTPS: %w", address, err)
	}
	_, port, _ := net.SplitHostPort(s.listener.Addr().String()) // a listener's address has one
	s.redirect = &http.Server{
		Handler: s.certificates.Redirect(port), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second,
		MaxHeaderBytes: maxHeaderBytes, ErrorLog: quietLog(s.log),
	}
	s.redirectFrom = l
	s.onClose("redirect", closeListener(l))
	return nil
}
