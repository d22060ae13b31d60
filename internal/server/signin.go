package server

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/lambdagate/lambdagate/internal/audit"
	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/iam"
)

// Bounds of signing in.
const (
	maxSignIn     = 16 << 10 // bytes of a request
	signInTimeout = 20 * time.Second
	// failureTakes is how long a wrong attempt takes at least, whatever was wrong.
	failureTakes = 400 * time.Millisecond

	sourceBurst, sourceEvery = 20, 3 * time.Second  // attempts of one address
	nameBurst, nameEvery     = 10, 10 * time.Second // attempts on one user or key
)

// signIn is what the sign-in page sends: an access key, or a user's password,
// and a new one where it has to be changed.
type signIn struct {
	AccessKeyID, SecretAccessKey, SessionToken string
	Account, User, Password, NewPassword       string
}

// name is whose attempts are counted together.
func (in *signIn) name() string {
	if in.AccessKeyID != "" {
		return "key " + in.AccessKeyID
	}
	return "user " + in.Account + "/" + in.User
}

// signedIn is what the console knows about its session.
type signedIn struct {
	Mode        string `json:"mode"`
	Account     string `json:"account"`
	AccountName string `json:"accountName,omitzero"`
	ARN         string `json:"arn"`
	Name        string `json:"name"`             // for the header: ann, deploy/session, root
	Password    bool   `json:"password"`         // signed in with one, which can be changed
	Expires     int64  `json:"expires,omitzero"` // seconds
}

// signInHTTP opens a session.
func (s *Server) signInHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	ctx, cancel := context.WithTimeout(r.Context(), signInTimeout)
	defer cancel()
	var in signIn
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxSignIn)).Decode(&in); err != nil {
		ownError(w, awsapi.Errorf(http.StatusBadRequest, "SerializationException", "The body is not the JSON expected."))
		return
	}
	x, caller, err := s.trySignIn(ctx, r, &in)
	if err == nil {
		s.welcome(w, r, x, caller)
		return
	}
	if e := awsapi.AsError(err); e != nil && e.Status == http.StatusUnauthorized {
		wait(ctx, failureTakes-time.Since(began))
	}
	if e := awsapi.AsError(err); e != nil && e.Header != nil {
		w.Header().Set("Retry-After", e.Header.Get("Retry-After"))
	}
	s.failed(w, "sign in", err)
}

func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// trySignIn counts the attempt, checks it and records how it ended.
func (s *Server) trySignIn(ctx context.Context, r *http.Request, in *signIn) (session, awsapi.Caller, error) {
	source := s.auth.clientIP(r)
	if !s.auth.secure(r) && !isLoopback(source) && !s.config.Console.AllowHTTP {
		return session{}, awsapi.Caller{}, awsapi.Errorf(http.StatusForbidden, "InsecureConnection", "Signing in needs HTTPS.")
	}
	for _, l := range []struct {
		*limiter
		name string
	}{{s.attempts.bySource, source}, {s.attempts.byName, in.name()}} {
		if d := l.take(l.name); d > 0 {
			return session{}, awsapi.Caller{}, tooMany(d)
		}
	}
	x, caller, err := s.checkSignIn(ctx, in)
	s.recordSignIn(ctx, r, in, caller, err)
	if err == nil || !errors.Is(err, iam.ErrSignIn) {
		s.attempts.bySource.giveBack(source)
		s.attempts.byName.giveBack(in.name())
	}
	switch {
	case errors.Is(err, iam.ErrSignIn) && in.AccessKeyID != "":
		err = awsapi.Errorf(http.StatusUnauthorized, "SignInFailed", "The access key ID or the secret is wrong.")
	case errors.Is(err, iam.ErrSignIn):
		err = awsapi.Errorf(http.StatusUnauthorized, "SignInFailed", "The account, user name or password is wrong.")
	case errors.Is(err, iam.ErrPasswordExpired):
		err = awsapi.Errorf(http.StatusForbidden, "PasswordExpired", "You have to change your password first.")
	case errors.Is(err, errLongToken):
		err = awsapi.Errorf(http.StatusBadRequest, "ValidationException", "This temporary key's session token is too long for a session of the console.")
	}
	return x, caller, err
}

func tooMany(d time.Duration) error {
	seconds := strconv.Itoa(int(d/time.Second) + 1)
	e := awsapi.Errorf(http.StatusTooManyRequests, "TooManyAttempts", "Too many attempts. Try again in %s seconds.", seconds)
	e.Header = http.Header{"Retry-After": {seconds}}
	return e
}

// checkSignIn makes the session of whoever can sign in so.
func (s *Server) checkSignIn(ctx context.Context, in *signIn) (session, awsapi.Caller, error) {
	x := session{ID: awsapi.NewRequestID(), Expires: time.Now().Add(time.Duration(s.config.Console.Session)).Unix()}
	if in.AccessKeyID != "" {
		c, err := s.iam.SignInWithKey(in.AccessKeyID, in.SecretAccessKey, in.SessionToken)
		if err != nil {
			return x, awsapi.Caller{}, err
		}
		if x.Key, x.Token = in.AccessKeyID, in.SessionToken; !c.Expires.IsZero() {
			x.Expires = min(x.Expires, c.Expires.Unix())
		}
		if len(s.sessions.seal(x)) > maxCookie {
			return x, awsapi.Caller{}, errLongToken
		}
		return x, c.Caller, nil
	}
	caller, err := s.signInUser(ctx, in)
	if err != nil {
		return x, caller, err
	}
	login, ok := s.iam.LoginOf(caller)
	if !ok {
		return x, caller, iam.ErrSignIn // gone meanwhile
	}
	x.Login = &login
	return x, caller, nil
}

