package apigateway

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"net/http"
	"strings"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/store"
)

// editTries bounds how often an edit starts again because another node was
// quicker.
const editTries = 20

// edit changes a REST API of the caller: it loads the aggregate, lets change
// work on a copy, and saves what change touched in one transaction that
// compares the head's revision. change may run several times. The answer is
// returned when the change is durable and shows on this node.
func edit[Out any](ctx context.Context, s *Service, restApiID string, change func(*restAPI) (*Out, error)) (*Out, error) {
	sc := callScope(ctx)
	release, err := s.queue(ctx, sc.path(restApiID))
	if err != nil {
		return nil, err
	}
	defer release()
	for range editTries {
		base, err := s.load(ctx, sc, restApiID)
		if err != nil {
			return nil, err
		}
		next := base.begin()
		out, err := change(next)
		if err != nil {
			return nil, err
		}
		err = s.save(ctx, next)
		if err == nil {
			return out, nil
		}
		if !asConflict(err) {
			return nil, err
		}
		if err := s.catchUp(ctx, err); err != nil {
			return nil, err
		}
	}
	return nil, concurrentModification()
}

// queue waits until no other edit of the same API runs in this process.
func (s *Service) queue(ctx context.Context, path string) (release func(), err error) {
	h := fnv.New32a()
	h.Write([]byte(path))
	stripe := s.edits[h.Sum32()%uint32(len(s.edits))]
	select {
	case stripe <- struct{}{}:
		return func() { <-stripe }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for other edits: %w", ctx.Err())
	}
}

// catchUp waits until this node shows the document that an edit lost against.
func (s *Service) catchUp(ctx context.Context, lost error) error {
	c, ok := errors.AsType[*store.ConflictError](lost)
	switch {
	case !ok || c.Have == 0:
		return nil
	case strings.HasPrefix(c.Key, headPrefix):
		return s.heads.WaitFor(ctx, c.Have)
	case strings.HasPrefix(c.Key, usagePlanPrefix):
		return s.usagePlans.WaitFor(ctx, c.Have)
	}
	return nil
}

// save commits what an edit changed. The head is always written, so that its
// revision says whether anything of the API changed.
func (s *Service) save(ctx context.Context, api *restAPI) error {
	if len(api.changes) == 0 {
		return nil
	}
	changes, err := api.commit(s)
	if err != nil {
		return err
	}
	rev, err := s.st.Commit(ctx, append(changes, api.also...)...)
	if err != nil {
		return err
	}
	api.rev, api.changes, api.also = rev, nil, nil
	s.aggregates.put(api)
	if err := s.heads.WaitFor(ctx, rev); err != nil {
		return err
	}
	if api.touchedPlans {
		if err := s.usagePlans.WaitFor(ctx, rev); err != nil {
			return err
		}
	}
	if api.touchedStages {
		return s.stages.WaitFor(ctx, rev)
	}
	return nil
}

// commit is the list of documents that an edit writes.
func (a *restAPI) commit(s *Service) ([]store.Change, error) {
	head, err := s.heads.PutChange(a.path(a.id), a.rev, a.head)
	if err != nil {
		return nil, err
	}
	changes := []store.Change{head}
	for m, v := range a.changes {
		if m.kind == memberStage {
			a.touchedStages = true
		}
		if m == (member{}) {
			continue
		}
		c := store.Change{Key: a.memberKey(m), If: store.Any}
		if v != nil {
			if c.Value, err = encodeDocument(v); err != nil {
				return nil, fmt.Errorf("save %s %q: %w", m.kind, m.id, err)
			}
		}
		changes = append(changes, c)
	}
	return changes, nil
}

// restAPI returns an API of the caller, for reading.
func (s *Service) restAPI(ctx context.Context, id string) (*restAPI, error) {
	return s.load(ctx, callScope(ctx), id)
}

// load returns the aggregate at the head's newest revision that this node
// knows: from the cache, else from the store.
func (s *Service) load(ctx context.Context, sc scope, id string) (*restAPI, error) {
	for range editTries {
		head, rev, ok := s.heads.Get(sc.path(id))
		if !ok {
			if known, err := s.appeared(ctx, sc, id); err != nil {
				return nil, err
			} else if !known {
				return nil, noRestApi(sc.account, id)
			}
			continue
		}
		if api := s.aggregates.get(sc.path(id), rev); api != nil {
			return api, nil
		}
		api, err := s.read(ctx, sc, id, head, rev)
		if err != nil {
			return nil, err
		}
		if api != nil {
			s.aggregates.put(api)
			return api, nil
		}
	}
	return nil, concurrentModification()
}

// appeared waits for an API that the store has and this node does not show
// yet, since another node made it just now.
func (s *Service) appeared(ctx context.Context, sc scope, id string) (bool, error) {
	d, err := s.st.Get(ctx, headPrefix+sc.path(id))
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, s.heads.WaitFor(ctx, d.Rev)
}

// read puts the aggregate together from its documents. It is nil if the API
// changed meanwhile.
func (s *Service) read(ctx context.Context, sc scope, id string, head *RestApi, rev store.Revision) (*restAPI, error) {
	api := &restAPI{scope: sc, id: id, rev: rev, head: head, newID: s.newID, maxTimeout: s.maxTimeout, knows: s.knowsPrincipal}
	if err := s.readMembers(ctx, api, memberPrefix+sc.path(id)+"/", parseMember); err != nil {
		return nil, err
	}
	parseStage := func(name string) (member, bool) { return member{memberStage, name}, true }
	if err := s.readMembers(ctx, api, stagePrefix+sc.path(id)+"/", parseStage); err != nil {
		return nil, err
	}
	now, err := s.st.Get(ctx, api.headKey())
	if errors.Is(err, store.ErrNotFound) {
		return nil, noRestApi(sc.account, id)
	}
	if err != nil {
		return nil, err
	}
	if now.Rev != rev {
		return nil, s.heads.WaitFor(ctx, now.Rev)
	}
	return api, nil
}

func (s *Service) readMembers(ctx context.Context, api *restAPI, prefix string, parse func(string) (member, bool)) error {
	docs, err := s.st.List(ctx, prefix)
	if err != nil {
		return fmt.Errorf("read REST API %s: %w", api.id, err)
	}
	for _, d := range docs {
		m, ok := parse(d.Key[len(prefix):])
		if !ok {
			return fmt.Errorf("read REST API %s: no such document: %q", api.id, d.Key)
		}
		if err := api.restore(m, d.Value); err != nil {
			return fmt.Errorf("read REST API %s: %w", api.id, err)
		}
	}
	return nil
}

// isNoRestApi reports whether err says that there is no such API.
func isNoRestApi(err error) bool {
	e := awsapi.AsError(err)
	return e != nil && e.Status == http.StatusNotFound && strings.HasPrefix(e.Message, "Invalid API identifier specified ")
}
