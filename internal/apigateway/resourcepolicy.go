package apigateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/policy"
)

// An API's policy is kept, and frozen by deployments, as a plain compact JSON
// document with full ARNs. AWS shows the text escaped once more: the member
// reads {\"Version\":\"2012-10-17\",…:{apiId}\/*\/GET\/…}.

// resourcePolicy checks a policy as it was sent and returns the form in which
// it is kept. The order of its members stays.
func (a *restAPI) resourcePolicy(text string) (string, error) {
	expand := func(resource string) string {
		if rest, ok := strings.CutPrefix(resource, "execute-api:/"); ok {
			return "arn:" + arn.Partition(a.region) + ":execute-api:" + a.region + ":" + a.account + ":" + a.id + "/" + rest
		}
		return resource
	}
	if len(text) > 2*maxPolicy {
		return "", badRequest("Resource policy must not be longer than %d characters", maxPolicy)
	}
	plain, err := rewriteResources(unescapePolicy(text), expand)
	if err == nil {
		err = a.checkPolicy(plain)
	}
	if err != nil {
		return "", badRequest("Invalid policy document. Please check the policy syntax and ensure that Principals are valid.")
	}
	if len(plain) > maxPolicy {
		return "", badRequest("Resource policy must not be longer than %d characters", maxPolicy)
	}
	return string(plain), nil
}

// checkPolicy checks the grammar, and that the users and roles exist that a
// policy names.
func (a *restAPI) checkPolicy(plain []byte) error {
	d, err := policy.Parse(plain, policy.Resource)
	if err != nil {
		return err
	}
	for _, s := range d.Statements {
		for _, p := range []*policy.Principals{s.Principal, s.NotPrincipal} {
			if p == nil {
				continue
			}
			for _, name := range p.AWS {
				if !a.knows(name) {
					return fmt.Errorf("there is no principal %s", name)
				}
			}
		}
	}
	return nil
}

// knowsPrincipal tells whether a policy may name a principal: anybody, an
// account or its root, a session, or a user or role that exists.
func (s *Service) knowsPrincipal(name string) bool {
	known, ok := s.roles.(principals)
	a, err := arn.Parse(name)
	if err != nil {
		return name == "*" || arn.IsAccount(name)
	}
	if !ok || a.Service != "iam" || a.Resource == "root" {
		return true
	}
	return known.PrincipalExists(name)
}

// maxPolicy is AWS's limit of a resource policy, in characters.
const maxPolicy = 8192

var policyEscaper = strings.NewReplacer(`\`, `\\`, `"`, `\"`, `/`, `\/`)

// escapePolicy is the policy as AWS answers it.
func escapePolicy(plain string) string { return policyEscaper.Replace(plain) }

// unescapePolicy accepts what escapePolicy made: clients send back what they
// read.
func unescapePolicy(text string) string {
	if !strings.HasPrefix(strings.TrimSpace(text), `{\"`) {
		return text
	}
	var plain string
	if err := json.Unmarshal([]byte(`"`+text+`"`), &plain); err != nil {
		return text
	}
	return plain
}

// rewriteResources copies a JSON document without its blanks and with every
// text of a Resource or NotResource element replaced.
func rewriteResources(text string, replace func(string) string) ([]byte, error) {
	w := policyWriter{dec: json.NewDecoder(strings.NewReader(text)), replace: replace}
	w.dec.UseNumber()
	if err := w.value(false); err != nil {
		return nil, err
	}
	if _, err := w.dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("text behind the document")
	}
	return w.Bytes(), nil
}

type policyWriter struct {
	bytes.Buffer
	dec     *json.Decoder
	replace func(string) string
}

// value copies the next value; resource says that texts in it are resources.
func (w *policyWriter) value(resource bool) error {
	token, err := w.dec.Token()
	if err != nil {
		return err
	}
	switch t := token.(type) {
	case json.Delim:
		return w.container(t, resource)
	case string:
		if resource {
			t = w.replace(t)
		}
		w.text(t)
	case json.Number:
		w.WriteString(t.String())
	case bool:
		w.WriteString(map[bool]string{true: "true", false: "false"}[t])
	case nil:
		w.WriteString("null")
	}
	return nil
}

func (w *policyWriter) container(open json.Delim, resource bool) error {
	w.WriteByte(byte(open))
	for first := true; w.dec.More(); first = false {
		if !first {
			w.WriteByte(',')
		}
		within := resource
		if open == '{' {
			name, err := w.dec.Token()
			if err != nil {
				return err
			}
			key, _ := name.(string)
			w.text(key)
			w.WriteByte(':')
			within = key == "Resource" || key == "NotResource"
		}
		if err := w.value(within); err != nil {
			return err
		}
	}
	closing, err := w.dec.Token()
	if err != nil {
		return err
	}
	w.WriteByte(byte(closing.(json.Delim)))
	return nil
}

func (w *policyWriter) text(s string) {
	enc := json.NewEncoder(&w.Buffer)
	enc.SetEscapeHTML(false)
	enc.Encode(s) //nolint:errcheck // a buffer takes everything
	w.Truncate(w.Len() - 1)
}
