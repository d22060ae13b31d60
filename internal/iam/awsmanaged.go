package iam

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base32"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

//go:embed awsmanaged.json
var awsManagedJSON []byte

// awsManaged are AWS's own policies that set-ups of functions and APIs use, by
// ARN. They belong to every account and cannot be changed. Those whose id is not
// known have one that is made of the ARN.
var awsManaged = sync.OnceValue(func() map[string]*policyDocument {
	var list []struct {
		Path, Name, ID, Description string
		Document                    json.RawMessage
	}
	if err := json.Unmarshal(awsManagedJSON, &list); err != nil {
		panic(err) // the file is part of the program
	}
	created := awsapi.Seconds(time.Date(2015, 4, 9, 15, 3, 43, 0, time.UTC))
	all := map[string]*policyDocument{}
	for _, p := range list {
		arn := awsPolicyPrefix + p.Path + p.Name
		if p.ID == "" {
			sum := sha256.Sum256([]byte(arn))
			p.ID = (policyID + base32.StdEncoding.EncodeToString(sum[:]))[:idLength]
		}
		all[arn] = &policyDocument{
			Policy: Policy{
				PolicyName: new(p.Name), PolicyId: new(p.ID), Arn: &arn, Path: new(p.Path), DefaultVersionId: new("v1"),
				IsAttachable: new(true), Description: new(p.Description), CreateDate: &created, UpdateDate: &created,
			},
			Versions: map[string]policyVersion{"v1": {string(p.Document), created}}, NextVersion: 2,
		}
	}
	return all
})

const awsPolicyPrefix = "arn:aws:iam::aws:policy"

// isAWS says that a policy's ARN is one of AWS's own.
func isAWS(policyARN string) bool { return strings.HasPrefix(policyARN, awsPolicyPrefix) }