func (s *Server) signInUser(ctx context.Context, in *signIn) (awsapi.Caller, error) {
	if in.NewPassword != "" {
		return s.iam.ReplacePassword(ctx, in.Account, in.User, in.Password, in.NewPassword)
	}
	return s.iam.SignIn(ctx, in.Account, in.User, in.Password)
}

// recordSignIn writes the attempt into the audit trail. AWS: a name that is no
// user's is hidden, since people type passwords into the wrong field.
func (s *Server) recordSignIn(ctx context.Context, r *http.Request, in *signIn, caller awsapi.Caller, failed error) {
	rec := audit.Record{
		UserIdentity: audit.IdentityOf(caller), EventSource: "signin.amazonaws.com", EventName: "ConsoleLogin", AWSRegion: awsapi.DefaultRegion,
		SourceIPAddress: s.auth.clientIP(r), UserAgent: r.UserAgent(), RequestID: awsapi.NewRequestID(), EventType: "AwsConsoleSignIn",
		ManagementEvent: true, EventCategory: "Management", RecipientAccountID: caller.Account,
		ResponseElements: json.RawMessage(`{"ConsoleLogin":"Success"}`),
	}
	if in.NewPassword != "" {
		rec.AdditionalData = map[string]any{"passwordChanged": failed == nil}
	}
	if failed != nil {
		rec.ResponseElements = json.RawMessage(`{"ConsoleLogin":"Failure"}`)
		rec.ErrorMessage = "Failed authentication"
		if errors.Is(failed, iam.ErrPasswordExpired) {
			rec.ErrorMessage = "Password has to be changed"
		}
		if caller.ARN == "" {
			rec.UserIdentity, rec.RecipientAccountID = s.whoTried(in)
		}
	}
	s.audit.Event(ctx, rec)
}

// whoTried is who somebody said to be, as far as that exists.
func (s *Server) whoTried(in *signIn) (who audit.Identity, account string) {
	who = audit.Identity{Type: "Unknown", UserName: awsapi.Hidden}
	if c, ok := s.iam.Credential(in.AccessKeyID, in.SessionToken); ok {
		return audit.Identity{Type: "Unknown", AccountID: c.Caller.Account, AccessKeyID: in.AccessKeyID, UserName: c.Caller.Name}, c.Caller.Account
	}
	if id, ok := s.iam.AccountNamed(in.Account); ok && s.iam.HasLogin(id, in.User) {
		return audit.Identity{Type: "IAMUser", AccountID: id, UserName: in.User}, id
	}
	return who, ""
}

// welcome answers with the session's cookie and what the console shows of it.
func (s *Server) welcome(w http.ResponseWriter, r *http.Request, x session, caller awsapi.Caller) {
	http.SetCookie(w, sessionCookie(s.sessions.seal(x), s.auth.secure(r), time.Unix(x.Expires, 0)))
	writeJSON(w, http.StatusOK, s.shown(x, caller))
}

func (s *Server) shown(x session, c awsapi.Caller) signedIn {
	name := c.ARN[strings.LastIndexByte(c.ARN, ':')+1:]
	name = strings.TrimPrefix(strings.TrimPrefix(name, "user/"), "assumed-role/")
	return signedIn{
		Mode: s.config.Mode, Account: c.Account, AccountName: s.iam.AccountByID(c.Account).Name, ARN: c.ARN, Name: name,
		Password: x.Login != nil, Expires: x.Expires,
	}
}

// sessionHTTP tells the console who it is.
func (s *Server) sessionHTTP(w http.ResponseWriter, r *http.Request) {
	if s.config.Mode == "dev" {
		writeJSON(w, http.StatusOK, s.shown(session{}, awsapi.RootCaller(awsapi.DefaultAccount)))
		return
	}
	x, caller, ok := s.sessionOf(r)
	if !ok {
		ownError(w, notSignedIn())
		return
	}
	writeJSON(w, http.StatusOK, s.shown(x, caller))
}

func notSignedIn() *awsapi.Error {
	return awsapi.Errorf(http.StatusUnauthorized, "NotSignedIn", "Sign in first.")
}

// signOutHTTP ends the session here and on all nodes.
func (s *Server) signOutHTTP(w http.ResponseWriter, r *http.Request) {
	if x, caller, ok := s.sessionOf(r); ok {
		if err := s.sessions.end(r.Context(), x); err != nil {
			s.failed(w, "sign out", err)
			return
		}
		call := &awsapi.Call{Caller: caller, Region: awsapi.DefaultRegion, SourceIP: s.auth.clientIP(r), UserAgent: r.UserAgent(), RequestID: awsapi.NewRequestID()}
		s.record(r.Context(), call, "ConsoleSignOut", caller.Account, nil, nil)
	}
	gone := sessionCookie("", s.auth.secure(r), time.Unix(1, 0))
	gone.MaxAge = -1
	http.SetCookie(w, gone)
	writeJSON(w, http.StatusOK, struct{}{})
}
