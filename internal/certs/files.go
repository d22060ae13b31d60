package certs

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Files are a certificate chain and its key in PEM form.
type Files struct{ Cert, Key string }

// lookEvery is how often, at most, handshakes look whether files changed.
const lookEvery = time.Second

// pair is a certificate from files. Connections that are open keep the one they
// began with.
type pair struct {
	files Files
	log   *slog.Logger
	now   *tlsCertificate

	looking sync.Mutex // held by the one handshake that looks
	looked  time.Time
	seen    stamp
}

type tlsCertificate = atomic.Pointer[tls.Certificate]

// stamp is what files look like from outside.
type stamp struct {
	cert, key         time.Time
	certSize, keySize int64
}

func openPair(f Files, log *slog.Logger) (*pair, error) {
	p := &pair{files: f, log: log, now: new(tlsCertificate)}
	var err error
	if p.seen, err = f.stamp(); err != nil {
		return nil, fmt.Errorf("read the certificate: %w", err)
	}
	c, err := f.load()
	if err != nil {
		return nil, err
	}
	p.now.Store(c)
	return p, nil
}

func (f Files) stamp() (s stamp, err error) {
	cert, err := os.Stat(f.Cert)
	if err != nil {
		return s, err
	}
	key, err := os.Stat(f.Key)
	if err != nil {
		return s, err
	}
	return stamp{cert.ModTime(), key.ModTime(), cert.Size(), key.Size()}, nil
}

func (f Files) load() (*tls.Certificate, error) {
	c, err := tls.LoadX509KeyPair(f.Cert, f.Key)
	if err != nil {
		return nil, fmt.Errorf("read the certificate %s with the key %s: %w", f.Cert, f.Key, err)
	}
	return &c, nil
}

// current is the certificate, read anew if its files changed. Files that cannot
// be used, because they are being written perhaps, leave the old one in place.
func (p *pair) current() *tls.Certificate {
	if p.looking.TryLock() {
		defer p.looking.Unlock()
		if now := time.Now(); now.Sub(p.looked) >= lookEvery {
			p.looked = now
			p.look()
		}
	}
	return p.now.Load()
}

func (p *pair) look() {
	s, err := p.files.stamp()
	if err == nil && s == p.seen {
		return
	}
	var c *tls.Certificate
	if err == nil {
		c, err = p.files.load()
	}
	if err != nil {
		p.log.Warn("the changed certificate cannot be used; the old one stays", "file", p.files.Cert, "error", err)
		return
	}
	p.seen = s
	p.now.Store(c)
	p.log.Info("the certificate was read again", "file", p.files.Cert, "until", c.Leaf.NotAfter)
}
