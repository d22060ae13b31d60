package policy

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// drawStatement draws a statement from few words, so that it often matches.
func drawStatement(t *rapid.T, kind Kind) Statement {
	word := func(label string, words ...string) string { return rapid.SampledFrom(words).Draw(t, label) }
	s := Statement{Effect: Effect(word("effect", "Allow", "Allow", "Deny"))}
	action := []string{word("action", "*", "a:*", "a:b", "c:d")}
	if word("not", "", "", "", "Not") == "" {
		s.Action = action
	} else {
		s.NotAction = action
	}
	if kinds[kind].resource {
		resource := []string{word("resource", "*", "arn:aws:s3:::b*", "arn:aws:s3:::${aws:username}", "arn:aws:s3:::x")}
		if word("not", "", "", "", "Not") == "" {
			s.Resource = resource
		} else {
			s.NotResource = resource
		}
	}
	if kinds[kind].principal {
		p := &Principals{AWS: []string{word("principal", "*", ours, theirs, ana.ARN, run.RoleARN, run.ARN)}}
		if s.Principal = p; word("not", "", "", "", "Not") != "" {
			s.Principal, s.NotPrincipal = nil, p
		}
	}
	if word("condition", "", "", "yes") != "" {
		s.Condition = []Condition{{
			word("operator", "StringEquals", "StringNotEquals", "StringLikeIfExists", "ForAllValues:StringEquals", "ForAnyValue:StringNotLike", "Null"),
			word("key", "k:x", "k:y", "aws:username"), []string{"true"},
		}}
	}
	return s
}

func drawDocument(t *rapid.T, kind Kind) *Document {
	d := &Document{Version: Version2012}
	for range rapid.IntRange(1, 4).Draw(t, "statements") {
		d.Statements = append(d.Statements, drawStatement(t, kind))
	}
	return d
}

// drawRequest draws a request and the documents that speak to it, in the
// order identity, boundary, session, resource; nil for none.
func drawRequest(t *rapid.T) (*Request, [4]*Document) {
	r := &Request{
		Principal:       rapid.SampledFrom([]Principal{ana, run, owner, gateway, {}}).Draw(t, "principal"),
		Action:          rapid.SampledFrom([]string{"a:b", "A:C", "c:d"}).Draw(t, "action"),
		Resource:        rapid.SampledFrom([]string{"arn:aws:s3:::b", "arn:aws:s3:::ana", "*"}).Draw(t, "resource"),
		ResourceAccount: rapid.SampledFrom([]string{"", ours, theirs}).Draw(t, "account"),
	}
	for _, key := range []string{"k:x", "k:y"} {
		r.Keys.Set(key, rapid.SliceOfN(rapid.SampledFrom([]string{"true", "false", "z"}), 0, 2).Draw(t, key)...)
	}
	var docs [4]*Document
	for i, kind := range []Kind{Identity, Boundary, Session, Resource} {
		if rapid.Bool().Draw(t, kind.String()) {
			docs[i] = drawDocument(t, kind)
		}
	}
	return r, docs
}

// decide evaluates r under the documents, in every way that there is.
func decide(t *rapid.T, r *Request, docs [4]*Document) [4]bool {
	r.Identity, r.Boundary, r.Session, r.ResourcePolicy = nil, nil, nil, nil
	for i, d := range docs {
		if d == nil {
			continue
		}
		kind := []Kind{Identity, Boundary, Session, Resource}[i]
		p, err := Compile("p", kind, d)
		if err != nil {
			t.Fatal(err)
		}
		switch kind {
		case Identity:
			r.Identity = []*Policy{p}
		case Boundary:
			r.Boundary = p
		case Session:
			r.Session = []*Policy{p}
		case Resource:
			r.ResourcePolicy = p
		}
	}
	var allowed [4]bool
	for i, evaluate := range []func(*Request) Decision{Evaluate, EvaluateOpen, EvaluateBeforeAuthorizer, EvaluateAuthorizer} {
		allowed[i] = evaluate(r).Outcome == Allowed
	}
	return allowed
}

func noMore(t *rapid.T, before, after [4]bool) {
	for i := range before {
		if after[i] && !before[i] {
			t.Fatalf("evaluation %d allows more than before", i)
		}
	}
}

func TestDenyNeverAllowsMore(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r, docs := drawRequest(t)
		before := decide(t, r, docs)
		i := rapid.IntRange(0, 3).Draw(t, "policy")
		if docs[i] == nil {
			return
		}
		s := drawStatement(t, []Kind{Identity, Boundary, Session, Resource}[i])
		s.Effect = Deny
		changed := *docs[i]
		changed.Statements = slices.Insert(slices.Clone(changed.Statements), rapid.IntRange(0, len(changed.Statements)).Draw(t, "at"), s)
		docs[i] = &changed
		noMore(t, before, decide(t, r, docs))
	})
}

func TestLessAllowNeverAllowsMore(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r, docs := drawRequest(t)
		before := decide(t, r, docs)
		i := rapid.IntRange(0, 3).Draw(t, "policy")
		if docs[i] == nil {
			return
		}
		changed := *docs[i]
		at := rapid.IntRange(0, len(changed.Statements)-1).Draw(t, "at")
		if changed.Statements[at].Effect == Deny {
			return
		}
		changed.Statements = slices.Delete(slices.Clone(changed.Statements), at, at+1)
		docs[i] = &changed
		noMore(t, before, decide(t, r, docs))
	})
}

// TestDenyDecides: a Deny for everything refuses everything that any policy
// speaks to.
func TestDenyDecides(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r, docs := drawRequest(t)
		i := rapid.IntRange(0, 3).Draw(t, "policy")
		kind := []Kind{Identity, Boundary, Session, Resource}[i]
		s := Statement{Effect: Deny, Action: []string{"*"}, Resource: []string{"*"}}
		if kind == Resource {
			s.Principal = &Principals{Anyone: true}
		}
		docs[i] = &Document{Statements: []Statement{s}}
		decide(t, r, docs)
		if d := Evaluate(r); d.Outcome != ExplicitDeny {
			t.Fatalf("%v", d.Outcome)
		}
	})
}

// TestUsesKeys: keys make a difference only to policies that say so.
func TestUsesKeys(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		document string
		want     bool
	}{
		{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::a*"}}`, false},
		{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","NotResource":"arn:aws:s3:::${aws:username}"}}`, true},
		{`{"Version":"2008-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::${aws:username}"}}`, false},
		{`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"},{"Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`, true},
	} {
		p, err := New("p", Identity, []byte(tt.document))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range []Request{{Identity: []*Policy{p}}, {Boundary: p}, {Session: []*Policy{p}}, {ResourcePolicy: p}} {
			if got := r.UsesKeys(); got != tt.want {
				t.Errorf("%s: %v", tt.document, got)
			}
		}
	}
	if (&Request{}).UsesKeys() {
		t.Error("a request without policies uses keys")
	}
}
