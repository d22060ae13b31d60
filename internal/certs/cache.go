package certs

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"

	"golang.org/x/crypto/acme/autocert"

	"github.com/lambdagate/lambdagate/internal/store"
)

// cache is autocert's cache in the store: the account's key, certificates with
// their keys, and challenges, which any node may be asked for.
type cache struct {
	table *store.Table[sealed]
	aead  cipher.AEAD
}

// sealed is one entry.
type sealed struct {
	Data []byte `json:"data"`
}

func openCache(ctx context.Context, st store.Store, key []byte) (*cache, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("open certificates: %w", err)
	}
	c := &cache{}
	if c.aead, err = cipher.NewGCMWithRandomNonce(block); err != nil {
		return nil, fmt.Errorf("open certificates: %w", err)
	}
	if c.table, err = store.OpenTable[sealed](ctx, st, "certificate/acme/", 1); err != nil {
		return nil, fmt.Errorf("open certificates: %w", err)
	}
	return c, nil
}

// Get implements autocert.Cache.
func (c *cache) Get(_ context.Context, key string) ([]byte, error) {
	d, _, ok := c.table.Get(key)
	if !ok {
		return nil, autocert.ErrCacheMiss
	}
	b, err := c.aead.Open(nil, nil, d.Data, []byte(key))
	if err != nil {
		return nil, autocert.ErrCacheMiss // sealed with another key: fetched anew
	}
	return b, nil
}

// Put implements autocert.Cache.
func (c *cache) Put(ctx context.Context, key string, data []byte) error {
	return c.table.Put(ctx, key, &sealed{c.aead.Seal(nil, nil, data, []byte(key))})
}

// Delete implements autocert.Cache.
func (c *cache) Delete(ctx context.Context, key string) error {
	if err := c.table.Delete(ctx, key); err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return nil
}
