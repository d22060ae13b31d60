package lambda

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
)

// newSeal returns what seals environment variables in stored documents; nil for
// no key: they are stored as they are.
func newSeal(key []byte) (cipher.AEAD, error) {
	if key == nil {
		return nil, nil
	}
	if len(key) != 32 {
		return nil, errors.New("the seal key has to be 32 bytes")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("use the seal key: %w", err)
	}
	return cipher.NewGCM(block)
}

var errSealed = errors.New("environment variables cannot be opened with this seal key")

// setVariables makes vars the variables of f's $LATEST; nil means none. Equal
// variables stay as they were sealed, so that nothing seems to have changed.
func (s *Service) setVariables(f *function, vars map[string]string) error {
	v := &f.Latest
	if vars == nil {
		v.Variables = nil
		return nil
	}
	old, err := s.variables(f, v)
	if err == nil && v.Variables != nil && maps.Equal(old, vars) {
		return nil
	}
	text, err := json.Marshal(vars)
	if err != nil {
		return fmt.Errorf("encode environment variables: %w", err)
	}
	v.Variables = text
	if s.seal != nil {
		nonce := make([]byte, s.seal.NonceSize(), s.seal.NonceSize()+len(text)+s.seal.Overhead())
		rand.Read(nonce)
		v.Variables = s.seal.Seal(nonce, nonce, text, []byte(f.arn("")))
	}
	return nil
}

// variables opens the variables of a version of f; nil if it has none.
func (s *Service) variables(f *function, v *version) (map[string]string, error) {
	if v.Variables == nil {
		return nil, nil
	}
	text := v.Variables
	if s.seal != nil {
		n := s.seal.NonceSize()
		if len(text) < n {
			return nil, errSealed
		}
		var err error
		if text, err = s.seal.Open(nil, text[:n], text[n:], []byte(f.arn(""))); err != nil {
			return nil, errSealed
		}
	}
	var vars map[string]string
	if err := json.Unmarshal(text, &vars); err != nil {
		return nil, errSealed
	}
	return vars, nil
}

// configuration is what answers show of a version: with its variables, or why
// they cannot be shown, as on AWS where the key is not there.
func (s *Service) configuration(f *function, v *version) FunctionConfiguration {
	c := v.Config
	if v.Variables == nil {
		return c
	}
	vars, err := s.variables(f, v)
	if err != nil {
		c.Environment = &EnvironmentResponse{Error: &EnvironmentError{ErrorCode: new("InvalidParameterValueException"), Message: new("Lambda was unable to decrypt your environment variables: " + err.Error())}}
		return c
	}
	c.Environment = &EnvironmentResponse{Variables: vars}
	return c
}
