package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/lambdagate/lambdagate/internal/requests"
)

// terminal is whether output is coloured: on a terminal, unless NO_COLOR is set.
type terminal struct {
	NoColor string `hidden:"" env:"NO_COLOR"`
}

func (t terminal) printer(f *os.File) *printer {
	info, err := f.Stat()
	return &printer{w: f, colour: err == nil && info.Mode()&os.ModeCharDevice != 0 && t.NoColor == ""}
}

// printer writes requests for people.
type printer struct {
	w      io.Writer
	colour bool
	buf    bytes.Buffer
}

// Colours, as the terminal's own palette has them.
const (
	red    = "31"
	green  = "32"
	yellow = "33"
	blue   = "34"
	faint  = "2"
	bold   = "1"
)

func (p *printer) paint(code, s string) string {
	if !p.colour || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// plain keeps what a client sent from driving the terminal.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f || 0x80 <= r && r < 0xa0 {
			return '\ufffd'
		}
		return r
	}, s)
}

func (p *printer) printf(format string, args ...any) { fmt.Fprintf(&p.buf, format, args...) }

// flush writes what was printed, in one piece.
func (p *printer) flush() error {
	_, err := p.buf.WriteTo(p.w)
	return err
}

func clock(ms float64) time.Time { return time.UnixMicro(int64(ms * 1000)) }

func took(ms float64) string {
	switch {
	case ms < 1:
		return strconv.FormatFloat(ms, 'f', 2, 64) + " ms"
	case ms < 10:
		return strconv.FormatFloat(ms, 'f', 1, 64) + " ms"
	case ms < 10_000:
		return strconv.FormatFloat(ms, 'f', 0, 64) + " ms"
	}
	return strconv.FormatFloat(ms/1000, 'f', 1, 64) + " s"
}

func (p *printer) status(r *requests.Request) string {
	code := green
	switch {
	case r.Status >= 500 || r.Failed && r.Status < 400:
		code = red
	case r.Status >= 400:
		code = yellow
	}
	return p.paint(code, strconv.Itoa(r.Status))
}

// line prints one request of a list.
func (p *printer) line(r *requests.Request) error {
	p.printf("%s %s %s %-28s %s %8s  %s", p.paint(faint, clock(r.Time).Format("15:04:05.000")), p.paint(faint, short(r.ID)),
		p.paint(bold, fmt.Sprintf("%-6s", plain(r.Method))), "/"+r.Stage+plain(r.Path), p.status(r), took(r.Took), where(r))
	if r.Error != "" {
		p.printf("  %s", p.paint(red, oneLine(r.Error)))
	}
	p.printf("\n")
	return p.flush()
}

// short is enough of an id to find the request by.
func short(id string) string { return id[:min(8, len(id))] }

// where says where a request went: "Calc" or "example.com" or "mock".
func where(r *requests.Request) string {
	switch {
	case r.Target == "" && r.Integration == "MOCK":
		return "mock"
	case r.Target == "":
		return "-"
	case strings.HasPrefix(r.Target, "arn:"):
		_, name, _ := strings.Cut(r.Target, ":function:")
		return cmp.Or(name, r.Target)
	}
	return plain(r.Target)
}

func oneLine(s string) string {
	s = plain(strings.ReplaceAll(s, "\n", " "))
	if r := []rune(s); len(r) > 140 {
		return string(r[:139]) + "…"
	}
	return s
}

func (p *printer) heading(s string) { p.printf("\n%s\n", p.paint(bold, s)) }

func (p *printer) fact(name, value string) {
	if value != "" {
		p.printf("  %s %s\n", p.paint(faint, fmt.Sprintf("%-14s", name)), plain(value))
	}
}

// detail prints one request step by step.
func (p *printer) detail(d *requests.Detail) error {
	p.printf("%s /%s%s  %s  %s\n", p.paint(bold, plain(d.Method)), d.Stage, plain(d.Path), p.status(&d.Request), took(d.Took))
	p.fact("request", d.ID)
	p.fact("time", clock(d.Time).Format(time.RFC3339Nano))
	p.fact("api", d.APIName+" ("+d.API+") in "+d.Region)
	p.fact("deployment", d.Deployment+map[bool]string{true: " (canary)"}[d.Canary])
	p.fact("method", strings.TrimSpace(d.Configured+" "+d.Resource))
	p.fact("goes to", strings.TrimSpace(d.Integration+" "+d.Target))
	p.fact("client", d.SourceIP)
	p.fact("trace", d.Trace)
	if d.Error != "" {
		p.printf("  %s %s\n", p.paint(faint, fmt.Sprintf("%-14s", "error")), p.paint(red, plain(d.Error)))
	}
	p.phases(d)
	p.message("Request", &d.Client)
	p.authorization(d)
	if d.Invalid != "" {
		p.heading("Validation")
		p.fact("", d.Invalid)
	}
	if d.CacheHit {
		p.heading("Answered from the stage's cache")
	}
	if d.Sent != nil {
		p.message("Integration request"+map[bool]string{true: ", from the template for " + d.Template}[d.Template != ""], d.Sent)
	}
	p.log("Function log", d.FunctionLog)
	if d.Received != nil {
		p.message("Integration response", d.Received)
	}
	if s := d.Selected; s != nil {
		p.heading("Mapped by the integration response for " + strconv.Itoa(s.Status))
		p.fact("pattern", cmp.Or(s.Pattern, "(the default)"))
	}
	for i, f := range d.Failures {
		if i == 0 {
			p.heading("Why it failed")
		}
		p.printf("  %s\n", p.paint(red, plain(f)))
	}
	p.message("Response", &d.Answer)
	return p.flush()
}

