package browser

import (
	"context"
	"strings"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// answer makes the server seem to answer an operation with an error; status 0
// is no answer at all. The returned function ends it.
func (p *tab) answer(operation string, status int64, body string) (end func()) {
	p.t.Helper()
	ctx, cancel := context.WithCancel(p.ctx)
	paused := chromedp.Events(ctx, fetch.RequestPaused)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for e, err := range paused {
			if err != nil {
				return
			}
			switch {
			case !strings.HasSuffix(e.Request.URL, "/"+operation):
				chromedp.Call(ctx, fetch.ContinueRequest, fetch.ContinueRequestParams{RequestID: e.RequestID}) //nolint:errcheck // the tab is gone
			case status == 0:
				chromedp.Call(ctx, fetch.FailRequest, fetch.FailRequestParams{RequestID: e.RequestID, ErrorReason: network.ErrorReasonConnectionRefused}) //nolint:errcheck // as above
			default:
				chromedp.Call(ctx, fetch.FulfillRequest, fetch.FulfillRequestParams{ //nolint:errcheck // as above
					RequestID: e.RequestID, ResponseCode: status, Body: []byte(body),
					ResponseHeaders: []*fetch.HeaderEntry{{Name: "Content-Type", Value: "application/json"}},
				})
			}
		}
	}()
	command(p, fetch.Enable, fetch.EnableParams{Patterns: []*fetch.RequestPattern{{URLPattern: "*/console/api/*"}}})
	return func() {
		p.t.Helper()
		command(p, fetch.Disable, cdp.Empty{})
		cancel()
		<-done
	}
}
