package iam

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/store"
)

// RootKey is an account's root access key, secret in clear.
type RootKey struct{ Account, ID, Secret string }

// RootKey makes the root access key of the default account at the first start
// and returns it that once: nil afterwards.
func (s *Service) RootKey(ctx context.Context) (*RootKey, error) {
	return s.makeRootKey(ctx, Account{ID: awsapi.DefaultAccount})
}

// CreateAccount adds an account, which has a name for people and perhaps an
// address of theirs, and returns its root access key.
func (s *Service) CreateAccount(ctx context.Context, name, email string) (*RootKey, error) {
	for {
		n, err := rand.Int(rand.Reader, big.NewInt(900_000_000_000))
		if err != nil {
			return nil, fmt.Errorf("choose an account id: %w", err)
		}
		a := Account{ID: fmt.Sprintf("%012d", n.Int64()+100_000_000_000), Name: name, Email: email}
		if key, err := s.makeRootKey(ctx, a); key != nil || err != nil {
			return key, err
		}
	}
}

func (s *Service) makeRootKey(ctx context.Context, a Account) (*RootKey, error) {
	k, secret := s.newKey(a.ID, "")
	made := false
	err := s.transact(ctx, func(x *transaction) error {
		old, rev, _ := s.accounts.Get(a.ID)
		if made = old == nil || !old.RootMade; !made {
			return nil
		}
		d := old.clone(a.ID)
		d.RootMade, d.Name, d.Email = true, a.Name, a.Email
		if d.CreateDate.IsZero() {
			d.CreateDate = awsapi.Seconds(s.now())
		}
		return s.addRootKey(x, d, rev, k)
	})
	if err != nil || !made {
		return nil, err
	}
	return &RootKey{a.ID, k.AccessKeyID, secret}, nil
}

func (s *Service) addRootKey(x *transaction, d *accountDocument, rev store.Revision, k *keyDocument) error {
	d.RootKeys = append(d.RootKeys, k.AccessKeyID)
	if err := put(x, s.keys, k.AccessKeyID, 0, k); err != nil {
		return err
	}
	return put(x, s.accounts, d.Account, rev, d)
}

// Errors of those who rotate a root key.
var (
	ErrNoAccount   = errors.New("there is no such account")
	ErrTooManyKeys = errors.New("the account's root has two access keys already; rotate without keeping them, or delete one first")
)

// RotateRootKey gives an account a new root access key. The old ones stop
// working at once, unless they are to be kept for a while.
func (s *Service) RotateRootKey(ctx context.Context, account string, keep bool) (*RootKey, error) {
	if !arn.IsAccount(account) {
		return nil, ErrNoAccount
	}
	k, secret := s.newKey(account, "")
	err := s.transact(ctx, func(x *transaction) error {
		old, rev, ok := s.accounts.Get(account)
		if !ok {
			return ErrNoAccount
		}
		d := old.clone(account)
		d.RootMade = true
		if keep && len(d.RootKeys) >= maxKeys {
			return ErrTooManyKeys
		}
		if !keep {
			for _, id := range slices.Clone(d.RootKeys) {
				if _, rev, ok := s.keys.Get(id); ok {
					remove(x, s.keys, id, rev)
				}
				s.forgetUse(x, "key/"+id)
			}
			d.RootKeys = nil
		}
		return s.addRootKey(x, d, rev, k)
	})
	if err != nil {
		return nil, err
	}
	return &RootKey{account, k.AccessKeyID, secret}, nil
}

// Account is an account as people know it.
type Account struct {
	ID, Name, Email, Alias string
	Created                awsapi.Time
}

// Accounts lists those that have something of their own, by id.
func (s *Service) Accounts() []Account {
	var list []Account
	for id, d := range s.accounts.All() {
		list = append(list, Account{id, d.Name, d.Email, d.Alias, d.CreateDate})
	}
	return list
}

// AccountByID tells what people call an account; of one that has nothing of its
// own it knows the id.
func (s *Service) AccountByID(id string) Account {
	d, _, ok := s.accounts.Get(id)
	if !ok {
		return Account{ID: id}
	}
	return Account{id, d.Name, d.Email, d.Alias, d.CreateDate}
}
