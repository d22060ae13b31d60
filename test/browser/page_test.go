package browser

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// patience is how long anything on a page may take to appear.
const patience = time.Minute

//go:embed find.js
var findScript string

// tab is a page of the console and what a user does on it: things are found by
// the words that a user reads.
type tab struct {
	t   testing.TB
	ctx context.Context
	url string

	mu     sync.Mutex
	faults []string // of the browser's console
}

// open opens a tab on the console of a server.
func open(t testing.TB, url, path string) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	p := &tab{t: t, ctx: ctx, url: url}
	if err := chromedp.Listen(ctx, p.listen); err != nil {
		t.Fatal(err)
	}
	command(p, log.Enable, cdp.Empty{})
	command(p, runtime.Enable, cdp.Empty{})
	command(p, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: findScript})
	p.size(1280, 1000)
	p.visit(path)
	return p
}

func (p *tab) listen(event any) {
	fault := ""
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			parts := []string{}
			for _, a := range e.Args {
				parts = append(parts, strings.Trim(string(a.Value), `"`)+a.Description)
			}
			fault = strings.Join(parts, " ")
		}
	case *runtime.EventExceptionThrown:
		fault = e.ExceptionDetails.Text
		if x := e.ExceptionDetails.Exception; x != nil {
			fault += " " + x.Description
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			fault = e.Entry.Text + " " + e.Entry.URL
		}
	}
	if fault == "" {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = append(p.faults, fault)
}

// consoleFaults returns what the browser complained about since the last call.
func (p *tab) consoleFaults() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.faults
	p.faults = nil
	return f
}

// do runs an action of the browser; what says for what.
func (p *tab) do(what string, action chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, action); err != nil {
		p.fail("%s: %v", what, err)
	}
}

// command sends a command of the browser's protocol.
func command[P, R any](p *tab, c cdp.Command[P, R], in P) R {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	out, err := chromedp.Call(ctx, c, in)
	if err != nil {
		p.fail("%s: %v", c.Method, err)
	}
	return out
}

// value evaluates an expression, and awaits it if it is a promise.
func value[T any](p *tab, expression string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.fail("%.200s: %v", expression, err)
	}
	return v
}

