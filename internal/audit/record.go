package audit

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// Record is one event, under CloudTrail's names.
type Record struct {
	EventVersion       string          `json:"eventVersion"`
	UserIdentity       Identity        `json:"userIdentity"`
	EventTime          time.Time       `json:"eventTime"`
	EventSource        string          `json:"eventSource"`
	EventName          string          `json:"eventName"`
	AWSRegion          string          `json:"awsRegion"`
	SourceIPAddress    string          `json:"sourceIPAddress"`
	UserAgent          string          `json:"userAgent"`
	ErrorCode          string          `json:"errorCode,omitzero"`
	ErrorMessage       string          `json:"errorMessage,omitzero"`
	RequestParameters  json.RawMessage `json:"requestParameters"`
	ResponseElements   json.RawMessage `json:"responseElements"`
	AdditionalData     map[string]any  `json:"additionalEventData,omitzero"`
	RequestID          string          `json:"requestID"`
	EventID            string          `json:"eventID"`
	ReadOnly           bool            `json:"readOnly"`
	EventType          string          `json:"eventType"`
	ManagementEvent    bool            `json:"managementEvent"`
	RecipientAccountID string          `json:"recipientAccountId"`
	EventCategory      string          `json:"eventCategory"`
}

// Identity is who did it.
type Identity struct {
	Type           string          `json:"type"` // Root, IAMUser, AssumedRole, AWSService, Unknown
	PrincipalID    string          `json:"principalId,omitzero"`
	ARN            string          `json:"arn,omitzero"`
	AccountID      string          `json:"accountId,omitzero"`
	AccessKeyID    string          `json:"accessKeyId,omitzero"`
	UserName       string          `json:"userName,omitzero"`
	InvokedBy      string          `json:"invokedBy,omitzero"`
	SessionContext *SessionContext `json:"sessionContext,omitzero"`
}

// SessionContext tells whose session it was.
type SessionContext struct {
	SessionIssuer Issuer `json:"sessionIssuer"`
}

// Issuer is the role behind a session, or the user behind a federated one.
type Issuer struct {
	Type      string `json:"type"`
	ARN       string `json:"arn"`
	AccountID string `json:"accountId"`
	UserName  string `json:"userName"`
}

// IdentityOf is a caller as records show it.
func IdentityOf(c awsapi.Caller) Identity {
	id := Identity{PrincipalID: c.UserID, ARN: c.ARN, AccountID: c.Account, AccessKeyID: c.AccessKey}
	switch c.Kind {
	case awsapi.Root:
		id.Type = "Root"
	case awsapi.User:
		id.Type, id.UserName = "IAMUser", c.Name
	case awsapi.Session:
		id.Type = "AssumedRole"
		id.SessionContext = &SessionContext{Issuer{"Role", c.RoleARN, c.Account, c.RoleARN[strings.LastIndexByte(c.RoleARN, '/')+1:]}}
	case awsapi.FederatedUser:
		id.Type = "FederatedUser"
		issuer := Issuer{"IAMUser", c.RoleARN, c.Account, c.RoleARN[strings.LastIndexByte(c.RoleARN, '/')+1:]}
		if strings.HasSuffix(c.RoleARN, ":root") {
			issuer.Type, issuer.UserName = "Root", ""
		}
		id.SessionContext = &SessionContext{issuer}
	case awsapi.ServicePrincipal:
		id.Type, id.InvokedBy = "AWSService", c.Name
	default:
		id.Type = "Unknown"
	}
	return id
}

// maxText bounds texts that a client chooses: user agents, error messages.
const maxText = 1 << 10

func capped(s string) string {
	if len(s) > maxText {
		return s[:maxText] + "…"
	}
	return s
}

// recordOf is a call as a record.
func recordOf(call *awsapi.Call, op *awsapi.BoundOperation, in any, err *awsapi.Error) Record {
	r := Record{
		UserIdentity: IdentityOf(call.Caller), EventSource: call.Service + ".amazonaws.com", EventName: call.Operation,
		AWSRegion: call.Region, SourceIPAddress: call.SourceIP, UserAgent: call.UserAgent, RequestParameters: op.Parameters(in),
		RequestID: call.RequestID, EventType: "AwsApiCall", EventCategory: "Management", ManagementEvent: true,
		ReadOnly: isRead(call.Operation), RecipientAccountID: call.Caller.Account,
	}
	if isData(call.Operation) {
		r.EventCategory, r.ManagementEvent = "Data", false
	}
	if call.Decision != "" {
		r.AdditionalData = map[string]any{"decision": call.Decision}
	}
	if err != nil {
		r.ErrorCode, r.ErrorMessage = err.Code, err.Message
	}
	return r
}

// isRead says whether an operation changes nothing.
func isRead(operation string) bool {
	switch operation {
	case "GetSessionToken", "GetFederationToken", "GetWebIdentityToken": // they give out keys
		return false
	}
	for _, verb := range []string{"Get", "List", "Describe", "Filter", "Simulate"} {
		if strings.HasPrefix(operation, verb) {
			return true
		}
	}
	return false
}

// isData tells the operations on data, which AWS's trails leave out unless they
// are asked for: they come by the thousand and change no settings.
func isData(operation string) bool {
	switch operation {
	case "Invoke", "InvokeAsync", "InvokeWithResponseStream", "PutLogEvents", "GetLogEvents", "FilterLogEvents", "PutMetricData", "GetMetricData", "GetMetricStatistics":
		return true
	}
	return false
}
