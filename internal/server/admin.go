package server

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/mail"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/iam"
	"github.com/lambdagate/lambdagate/internal/requests"
)

// adminRoutes are what the CLI's door has beside the operations: accounts, the
// audit trail, backups. Who may open the socket in the data folder may all of it.
func (s *Server) adminRoutes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /_lambdagate/accounts", s.listAccounts)
	mux.HandleFunc("POST /_lambdagate/accounts", s.createAccount)
	mux.HandleFunc("POST /_lambdagate/accounts/{account}/rotate-root-key", s.rotateRootKey)
	mux.HandleFunc("POST /_lambdagate/audit", func(w http.ResponseWriter, r *http.Request) { s.lookUp(w, r, "") })
	mux.HandleFunc("POST /_lambdagate/backup", s.backupHTTP)
	mux.Handle("POST "+requestsPath, &requests.Door{Service: s.requests, Call: s.doorCall, Prefix: requestsPath})
	mux.Handle("POST /explain", s.explanations(s.doorCall, true))
	mux.Handle("/", &awsapi.Door{Registry: s.registry, Call: s.doorCall, Prefix: "/"})
	return mux
}

// ShownAccount is an account as the CLI lists it.
type ShownAccount struct {
	Account string    `json:"account"`
	Name    string    `json:"name,omitzero"`
	Email   string    `json:"email,omitzero"`
	Alias   string    `json:"alias,omitzero"`
	Created time.Time `json:"created,omitzero"`
}

// ShownKey is a root access key, shown once.
type ShownKey struct {
	Account         string `json:"account"`
	AccessKeyID     string `json:"accessKeyId"`
	SecretAccessKey string `json:"secretAccessKey"`
}

func (s *Server) listAccounts(w http.ResponseWriter, _ *http.Request) {
	list := []ShownAccount{}
	for _, a := range s.iam.Accounts() {
		list = append(list, ShownAccount{a.ID, a.Name, a.Email, a.Alias, a.Created.Time})
	}
	writeJSON(w, http.StatusOK, list)
}

// AWS: what Organizations takes as an account's name.
const maxAccountName = 50

func (s *Server) createAccount(w http.ResponseWriter, r *http.Request) {
	var in struct{ Name, Email string }
	call, err := s.ownCall(r, &in)
	if n := utf8.RuneCountInString(in.Name); err == nil && (n < 1 || n > maxAccountName || strings.ContainsFunc(in.Name, func(c rune) bool { return c < ' ' })) {
		err = awsapi.Errorf(http.StatusBadRequest, "ValidationException", "An account's name has 1 to %d characters.", maxAccountName)
	}
	if _, bad := mail.ParseAddress(in.Email); err == nil && in.Email != "" && bad != nil {
		err = awsapi.Errorf(http.StatusBadRequest, "ValidationException", "%q is no e-mail address.", in.Email)
	}
	var key *iam.RootKey
	if err == nil {
		key, err = s.iam.CreateAccount(r.Context(), in.Name, in.Email)
	}
	s.answerKey(w, r, call, "CreateAccount", map[string]any{"accountName": in.Name, "email": in.Email}, key, err)
}

func (s *Server) rotateRootKey(w http.ResponseWriter, r *http.Request) {
	var in struct{ Keep bool }
	call, err := s.ownCall(r, &in)
	var key *iam.RootKey
	if err == nil {
		key, err = s.iam.RotateRootKey(r.Context(), r.PathValue("account"), in.Keep)
	}
	switch {
	case errors.Is(err, iam.ErrNoAccount):
		err = awsapi.Errorf(http.StatusNotFound, "AccountNotFoundException", "There is no account %s.", r.PathValue("account"))
	case errors.Is(err, iam.ErrTooManyKeys):
		err = awsapi.Errorf(http.StatusConflict, "LimitExceeded", "%s", err)
	}
	s.answerKey(w, r, call, "RotateRootKey", map[string]any{"account": r.PathValue("account"), "keep": in.Keep}, key, err)
}

// answerKey records what was done and shows the new key.
func (s *Server) answerKey(w http.ResponseWriter, r *http.Request, call *awsapi.Call, event string, parameters map[string]any, key *iam.RootKey, err error) {
	account := call.Caller.Account
	if key != nil {
		account, parameters["accessKeyId"] = key.Account, key.ID
	}
	s.record(r.Context(), call, event, account, parameters, err)
	if err != nil {
		s.failed(w, event, err)
		return
	}
	writeJSON(w, http.StatusOK, ShownKey{key.Account, key.ID, key.Secret})
}

// ownCall is who uses the CLI's door, and the JSON input.
func (s *Server) ownCall(r *http.Request, in any) (*awsapi.Call, error) {
	call, err := s.doorCall(r)
	if err != nil {
		return call, err
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, 64<<10))
	if err == nil && len(body) > 0 {
		err = json.Unmarshal(body, in)
	}
	if err != nil {
		return call, awsapi.Errorf(http.StatusBadRequest, "SerializationException", "The body is not the JSON expected: %s", err)
	}
	return call, nil
}