// fail ends the test with a picture of the page as it is.
func (p *tab) fail(format string, args ...any) {
	p.t.Helper()
	p.shot("failed-" + strings.ReplaceAll(p.t.Name(), "/", "-"))
	ctx, cancel := context.WithTimeout(p.ctx, 5*time.Second)
	defer cancel()
	text, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText`)) // best effort
	p.t.Fatalf(format+"\npage: %.3000s\nconsole: %v", append(args, text, p.consoleFaults())...)
}

// visit goes to a page by its address.
func (p *tab) visit(path string) {
	p.t.Helper()
	p.do("visit "+path, chromedp.Navigate(p.url+"/console/"+strings.TrimPrefix(path, "/")))
	p.settled()
}

// settled waits until the page has loaded what it shows.
func (p *tab) settled() {
	p.t.Helper()
	p.await("the page to settle", `window.__test && __test.settled()`)
}

// await waits until an expression is true.
func (p *tab) await(what, expression string) { p.t.Helper(); p.awaitOr(what, expression, `""`) }

// awaitOr is await with an expression that says why it waited in vain.
func (p *tab) awaitOr(what, expression, why string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	for {
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`(async () => !!(`+expression+`))()`, chromedp.EvalAwaitPromise))
		if err == nil && ok {
			return
		}
		select {
		case <-ctx.Done():
			p.fail("waited for %s: %s %v", what, value[string](p, why), err)
		case <-time.After(40 * time.Millisecond):
		}
	}
}

func js(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// point waits for a thing, brings it into view and clicks it. finder is one of
// find.js with its arguments.
func (p *tab) point(what, finder string) {
	p.t.Helper()
	p.awaitOr(what, `await __test.still(() => __test.`+finder+`)`, `__test.why(__test.`+finder+`)`)
	at := value[struct{ X, Y float64 }](p, `__test.point(__test.`+finder+`)`)
	p.do("click "+what, chromedp.MouseClickXY(at.X, at.Y))
}

// click clicks a button, link, tab, tile or radio button by its words.
func (p *tab) click(words string) {
	p.t.Helper()
	p.point(words, `button(`+js(words)+`)`)
}

// clickPrimary clicks the button that does what a page is for, where a tab or
// another button has the same words.
func (p *tab) clickPrimary(words string) {
	p.t.Helper()
	p.point(words, `primary(`+js(words)+`)`)
}

// fill replaces what is in a field.
func (p *tab) fill(label, value string) { p.t.Helper(); p.fillNth(label, 0, value) }

// fillNth fills the nth of several fields with one label.
func (p *tab) fillNth(label string, n int, text string) {
	p.t.Helper()
	field := fmt.Sprintf(`%s, %d`, js(label), n)
	p.point("the field "+label, `field(`+field+`)`)
	value[bool](p, `__test.select(`+field+`)`)
	command(p, input.InsertText, input.InsertTextParams{Text: text})
}

// code replaces what is in a code editor.
func (p *tab) code(label, text string) {
	p.t.Helper()
	p.point("the editor "+label, `editor(`+js(label)+`)`)
	p.do("empty "+label, chromedp.Steps(chromedp.KeyEvent("a", chromedp.KeyModifiers(chromedp.ModifierCtrl)), chromedp.KeyEvent(kb.Delete)))
	command(p, input.InsertText, input.InsertTextParams{Text: text})
}

// choose takes an option of a select.
func (p *tab) choose(label, option string) { p.t.Helper(); p.chooseNth(label, 0, option) }

func (p *tab) chooseNth(label string, n int, option string) {
	p.t.Helper()
	p.point("the select "+label, fmt.Sprintf(`field(%s, %d)`, js(label), n))
	p.point("the option "+option, `option(`+js(option)+`)`)
}

// check clicks the nth checkbox with a label.
func (p *tab) check(label string, n int) {
	p.t.Helper()
	p.point("the checkbox "+label, fmt.Sprintf(`box(%s, %d)`, js(label), n))
}

// row chooses the row of a table that holds a text.
func (p *tab) row(text string) {
	p.t.Helper()
	p.point("the row "+text, `row(`+js(text)+`)`)
}

// sees waits until a text is on the page.
func (p *tab) sees(text string) {
	p.t.Helper()
	p.await("the text "+text, fmt.Sprintf(`__test.text().includes(%s)`, js(text)))
}

// seesNot waits until a text is not on the page.
func (p *tab) seesNot(text string) {
	p.t.Helper()
	p.await("the text to go: "+text, fmt.Sprintf(`!__test.text().includes(%s)`, js(text)))
}

// part returns the text of a labelled region, such as "Response body".
func (p *tab) part(label string) string {
	p.t.Helper()
	region := `__test.region(` + js(label) + `)`
	p.await("the part "+label, region)
	return value[string](p, region+`.innerText`)
}

// find returns the first group of a pattern on the page.
func (p *tab) find(pattern string) string {
	p.t.Helper()
	text := value[string](p, `__test.text()`)
	m := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if m == nil {
		p.fail("%s is not on the page", pattern)
	}
	return m[1]
}

func (p *tab) path() string {
	return strings.TrimPrefix(value[string](p, `location.pathname`), "/console")
}

func (p *tab) size(width, height int64) {
	p.t.Helper()
	defer p.await("the size", fmt.Sprintf(`innerWidth === %d`, width))
	command(p, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1, Mobile: width < 600})
}

// dark sets what the system prefers.
func (p *tab) dark(on bool) {
	p.t.Helper()
	scheme := map[bool]string{true: "dark", false: "light"}[on]
	command(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
}

// shot keeps a picture of the whole page, where the environment asks for it.
func (p *tab) shot(name string) {
	dir := os.Getenv("LAMBDAGATE_SCREENSHOTS")
	if dir == "" {
		return
	}
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	// As high as the page is and as wide as before: pages change with the width.
	size, err := chromedp.Run(ctx, chromedp.Evaluate[[]int64](`[innerWidth, innerHeight, Math.max(innerHeight, Math.min(document.documentElement.scrollHeight, 4000))]`))
	if err != nil {
		p.t.Logf("picture of %s: %v", name, err)
		return
	}
	high := emulation.SetDeviceMetricsOverrideParams{Width: size[0], Height: size[2], DeviceScaleFactor: 1, Mobile: size[0] < 600}
	low := high
	low.Height = size[1]
	if _, err := chromedp.Call(ctx, emulation.SetDeviceMetricsOverride, high); err != nil {
		p.t.Logf("picture of %s: %v", name, err)
		return
	}
	shot, err := chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{})
	if err == nil {
		_, err = chromedp.Call(ctx, emulation.SetDeviceMetricsOverride, low)
	}
	if err != nil {
		p.t.Logf("picture of %s: %v", name, err)
		return
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		p.t.Logf("picture of %s: %v", name, err)
		return
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), shot.Data, 0o644); err != nil {
		p.t.Logf("picture of %s: %v", name, err)
	}
}
