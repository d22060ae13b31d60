package server

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/lambdagate/lambdagate/internal/store"
)

// sealMarkKey is the document that tells with which seal key a store's secrets
// are sealed: a node with another one, or a restored folder without one, would
// open nothing and say nothing.
const sealMarkKey = "server/sealkey"

// sealMark does not help to find the key: it is derived from it like a secret.
type sealMark struct {
	V   int `json:"v"`
	Doc struct {
		Key string `json:"key"`
	} `json:"doc"`
}

func (s *Server) sealMark() ([]byte, error) {
	m := sealMark{V: 1}
	m.Doc.Key = hex.EncodeToString(s.secretFor("mark of the seal key"))
	return json.Marshal(m)
}

// openSealKey reads the seal key, or makes it where nothing is kept yet, and
// sees that it is the one that the store's secrets are sealed with.
func (s *Server) openSealKey(ctx context.Context) error {
	known, err := s.sealed(ctx)
	if err != nil {
		return err
	}
	if s.sealKey, err = sealKey(s.config, s.dir, known); err != nil {
		return err
	}
	return s.markSealKey(ctx)
}

// sealed says whether anything is kept that a seal key belongs to.
func (s *Server) sealed(ctx context.Context) (bool, error) {
	_, err := s.store.Get(ctx, sealMarkKey)
	if err == nil || !errors.Is(err, store.ErrNotFound) {
		return err == nil, err
	}
	if _, err := readSealKey(s.config, s.dir); err == nil {
		return false, nil // the key is here, and is marked next
	}
	all, err := s.store.List(ctx, "") // of before there was a mark
	return len(all) > 0, err
}

// markSealKey writes the mark, or compares it with the one that is there.
func (s *Server) markSealKey(ctx context.Context) error {
	mark, err := s.sealMark()
	if err != nil {
		return err
	}
	if _, err = s.store.Commit(ctx, store.Put(sealMarkKey, 0, mark)); !errors.Is(err, store.ErrConflict) {
		return err
	}
	found, err := s.store.Get(ctx, sealMarkKey)
	if err != nil {
		return fmt.Errorf("compare the seal key: %w", err)
	}
	if !bytes.Equal(found.Value, mark) {
		return fmt.Errorf("the seal key in %s is not the one that the secrets are sealed with: put that one there; it is the same on all nodes of a database", sealKeyPath(s.config, s.dir))
	}
	return nil
}
