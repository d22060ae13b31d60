package lambda

import (
	"context"
	"encoding/base64"
	"net/http"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// InvokeWithResponseStream runs a function and sends its response in events,
// each piece as soon as the function has written it. Refusals before the
// function runs are ordinary errors.
func (s *Service) InvokeWithResponseStream(ctx context.Context, in *InvokeWithResponseStreamRequest) (*InvokeWithResponseStreamResponse, error) {
	inv := invocationOf(ctx, in.FunctionName, in.Qualifier)
	inv.Type, inv.Payload, inv.ClientContext = deref(in.InvocationType), in.Payload, deref(in.ClientContext)
	inv.LogTail = deref(in.LogType) == "Tail"
	if inv.Type == dryRun {
		res, err := s.InvokeFunction(ctx, inv)
		if err != nil {
			return nil, err
		}
		return &InvokeWithResponseStreamResponse{StatusCode: new(int64(res.Status))}, nil
	}
	st := newStreaming(ctx)
	s.running.Go(func() {
		inv.Stream, inv.picked = st, st.picked
		res, err := s.InvokeFunction(st.ctx, inv)
		st.finish(res, err)
	})
	if err := st.started(); err != nil {
		return nil, err
	}
	return &InvokeWithResponseStreamResponse{
		StatusCode: new(int64(http.StatusOK)), ExecutedVersion: nonEmpty(st.version), EventStream: st.send,
	}, nil
}

// streaming passes pieces from the goroutine that invokes to the one that
// answers. Nothing is buffered: a slow client slows the function down.
type streaming struct {
	ctx    context.Context
	cancel context.CancelFunc

	begun  chan struct{}
	chunks chan []byte
	taken  chan struct{} // the piece was sent
	ended  chan struct{}

	version string // known when begun or ended
	res     *Result
	err     error
}

func newStreaming(ctx context.Context) *streaming {
	st := &streaming{begun: make(chan struct{}), chunks: make(chan []byte), taken: make(chan struct{}), ended: make(chan struct{})}
	st.ctx, st.cancel = context.WithCancel(ctx)
	return st
}

// picked notes which version runs.
func (st *streaming) picked(version string) { st.version = version }

// Start implements ResponseStream. AWS: the events do not carry the type.
func (st *streaming) Start(string) error {
	close(st.begun)
	return nil
}

// Write implements ResponseStream; it returns once the piece was sent.
func (st *streaming) Write(chunk []byte) (int, error) {
	select {
	case st.chunks <- chunk:
	case <-st.ctx.Done():
		return 0, st.ctx.Err()
	}
	select {
	case <-st.taken:
		return len(chunk), nil
	case <-st.ctx.Done():
		return 0, st.ctx.Err()
	}
}

func (st *streaming) finish(res *Result, err error) {
	st.res, st.err = res, err
	close(st.ended)
}

// started waits until the response begins, or the invocation ended without one;
// it returns the error of one that did not run.
func (st *streaming) started() error {
	select {
	case <-st.begun:
		return nil
	case <-st.ended:
		st.stopIf(st.err != nil)
		return st.err
	case <-st.ctx.Done():
		<-st.ended
		st.cancel()
		return st.ctx.Err()
	}
}

func (st *streaming) stopIf(failed bool) {
	if failed {
		st.cancel()
	}
}

// send gives the answer's events to the client until the response has ended.
func (st *streaming) send(emit func(awsapi.Event) error) error {
	defer func() { <-st.ended }()
	defer st.cancel()
	for {
		select {
		case chunk := <-st.chunks:
			if err := emit(awsapi.Event{Type: "PayloadChunk", ContentType: "application/octet-stream", Payload: chunk}); err != nil {
				return err
			}
			select {
			case st.taken <- struct{}{}:
			case <-st.ctx.Done(): // Write has given up
			}
		case <-st.ended:
			return st.complete(emit)
		}
	}
}

// complete sends what was not streamed, and the last event.
func (st *streaming) complete(emit func(awsapi.Event) error) error {
	if st.err != nil {
		return st.err
	}
	done := InvokeWithResponseStreamCompleteEvent{}
	switch {
	case st.res.FunctionError != "":
		done.ErrorCode, done.ErrorDetails = &st.res.FunctionError, new(string(st.res.Payload))
	case len(st.res.Payload) > 0:
		if err := emit(awsapi.Event{Type: "PayloadChunk", ContentType: "application/octet-stream", Payload: st.res.Payload}); err != nil {
			return err
		}
	}
	if st.res.LogTail != nil {
		done.LogResult = new(base64.StdEncoding.EncodeToString(st.res.LogTail))
	}
	return emit(awsapi.Event{Type: "InvokeComplete", ContentType: "application/json", Payload: awsapi.EncodeModel(&done)})
}
