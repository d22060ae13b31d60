package browser

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// What Chromium may receive before the first screen is there, and how long
// that may take.
const (
	firstScreenBytes = 500_000
	firstScreenTime  = time.Second
)

// The first screen is small, quick, and comes from this server alone.
func TestFirstScreen(t *testing.T) {
	url := start(t, "--example", "calc")
	best, bytes, loads := time.Hour, int64(0), 0
	// A machine that is busy with other things has its quiet moments.
	for end := time.Now().Add(2 * time.Minute); loads < 5 || best > firstScreenTime && time.Now().Before(end); loads++ {
		took, received := firstLoad(t, url)
		best, bytes = min(best, took), received
	}
	t.Logf("first screen: %d bytes, interactive after %v (best of %d)", bytes, best, loads)
	if bytes > firstScreenBytes {
		t.Errorf("Chromium received %d bytes, more than %d", bytes, firstScreenBytes)
	}
	if best > firstScreenTime {
		t.Errorf("it took %v, more than %v", best, firstScreenTime)
	}
}

// firstLoad opens the console in a browser that has nothing of it.
func firstLoad(t *testing.T, url string) (took time.Duration, received int64) {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	defer cancel()
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	var mu sync.Mutex
	foreign := []string{}
	if err := chromedp.Listen(ctx, func(event any) {
		mu.Lock()
		defer mu.Unlock()
		switch e := event.(type) {
		case *network.EventLoadingFinished:
			received += int64(e.EncodedDataLength)
		case *network.EventRequestWillBeSent:
			if !strings.HasPrefix(e.Request.URL, url+"/") && !strings.HasPrefix(e.Request.URL, "data:") {
				foreign = append(foreign, e.Request.URL)
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	if err := chromedp.Do(ctx, chromedp.Navigate(url+"/console/")); err != nil {
		t.Fatal(err)
	}
	for {
		there, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`!!document.querySelector("main h1") && document.body.innerText.includes("LambdaGate")`))
		if err != nil {
			t.Fatal(err)
		}
		if there {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	took = time.Since(begin)
	mu.Lock()
	defer mu.Unlock()
	if len(foreign) > 0 {
		t.Errorf("the page asks other servers: %q", foreign)
	}
	return took, received
}
