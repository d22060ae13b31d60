package apigateway

import (
	"context"
	"encoding/base64"
	"errors"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/lambdagate/lambdagate/internal/store"
)

// nouns is the table of all nouns of one kind, under {account}/{region}/{id}.
// A noun in it is immutable.
type nouns[T any] struct{ *store.Table[T] }

func openNouns[T any](ctx context.Context, s *Service, n *nouns[T], prefix string) error {
	t, err := store.OpenTable[T](ctx, s.st, prefix, documentVersion)
	if err != nil {
		return err
	}
	n.Table = t
	s.closers = append(s.closers, t.Close)
	return nil
}

// key is where the table holds the noun with that id.
func (sc scope) key(id string) string { return sc.String() + "/" + id }

// cutScope takes a key apart.
func cutScope(key string) (sc scope, id string) {
	sc.account, key, _ = strings.Cut(key, "/")
	sc.region, id, _ = strings.Cut(key, "/")
	return sc, id
}

func (n nouns[T]) get(sc scope, id string) (*T, bool) {
	v, _, ok := n.Get(sc.key(id))
	return v, ok
}

// in yields the nouns of a scope in the order of their ids.
func (n nouns[T]) in(sc scope) iter.Seq2[string, *T] { return n.below(sc, "") }

// below yields the nouns of a scope whose ids start with prefix.
func (n nouns[T]) below(sc scope, prefix string) iter.Seq2[string, *T] {
	return func(yield func(string, *T) bool) {
		for key, v := range n.Range(sc.key(prefix), "") {
			if _, id := cutScope(key); !yield(id, v) {
				return
			}
		}
	}
}

// insert writes a new noun; taken is the error if there is one already.
func (n nouns[T]) insert(ctx context.Context, sc scope, id string, v *T, taken error) error {
	err := n.Insert(ctx, sc.key(id), v)
	if asConflict(err) {
		return taken
	}
	return err
}

// change replaces a noun by what f makes of a copy of it; missing is the error
// if there is none. f may run several times and must not write to what the copy
// shares with the original.
func (n nouns[T]) change(ctx context.Context, sc scope, id string, missing error, f func(*T) error) (*T, error) {
	v, err := n.Update(ctx, sc.key(id), func(old *T) (*T, error) {
		if old == nil {
			return nil, missing
		}
		next := *old
		if err := f(&next); err != nil {
			return nil, err
		}
		return &next, nil
	})
	if asConflict(err) {
		return nil, concurrentModification()
	}
	if err != nil {
		return nil, err
	}
	return v, nil
}

// remove deletes a noun; missing is the error if there is none.
func (n nouns[T]) remove(ctx context.Context, sc scope, id string, missing error) error {
	err := n.Delete(ctx, sc.key(id))
	if errors.Is(err, store.ErrNotFound) {
		return missing
	}
	return err
}

// Pages. AWS: 25 items unless limit says otherwise, at most 500.
const (
	defaultPage = 25
	maxPage     = 500
)

func pageSize(limit *int64) int {
	if limit == nil || *limit <= 0 {
		return defaultPage
	}
	return int(min(*limit, maxPage))
}

// position names the last item of a page; the next page begins behind it,
// whatever comes and goes in between.
func position(id string) *string { return new(base64.RawURLEncoding.EncodeToString([]byte(id))) }

func parsePosition(p *string) (after string, err error) {
	if p == nil || *p == "" {
		return "", nil
	}
	b, err := base64.RawURLEncoding.DecodeString(*p)
	if err != nil {
		return "", badRequest("Invalid position parameter")
	}
	return string(b), nil
}

// pageOrdered cuts a page out of a collection of an aggregate.
func pageOrdered[V any](c ordered[*V], pos *string, limit *int64) (page []*V, next *string, err error) {
	after, err := parsePosition(pos)
	if err != nil {
		return nil, nil, err
	}
	return pageSeq(c.from(after), limit)
}

// pageNouns cuts a page out of a scope of a table.
func pageNouns[T any](n nouns[T], sc scope, pos *string, limit *int64) (page []*T, next *string, err error) {
	after, err := parsePosition(pos)
	if err != nil {
		return nil, nil, err
	}
	return pageSeq(n.behind(sc, after), limit)
}

// behind yields the nouns of a scope whose ids come after the given one.
func (n nouns[T]) behind(sc scope, after string) iter.Seq2[string, *T] {
	return func(yield func(string, *T) bool) {
		start := ""
		if after != "" {
			start = sc.key(after)
		}
		for key, v := range n.Range(sc.key(""), start) {
			if _, id := cutScope(key); !yield(id, v) {
				return
			}
		}
	}
}

// pageSeq takes the first items of a sequence that starts behind the position.
func pageSeq[V any](items iter.Seq2[string, *V], limit *int64) (page []*V, next *string, err error) {
	size := pageSize(limit)
	page = []*V{}
	last := ""
	for id, v := range items {
		if len(page) == size {
			return page, position(last), nil
		}
		page, last = append(page, v), id
	}
	return page, nil, nil
}

// pageList sorts a list by key, which names an item, and cuts a page out of it.
func pageList[V any](list []V, pos *string, limit *int64, key func(V) string) (page []V, next *string, err error) {
	after, err := parsePosition(pos)
	if err != nil {
		return nil, nil, err
	}
	behind := map[string]V{}
	for _, v := range list {
		if k := key(v); k > after {
			behind[k] = v
		}
	}
	keys := slices.Sorted(maps.Keys(behind))
	size := min(len(keys), pageSize(limit))
	page = make([]V, 0, size)
	for _, k := range keys[:size] {
		page = append(page, behind[k])
	}
	if size < len(keys) {
		next = position(keys[size-1])
	}
	return page, next, nil
}
