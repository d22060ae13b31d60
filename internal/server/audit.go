package server

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/lambdagate/lambdagate/internal/audit"
	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// openAudit opens the audit trail. In dev mode its records do not wait for the
// disk.
func (s *Server) openAudit(ctx context.Context) error {
	a := s.config.Audit
	s.audit = audit.Open(ctx, audit.Config{Store: s.store, Log: s.log, Synced: s.config.Mode != "dev", Data: a.DataEvents, Days: a.Days})
	s.onClose("audit", func(context.Context) error { s.audit.Close(); return nil })
	return nil
}

// source of the events that are the server's own.
const ownEvents = "lambdagate"

// record writes what somebody did through one of the server's own doors.
func (s *Server) record(ctx context.Context, call *awsapi.Call, name, account string, parameters map[string]any, failed error) {
	r := audit.Record{
		UserIdentity: audit.IdentityOf(call.Caller), EventSource: ownEvents, EventName: name, AWSRegion: call.Region,
		SourceIPAddress: call.SourceIP, UserAgent: call.UserAgent, RequestID: call.RequestID, EventType: "AwsServiceEvent",
		ManagementEvent: true, EventCategory: "Management", RecipientAccountID: account,
	}
	if len(parameters) > 0 {
		r.RequestParameters, _ = json.Marshal(parameters) // plain texts and flags
	}
	if failed != nil {
		r.ErrorCode, r.ErrorMessage = "Failed", failed.Error()
		if e := awsapi.AsError(failed); e != nil {
			r.ErrorCode, r.ErrorMessage = e.Code, e.Message
		}
	}
	s.audit.Event(ctx, r)
}

// auditQuery is audit.Query as the console and the CLI send it.
type auditQuery struct {
	Account, User, Operation string
	Since, Until             time.Time
	Failed, Forward          bool
	Max                      int
	Next                     string
}

// lookUp answers with audit records: of all accounts if account is "" and the
// query names none.
func (s *Server) lookUp(w http.ResponseWriter, r *http.Request, account string) {
	var q auditQuery
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&q); err != nil {
		ownError(w, awsapi.Errorf(http.StatusBadRequest, "SerializationException", "The body is not the JSON expected: %s", err))
		return
	}
	if account != "" {
		q.Account = account
	}
	a, err := s.audit.Find(r.Context(), audit.Query{
		Account: q.Account, From: q.Since, To: q.Until, User: q.User, Operation: q.Operation, Failed: q.Failed, Max: q.Max, Forward: q.Forward, Next: q.Next,
	})
	if errors.Is(err, audit.ErrPosition) {
		err = awsapi.Errorf(http.StatusBadRequest, "InvalidNextTokenException", "%s", err)
	}
	if err != nil {
		s.failed(w, "look up audit records", err)
		return
	}
	writeJSON(w, http.StatusOK, a)
}

// consoleAudit shows the trail of the account to those who may look it up.
func (s *Server) consoleAudit(w http.ResponseWriter, r *http.Request) {
	call, err := s.consoleCall(r)
	if err == nil {
		call.Service, call.Operation = "cloudtrail", "LookupEvents"
		err = s.iam.Authorize(r.Context(), call, "cloudtrail:LookupEvents", "*")
	}
	if err != nil {
		s.failed(w, "look up audit records", err)
		return
	}
	s.lookUp(w, r, call.Caller.Account)
}

// failed answers with an error of one of the server's own doors; what is no
// AWS error is logged.
func (s *Server) failed(w http.ResponseWriter, what string, err error) {
	e := awsapi.AsError(err)
	if e == nil {
		s.log.Error(what, "error", err)
		e = awsapi.Errorf(http.StatusInternalServerError, "InternalFailure", "Internal error; the server's log says more.")
	}
	ownError(w, e)
}

// ownError has the form of awsapi.Door's errors.
func ownError(w http.ResponseWriter, e *awsapi.Error) {
	writeJSON(w, e.Status, map[string]string{"code": e.Code, "message": e.Message})
}
