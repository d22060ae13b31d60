package iam

import "github.com/lambdagate/lambdagate/internal/awsapi"

// loginProfile is a user's password for the console, hashed.
type loginProfile struct {
	Hash          passwordHash   `json:"hash"`
	Earlier       []passwordHash `json:"earlier,omitzero"` // the newest first
	CreateDate    awsapi.Time    `json:"createDate"`
	Changed       awsapi.Time    `json:"changed"`
	ResetRequired bool           `json:"resetRequired,omitzero"`
}

type passwordHash struct{}
