package iam

import "github.com/lambdagate/lambdagate/internal/awsapi"

// providerDocument is a stored OpenID Connect provider, whose tokens roles can
// trust.
type providerDocument struct {
	Arn         string      `json:"arn"`
	URL         string      `json:"url"` // without https://
	ClientIDs   []string    `json:"clientIds"`
	Thumbprints []string    `json:"thumbprints"`
	CreateDate  awsapi.Time `json:"createDate"`
	Tags        []*Tag      `json:"tags,omitzero"`
}
