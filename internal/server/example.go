package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"

	"github.com/lambdagate/lambdagate/examples"
	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/store"
)

// LoadExample loads an example unless it was loaded before, goes on where an
// earlier loading was cut off, and returns commands to try it.
func (s *Server) LoadExample(ctx context.Context, name string, say func(string)) ([]string, error) {
	e, err := examples.Open(name)
	if err != nil {
		return nil, err
	}
	key := "server/example/" + name
	progress := &examples.Progress{Values: map[string]string{"account": awsapi.DefaultAccount, "region": awsapi.DefaultRegion}}
	doc, err := s.store.Get(ctx, key)
	if err == nil {
		err = json.Unmarshal(doc.Value, progress)
	} else if errors.Is(err, store.ErrNotFound) {
		say("loading example " + name + ": " + e.Title)
		err = nil
	}
	if err != nil {
		return nil, fmt.Errorf("read how far example %s is loaded: %w", name, err)
	}
	err = e.Load(ctx, s.callAsRoot, progress, func(p *examples.Progress) error {
		progress = p
		b, err := json.Marshal(p)
		if err == nil {
			_, err = s.store.Commit(ctx, store.Put(key, store.Any, b))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	values := progress.Values
	values["endpoint"] = s.URL()
	_, values["port"], _ = net.SplitHostPort(strings.TrimPrefix(s.URL(), "http://"))
	return e.Commands(values), nil
}

// callAsRoot performs an operation as the root of the default account.
func (s *Server) callAsRoot(ctx context.Context, service, operation string, input []byte) (out []byte, conflict bool, err error) {
	svc := s.registry.Service(service)
	if svc == nil || svc.Operation(operation) == nil {
		return nil, false, fmt.Errorf("there is no operation %s of %s", operation, service)
	}
	op := svc.Operation(operation)
	in := op.NewInput()
	if err := awsapi.DecodeModel(input, in); err != nil {
		return nil, false, err
	}
	call := &awsapi.Call{RequestID: awsapi.NewRequestID(), Region: awsapi.DefaultRegion, Caller: awsapi.RootCaller(awsapi.DefaultAccount)}
	result, err := s.registry.Call(ctx, call, op, in)
	if e := awsapi.AsError(err); e != nil {
		return nil, e.Status == http.StatusConflict, err
	}
	return awsapi.EncodeModel(result), false, err
}