// barWidth is the width of the waterfall in characters.
const barWidth = 40

func (p *printer) phases(d *requests.Detail) {
	p.heading("Where the time went")
	for _, ph := range d.Phases {
		scale := barWidth / max(d.Took, 0.001)
		from := min(int(ph.From*scale), barWidth-1)
		n := min(max(1, int(ph.Took*scale+0.5)), barWidth-from)
		name := ph.Name
		if ph.Within != "" {
			name = "  " + name
		}
		code := blue
		if ph.Name == requests.Integration {
			code = green
		}
		p.printf("  %-20s %s%s%s %9s\n", name, strings.Repeat(" ", from), p.paint(code, strings.Repeat("█", n)), strings.Repeat(" ", barWidth-from-n), took(ph.Took))
	}
}

func (p *printer) authorization(d *requests.Detail) {
	a := d.Authorizer
	if a == nil && len(d.Decisions) == 0 {
		return
	}
	p.heading("Authorization")
	if a != nil {
		p.fact("authorizer", a.ID+map[bool]string{true: " (its answer was kept from before)"}[a.Cached])
		p.fact("function", a.Function)
		p.fact("principal", a.Principal)
		if a.Took > 0 {
			p.fact("took", took(a.Took))
		}
		p.body(a.Result)
	}
	for _, decision := range d.Decisions {
		p.fact("decision", decision)
	}
	if a != nil {
		p.log("Authorizer's log", a.Log)
	}
}

func (p *printer) message(title string, m *requests.Message) {
	p.heading(title)
	if m.Status != 0 {
		p.fact("status", strconv.Itoa(m.Status))
	}
	p.fact("", strings.TrimSpace(m.Method+" "+m.URI))
	for _, part := range []struct {
		kind string
		list []requests.Field
	}{{"path", m.Path}, {"query", m.Query}, {"header", m.Headers}} {
		for _, f := range part.list {
			p.printf("  %s %s: %s\n", p.paint(faint, fmt.Sprintf("%-6s", part.kind)), plain(f.Name), plain(f.Value))
		}
	}
	p.body(m.Body)
}

func (p *printer) body(b *requests.Body) {
	switch {
	case b == nil:
		return
	case b.Binary != nil:
		p.printf("  %s\n", p.paint(faint, fmt.Sprintf("%d bytes that are no text", b.Size)))
		return
	}
	text := b.Text
	var pretty bytes.Buffer
	if json.Indent(&pretty, []byte(text), "", "  ") == nil {
		text = pretty.String()
	}
	p.printf("  %s\n", strings.ReplaceAll(plain(strings.TrimRight(text, "\n")), "\n", "\n  "))
	if b.Cut {
		p.printf("  %s\n", p.paint(faint, fmt.Sprintf("… of %d bytes", b.Size)))
	}
}

func (p *printer) log(title string, l *requests.Log) {
	if l == nil {
		return
	}
	p.heading(title)
	if l.Problem != "" {
		p.fact("", l.Problem)
	}
	for _, line := range l.Lines {
		p.printf("  %s\n", strings.ReplaceAll(plain(line), "\n", "\n  "))
	}
}

// replayed prints in what a repetition differed.
func (p *printer) replayed(r *requests.Replayed) error {
	p.printf("%s %s /%s%s  %s  %s\n", p.paint(faint, "was "+short(r.Original.ID)), plain(r.Original.Method), r.Original.Stage, plain(r.Original.Path), p.status(&r.Original.Request), took(r.Original.Took))
	p.printf("%s %s /%s%s  %s  %s\n", p.paint(faint, "now "+short(r.Replayed.ID)), plain(r.Replayed.Method), r.Replayed.Stage, plain(r.Replayed.Path), p.status(&r.Replayed.Request), took(r.Replayed.Took))
	step := ""
	for _, d := range r.Differences {
		if d.Step != step {
			step = d.Step
			p.heading(step)
		}
		p.printf("  %s\n", plain(d.What))
		p.printf("    %s\n", p.paint(red, "- "+oneLine(d.Before)))
		p.printf("    %s\n", p.paint(green, "+ "+oneLine(d.After)))
	}
	if len(r.Differences) == 0 {
		p.printf("\nNothing differs.\n")
	}
	if r.More > 0 {
		p.printf("\n%d further differences\n", r.More)
	}
	return p.flush()
}
