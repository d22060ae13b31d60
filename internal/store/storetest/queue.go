package storetest

import (
	"testing"

	"github.com/lambdagate/lambdagate/internal/store"
)

func queues(t *testing.T, open func(testing.TB) store.Store) {}
