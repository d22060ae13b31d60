package storetest

import (
	"testing"

	"github.com/lambdagate/lambdagate/internal/store"
)

func counters(t *testing.T, open func(testing.TB) store.Store) {}
