package iam

import "github.com/lambdagate/lambdagate/internal/awsapi"

// keyDocument is a stored long-term access key; its secret is sealed.
type keyDocument struct {
	AccessKeyID string      `json:"accessKeyId"`
	Account     string      `json:"account"`
	UserName    string      `json:"userName"` // "" for the account's root
	Secret      []byte      `json:"secret"`   // sealed
	Active      bool        `json:"active"`
	CreateDate  awsapi.Time `json:"createDate"`
}
