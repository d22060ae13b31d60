package iam

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
)

func newSeal(key []byte) (cipher.AEAD, error) {
	if len(key) != 32 {
		return nil, errSealKey
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("use the seal key: %w", err)
	}
	return cipher.NewGCM(block)
}

var errSealed = errors.New("what was sealed cannot be opened with this seal key")

// sealed encrypts b; about names what it is, and has to be the same when it is
// opened.
func (s *Service) sealed(b []byte, about string) []byte {
	nonce := make([]byte, s.seal.NonceSize(), s.seal.NonceSize()+len(b)+s.seal.Overhead())
	rand.Read(nonce)
	return s.seal.Seal(nonce, nonce, b, []byte(about))
}

func (s *Service) unsealed(b []byte, about string) ([]byte, error) {
	n := s.seal.NonceSize()
	if len(b) < n {
		return nil, errSealed
	}
	out, err := s.seal.Open(nil, b[:n], b[n:], []byte(about))
	if err != nil {
		return nil, errSealed
	}
	return out, nil
}
