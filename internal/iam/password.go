package iam

import (
	"context"
	"crypto/rand"
	"crypto/subtle"

	"golang.org/x/crypto/argon2"
)

// passwordHash is an argon2id hash with what it takes to compute it again.
type passwordHash struct {
	Salt    []byte `json:"salt"`
	Key     []byte `json:"key"`
	Passes  uint32 `json:"passes"`
	Memory  uint32 `json:"memory"` // KiB
	Threads uint8  `json:"threads"`
}

// hashCost is what hashing a password takes.
type hashCost struct {
	passes, memory uint32 // memory in KiB
	threads        uint8
}

// defaultCost is RFC 9106's second choice, for machines that have other things
// to do with their memory: 64 MiB.
var defaultCost = hashCost{passes: 3, memory: 64 << 10, threads: 4}

const hashLength = 32 // bytes

// hash hashes a password; few at a time, since each takes its memory.
func (s *Service) hash(ctx context.Context, password string) (passwordHash, error) {
	h := passwordHash{Salt: make([]byte, 16), Passes: s.cost.passes, Memory: s.cost.memory, Threads: s.cost.threads}
	rand.Read(h.Salt)
	var err error
	h.Key, err = s.derive(ctx, h, password)
	return h, err
}

// verify says whether a password is the one that was hashed.
func (s *Service) verify(ctx context.Context, h passwordHash, password string) (bool, error) {
	key, err := s.derive(ctx, h, password)
	return err == nil && subtle.ConstantTimeCompare(key, h.Key) == 1, err
}

func (s *Service) derive(ctx context.Context, h passwordHash, password string) ([]byte, error) {
	select {
	case s.passwords <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-s.passwords }()
	return argon2.IDKey([]byte(password), h.Salt, h.Passes, h.Memory, h.Threads, hashLength), nil
}
