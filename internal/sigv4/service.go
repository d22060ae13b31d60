package sigv4

import "time"

// family is how a group of services words and numbers its refusals.
type family struct {
	codes  map[Kind]string
	status map[Kind]int
}

var (
	// queryFamily are the services with XML answers: IAM and STS.
	queryFamily = family{
		codes: map[Kind]string{
			MissingToken: "MissingAuthenticationToken",
			Incomplete:   "IncompleteSignature",
			UnknownKey:   "InvalidClientTokenId",
			ExpiredToken: "ExpiredToken",
			Mismatch:     "SignatureDoesNotMatch",
		},
		status: map[Kind]int{Incomplete: 400},
	}
	// restFamily are the services with paths and JSON: API Gateway, Lambda,
	// and the deployed APIs themselves.
	restFamily = family{codes: exceptionCodes}
	// jsonFamily are the services told apart by X-Amz-Target: CloudWatch Logs.
	jsonFamily = family{
		codes:  exceptionCodes,
		status: map[Kind]int{MissingToken: 400, Incomplete: 400, UnknownKey: 400, ExpiredToken: 400, Mismatch: 400},
	}
)

var exceptionCodes = map[Kind]string{
	MissingToken: "MissingAuthenticationTokenException",
	Incomplete:   "IncompleteSignatureException",
	UnknownKey:   "UnrecognizedClientException",
	ExpiredToken: "ExpiredTokenException",
	Mismatch:     "InvalidSignatureException",
}

// service is how one service judges and words signatures. Services that are
// not listed are judged like API Gateway.
type service struct {
	skew   time.Duration // allowed between the signer's clock and ours
	family *family

	// fixedLife says that a presigned URL lives for skew, whatever its
	// X-Amz-Expires says. AWS: STS (documented by aws-iam-authenticator).
	fixedLife bool
}

var services = map[string]service{
	"iam":         {15 * time.Minute, &queryFamily, true},
	"sts":         {15 * time.Minute, &queryFamily, true},
	"monitoring":  {15 * time.Minute, &queryFamily, false},
	"logs":        {5 * time.Minute, &jsonFamily, false},
	"apigateway":  {5 * time.Minute, &restFamily, false},
	"execute-api": {5 * time.Minute, &restFamily, false},
	"lambda":      {5 * time.Minute, &restFamily, false},
}

func serviceNamed(name string) service {
	if s, ok := services[name]; ok {
		return s
	}
	return services["apigateway"]
}
