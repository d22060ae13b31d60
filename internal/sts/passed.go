package sts

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"slices"
	"strings"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/iam"
	"github.com/lambdagate/lambdagate/internal/policy"
)

// passed is what goes with a new session: policies that limit it, tags, and who
// is behind it.
type passed struct {
	policies       []string
	tags           map[string]string
	own            []string // keys of the tags that were passed, not inherited
	transitive     []string
	sourceIdentity string
	setsIdentity   bool // sourceIdentity was passed, not inherited
	size           *int64
}

// AWS: policies may have 2,048 characters in all, ten of them may be managed, and
// what is passed has to fit, packed, into a space whose size is not published.
const (
	maxPolicies     = 2048
	maxPolicyARNs   = 10
	packedSpace     = 4096
	reservedTagKeys = "aws:"
)

// passed checks what is passed and measures it.
func (s *Service) passed(document *string, managed []*PolicyDescriptorType, tags []*Tag, transitive []string) (*passed, error) {
	p := &passed{transitive: transitive}
	if err := p.addPolicies(document, managed); err != nil {
		return nil, err
	}
	if err := p.addTags(tags, transitive); err != nil {
		return nil, err
	}
	if len(p.policies)+len(p.tags) == 0 {
		return p, nil
	}
	percent := p.packed() * 100 / packedSpace
	if percent > 100 {
		return nil, packedTooLarge(percent)
	}
	p.size = &percent
	return p, nil
}

func (p *passed) addPolicies(document *string, managed []*PolicyDescriptorType) error {
	if document != nil {
		if _, err := policy.Parse([]byte(*document), policy.Session); err != nil {
			if e, ok := err.(*policy.Error); ok {
				return malformedPolicy(e.Message)
			}
			return err
		}
		if len(*document) > maxPolicies {
			return validation("1 validation error detected: Value '%s' at 'policy' failed to satisfy constraint: Member must have length less than or equal to %d", *document, maxPolicies)
		}
		p.policies = append(p.policies, *document)
	}
	if len(managed) > maxPolicyARNs {
		return validation("The number of policy ARNs exceeds the limit of %d.", maxPolicyARNs)
	}
	for _, m := range managed {
		if m == nil || m.Arn == nil {
			continue
		}
		if _, err := arn.ParsePolicy(*m.Arn); err != nil {
			return validation("%s is invalid", *m.Arn)
		}
		p.policies = append(p.policies, *m.Arn)
	}
	return nil
}

func (p *passed) addTags(tags []*Tag, transitive []string) error {
	p.tags = make(map[string]string, len(tags))
	for _, t := range tags {
		if slices.ContainsFunc(p.own, equalFold(t.Key)) {
			return awsapi.Errorf(400, "InvalidParameterValue", "Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		}
		if len(t.Key) >= len(reservedTagKeys) && strings.EqualFold(t.Key[:len(reservedTagKeys)], reservedTagKeys) {
			return validation("Tag keys that start with aws: are reserved for system use.")
		}
		p.tags[t.Key], p.own = t.Value, append(p.own, t.Key)
	}
	for _, key := range transitive {
		if !slices.ContainsFunc(p.own, equalFold(key)) {
			return awsapi.Errorf(400, "InvalidParameterValue", "The specified transitive tag key must be included in the requested tags.")
		}
	}
	return nil
}

func equalFold(a string) func(string) bool {
	return func(b string) bool { return strings.EqualFold(a, b) }
}

// packed is how many bytes it all takes, compressed.
func (p *passed) packed() int64 {
	text, _ := json.Marshal([]any{p.policies, p.tags}) // plain texts
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, flate.DefaultCompression) // a level that exists
	w.Write(text)                                         //nolint:errcheck // a buffer takes everything
	w.Close()                                             //nolint:errcheck // as above
	return int64(b.Len())
}

// inherit takes over what a session hands on to those that it takes: its
// transitive tags, which cannot be replaced, and who is behind it.
func (p *passed) inherit(c *awsapi.Caller, sourceIdentity *string) error {
	for _, key := range c.TransitiveTags {
		if slices.ContainsFunc(p.own, equalFold(key)) {
			return awsapi.Errorf(400, "InvalidParameterValue", "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.")
		}
		for tag, value := range c.Tags {
			if strings.EqualFold(tag, key) {
				p.tags[tag] = value
				p.transitive = append(slices.Clone(p.transitive), tag)
			}
		}
	}
	p.sourceIdentity = c.Keys["aws:sourceidentity"]
	if sourceIdentity == nil {
		return nil
	}
	if p.sourceIdentity != "" && p.sourceIdentity != *sourceIdentity {
		return accessDenied("The source identity of the calling session cannot be changed.")
	}
	p.setsIdentity, p.sourceIdentity = true, *sourceIdentity
	return nil
}

// actions are those that a session with all this needs, and keys gets the
// condition keys that go with them.
func (p *passed) actions(assume string, keys *policy.Keys) []string {
	list := []string{assume}
	for _, tag := range p.own {
		keys.Set("aws:RequestTag/"+tag, p.tags[tag])
	}
	if len(p.own) > 0 {
		keys.Set("aws:TagKeys", p.own...)
		list = append(list, "sts:TagSession")
	}
	if len(p.transitive) > 0 {
		keys.Set("sts:TransitiveTagKeys", p.transitive...)
	}
	if p.sourceIdentity != "" {
		keys.Set("sts:SourceIdentity", p.sourceIdentity)
	}
	if p.setsIdentity {
		list = append(list, "sts:SetSourceIdentity")
	}
	return list
}

// session is a session of a role with all this.
func (p *passed) session(role iam.RoleInfo, name string) iam.Session {
	x := iam.Session{
		Account: role.Account, RoleARN: role.ARN, ID: role.ID, Name: name,
		Policies: p.policies, Tags: p.tags, TransitiveTags: p.transitive, Keys: map[string]string{},
	}
	if p.sourceIdentity != "" {
		x.Keys["aws:sourceidentity"] = p.sourceIdentity
	}
	return x
}
