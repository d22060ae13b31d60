package server

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/iam"
	"github.com/lambdagate/lambdagate/internal/store"
)

// sessions of the console are sealed into their cookies and stored nowhere:
// every node with the seal key knows them. Stored are only those that ended
// before their time.
type sessions struct {
	identities *iam.Service
	aead       cipher.AEAD
	store      store.Store
	ended      *store.Table[endedSession] // by session id
	now        func() time.Time
}

// session is who signed in: with an access key, or with a password.
type session struct {
	ID      string     `json:"i"`
	Key     string     `json:"k,omitzero"`
	Token   string     `json:"t,omitzero"` // of a temporary key
	Login   *iam.Login `json:"l,omitzero"`
	Expires int64      `json:"e"` // seconds
}

// endedSession is a session that was signed out; its document can go when the
// session would have expired.
type endedSession struct {
	Expires int64 `json:"expires"`
}

const endedPrefix = "console/ended/"

func openSessions(ctx context.Context, st store.Store, identities *iam.Service, key []byte) (*sessions, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("open sessions: %w", err)
	}
	s := &sessions{identities: identities, store: st, now: time.Now}
	if s.aead, err = cipher.NewGCMWithRandomNonce(block); err != nil {
		return nil, fmt.Errorf("open sessions: %w", err)
	}
	if s.ended, err = store.OpenTable[endedSession](ctx, st, endedPrefix, 1); err != nil {
		return nil, fmt.Errorf("open sessions: %w", err)
	}
	return s, nil
}

const aboutSessions = "console session"

func (s *sessions) seal(x session) string {
	b, err := json.Marshal(x)
	if err != nil {
		panic(err) // plain texts and numbers
	}
	return base64.RawURLEncoding.EncodeToString(s.aead.Seal(nil, nil, b, []byte(aboutSessions)))
}

// open finds the session in a cookie's text and who it belongs to now.
func (s *sessions) open(text string) (session, awsapi.Caller, bool) {
	var x session
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return x, awsapi.Caller{}, false
	}
	b, err := s.aead.Open(nil, nil, sealed, []byte(aboutSessions))
	if err != nil || json.Unmarshal(b, &x) != nil || s.now().Unix() >= x.Expires {
		return x, awsapi.Caller{}, false
	}
	if _, _, ended := s.ended.Get(x.ID); ended {
		return x, awsapi.Caller{}, false
	}
	c, ok := s.caller(x)
	return x, c, ok
}

// caller is who a session belongs to: nobody when the key was switched off or
// the password changed since.
func (s *sessions) caller(x session) (awsapi.Caller, bool) {
	if x.Login != nil {
		return s.identities.LoggedIn(*x.Login)
	}
	c, ok := s.identities.Credential(x.Key, x.Token)
	if !ok || !c.Expires.IsZero() && !s.now().Before(c.Expires) {
		return awsapi.Caller{}, false
	}
	return c.Caller, true
}

// end makes a session invalid on all nodes, and forgets those that have expired
// by themselves.
func (s *sessions) end(ctx context.Context, x session) error {
	change, err := s.ended.PutChange(x.ID, store.Any, &endedSession{Expires: x.Expires})
	if err != nil {
		return err
	}
	changes := []store.Change{change}
	now := s.now().Unix()
	for id, d := range s.ended.All() {
		if d.Expires < now && id != x.ID && len(changes) < 100 {
			changes = append(changes, s.ended.DeleteChange(id, store.Any))
		}
	}
	rev, err := s.store.Commit(ctx, changes...)
	if err != nil {
		return err
	}
	return s.ended.WaitFor(ctx, rev)
}

// Names of the cookie. It goes to the console only: what is deployed on the same
// host never sees it.
const (
	cookieName       = "lambdagate"
	secureCookieName = "__Secure-lambdagate"
	cookiePath       = "/console/"
	// maxCookie is what browsers take of one cookie.
	maxCookie = 4000
)

var errLongToken = errors.New("the session token is too long for a cookie")

func sessionCookie(value string, secure bool, expires time.Time) *http.Cookie {
	c := &http.Cookie{Name: cookieName, Value: value, Path: cookiePath, HttpOnly: true, SameSite: http.SameSiteStrictMode, Expires: expires}
	if secure {
		c.Name, c.Secure = secureCookieName, true
	}
	return c
}

// sessionOf is the session that a request's cookie holds.
func (s *Server) sessionOf(r *http.Request) (session, awsapi.Caller, bool) {
	name := cookieName
	if s.auth.secure(r) {
		name = secureCookieName
	}
	c, err := r.Cookie(name)
	if err != nil {
		return session{}, awsapi.Caller{}, false
	}
	return s.sessions.open(c.Value)
}
