package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// axe is the accessibility checker, where the console's own packages hold it.
func axe(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(filepath.FromSlash("../../console/node_modules/axe-core/axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Every page, at two widths in both themes: nothing in the browser's console,
// no serious finding of axe, no "undefined", nothing wider than the window.
func TestPages(t *testing.T) {
	url := start(t, "--example", "calc")
	script := axe(t)
	p := open(t, url, "apigateway")
	seed(p)
	paths := pagePaths(p)
	pages := make(chan pageCase)
	go func() {
		defer close(pages)
		for i, path := range paths {
			pages <- pageCase{fmt.Sprintf("%02d-%s", i, strings.Trim(strings.NewReplacer("/", "-", "%2F", "-", "%3A", "", "?", "-", "*", "").Replace(path), "-")), path}
		}
	}()
	for n := range 2 {
		t.Run(fmt.Sprint("tab", n), func(t *testing.T) {
			t.Parallel()
			tab := open(t, url, "")
			for c := range pages {
				tab.checkPage(c, script)
			}
		})
	}
}

type pageCase struct{ name, path string }

func (p *tab) checkPage(c pageCase, script string) {
	p.t.Helper()
	p.size(1280, 1000)
	p.dark(false)
	p.visit(c.path)
	if strings.Contains(c.path, "edit") || strings.Contains(c.path, "create") {
		p.await("the editors", `![...document.querySelectorAll(".editor")].some((e) => !e.querySelector(".ace_content"))`)
	}
	value[bool](p, script+"; true")
	for _, dark := range []bool{false, true} {
		p.dark(dark)
		for _, width := range []int64{1280, 390} {
			p.size(width, map[int64]int64{1280: 1000, 390: 844}[width])
			p.settled()
			state := fmt.Sprintf("%s-%d-%s", c.name, width, map[bool]string{false: "light", true: "dark"}[dark])
			p.shot(state)
			p.checkState(state)
		}
	}
	p.size(1280, 1000)
	if faults := p.consoleFaults(); len(faults) > 0 {
		p.t.Errorf("%s: the browser's console says %q", c.name, faults)
	}
}

func (p *tab) checkState(state string) {
	p.t.Helper()
	text := value[string](p, `__test.prose()`)
	wide := value[int](p, `document.documentElement.scrollWidth - window.innerWidth`)
	findings := value[[]string](p, `axe.run(document, {resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}).then((r) => r.violations
		.filter((v) => v.impact === "serious" || v.impact === "critical")
		// Cloudscape's own: its toolbar names its direction, which ARIA does not know there.
		.filter((v) => !(v.id === "aria-allowed-attr" && v.nodes.every((n) => n.html.includes("mobile-toolbar-nav"))))
		.flatMap((v) => v.nodes.map((n) => v.id + ": " + n.target.join(" ") + " " + n.html.slice(0, 160) + " " + n.failureSummary.slice(0, 200))))`)
	for _, bad := range []string{"undefined", "[object Object]", "NaN", "Invalid Date"} {
		if strings.Contains(text, bad) {
			p.t.Errorf("%s: %q is on the page:\n%.600s", state, bad, text)
		}
	}
	if wide > 0 {
		p.t.Errorf("%s: the page is %d pixels wider than the window", state, wide)
	}
	for _, f := range findings {
		p.t.Errorf("%s: axe: %s", state, f)
	}
}
