package server

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// sealKey reads the key that seals secrets at rest, or makes it at the first
// start, when nothing is sealed yet. It lies beside the store, not in it: a
// backup does not hold it.
func sealKey(c Config, dir string, sealed bool) ([]byte, error) {
	key, err := readSealKey(c, dir)
	if !errors.Is(err, os.ErrNotExist) || c.SealKeyFile != "" {
		return key, err
	}
	path := sealKeyPath(c, dir)
	if sealed {
		where := "put the seal.key that belongs to them at " + path + ", or name its file with seal_key_file (backups have it only if they were made --with-key)"
		if path == "" {
			where = "name its file with seal_key_file"
		}
		return nil, fmt.Errorf("the seal key is missing, and nothing else opens the secrets that are kept: %s", where)
	}
	if dir == "" {
		key := make([]byte, 32)
		rand.Read(key)
		return key, nil
	}
	return newSealKey(path)
}

func readSealKey(c Config, dir string) ([]byte, error) {
	path := sealKeyPath(c, dir)
	if path == "" {
		return nil, os.ErrNotExist
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the seal key: %w", err)
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != 32 {
		return nil, fmt.Errorf("the seal key in %s has to be 64 hexadecimal digits", path)
	}
	return key, nil
}

// sealKeyPath is where the key is, or "" where nothing is kept.
func sealKeyPath(c Config, dir string) string {
	if c.SealKeyFile != "" || dir == "" {
		return c.SealKeyFile
	}
	return filepath.Join(dir, "seal.key")
}

func newSealKey(path string) ([]byte, error) {
	key := make([]byte, 32)
	rand.Read(key)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("make the seal key: %w", err)
	}
	_, err = f.Write(encodeSealKey(key))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, fmt.Errorf("make the seal key: %w", err)
	}
	return key, nil
}

// encodeSealKey is the key as its file has it.
func encodeSealKey(key []byte) []byte { return []byte(hex.EncodeToString(key) + "\n") }

// sealer seals private keys of client certificates with the seal key.
type sealer struct{ aead cipher.AEAD }

func newSealer(key []byte) (sealer, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return sealer{}, fmt.Errorf("use the seal key: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return sealer{aead}, err
}

const aboutPrivateKeys = "private key"

func (s sealer) Seal(plain []byte) ([]byte, error) {
	return s.aead.Seal(nil, nil, plain, []byte(aboutPrivateKeys)), nil
}

func (s sealer) Unseal(sealed []byte) ([]byte, error) {
	plain, err := s.aead.Open(nil, nil, sealed, []byte(aboutPrivateKeys))
	if err != nil {
		return nil, errors.New("a private key cannot be opened with this seal key")
	}
	return plain, nil
}

// secretFor derives a secret for one purpose from the seal key.
func (s *Server) secretFor(purpose string) []byte {
	m := hmac.New(sha256.New, s.sealKey)
	m.Write([]byte(purpose))
	return m.Sum(nil)
}
