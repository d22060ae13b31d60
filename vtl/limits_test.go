package vtl

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestLimits(t *testing.T) {
	t.Parallel()
	small := Limits{Steps: 100_000, Output: 10_000, Memory: 1 << 20, Depth: 100, Iterations: 50_000}
	for _, c := range []struct {
		name, template string
		want           error
	}{
		{"iterations", `#foreach($x in [1..60000])#end`, ErrIterations},
		{"nested iterations", `#foreach($x in [1..300])#foreach($y in [1..300])#end#end`, ErrIterations},
		{"steps in loops", `#foreach($x in [1..40000])#set($y = 1 + 1)#set($y = 1 + 1)#end`, ErrSteps},
		{"output", `#foreach($x in [1..2000])0123456789#end`, ErrOutput},
		{"doubled string", `#set($x = "ab")#foreach($i in [1..40])#set($x = "$x$x")#end`, ErrOutput},
		{"joined string", `#set($x = "ab")#foreach($i in [1..40])#set($x = $x + $x)#end`, ErrMemory},
		{"repeat", `$s.repeat(2000000000)`, ErrMemory},
		{"replace", `#set($x = $s.repeat(10000))#set($y = $x.replace("l", $x))`, ErrMemory},
		{"replaceAll", `#set($x = $s.repeat(5000))#set($y = $x.replaceAll("l", $x))`, ErrMemory},
		{"concat", `#set($x = "abcdefgh")#foreach($i in [1..40])#set($x = $x.concat($x))#end`, ErrMemory},
		{"format width", `$s.format("%999999999d", 1)`, ErrMemory},
		{"format precision", `$s.format("%.999999999f", 1.5)`, ErrMemory},
		{"range", `#set($x = [1..2000000000])`, ErrMemory},
		{"list", `#set($x = [1..30000])#set($y = [])#set($ok = $y.addAll($x))`, ErrMemory},
		{"addAll", `#set($x = [1,2])#foreach($i in [1..40])#set($ok = $x.addAll($x))#end`, ErrMemory},
		{"map", `#set($x = {})#foreach($i in [1..45000])#set($ok = $x.put($i, 1))#end`, ErrMemory},
		{"big integer", `#set($x = 99999999999)#foreach($i in [1..60])#set($x = $x * $x)#end`, ErrSteps},
		{"big decimal", `#set($x = $B + 1.5)#foreach($i in [1..60])#set($x = $x * $x)#end`, ErrSteps},
		{"list in itself", `#set($x = [])#set($y = [$x])#set($ok = $x.add($y))$x`, ErrDepth},
		{"map in itself, hashed", `#set($ok = $m.put("m", $m))$m.hashCode()`, ErrDepth},
		{"lists that share", `#set($x = ["aaaaaaaa"])#foreach($i in [1..60])#set($x = [$x, $x])#end$x`, ErrSteps},
		{"lists that share, hashed", `#set($x = [1])#foreach($i in [1..60])#set($x = [$x, $x])#end$x.hashCode()`, ErrSteps},
		{"lists that share, compared", `#set($x = [1])#set($y = [1])#foreach($i in [1..60])#set($x = [$x, $x])#set($y = [$y, $y])#end#if($x == $y)#end`, ErrSteps},
		{"macro in its argument", `#macro(m $a)#m("$a$a")#end#m("x")`, nil},
		{"recursive macro", `#macro(m)#m()#end#m()`, nil},
		{"split", `#set($x = $s.repeat(5000))#set($y = $x.split(""))`, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p, err := Parse(c.template, Options{})
			if err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			out, err := p.Append(context.Background(), nil, newVariables(t), small)
			var failed *ExecError
			if !errors.As(err, &failed) || out != nil || c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("printed %d bytes, error %v, want %v", len(out), err, c.want)
			}
			if d := time.Since(start); d > 30*time.Second {
				t.Errorf("took %v", d)
			}
		})
	}
}

// TestLimitsAreExact shows that a limit lets through exactly what it allows.
func TestLimitsAreExact(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, template string
		enough, less   Limits
	}{
		{"iterations", `#foreach($x in [1..1000])#end`, Limits{Iterations: 1000}, Limits{Iterations: 999}},
		{"output", `0123456789`, Limits{Output: 10}, Limits{Output: 9}},
		{"steps", `a$s.b$s.c`, Limits{Steps: 5}, Limits{Steps: 4}},
	} {
		p, err := Parse(c.template, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Append(context.Background(), nil, newVariables(t), c.enough); err != nil {
			t.Errorf("%s: %v with %+v", c.name, err, c.enough)
		}
		if _, err := p.Append(context.Background(), nil, newVariables(t), c.less); err == nil {
			t.Errorf("%s: no error with %+v", c.name, c.less)
		}
	}
}

func TestDeadline(t *testing.T) {
	t.Parallel()
	p, err := Parse(`#foreach($x in [1..2000000000])#end`, Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	_, err = p.Append(ctx, nil, nil, Limits{Steps: 1 << 60})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
	cancelled, stop := context.WithCancel(context.Background())
	stop()
	if _, err := p.Append(cancelled, nil, nil, Limits{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestDeepTemplates(t *testing.T) {
	t.Parallel()
	for _, template := range []string{
		strings.Repeat("#if(true)", 100_000),
		"#if(" + strings.Repeat("(", 100_000),
		"#if(" + strings.Repeat("!", 100_000),
		"#set($x = " + strings.Repeat("[", 100_000),
		"#set($x = " + strings.Repeat("{1:", 100_000),
		"$a" + strings.Repeat("[$a", 100_000),
		"$a" + strings.Repeat(".b($a", 100_000),
		"#set($x = 1" + strings.Repeat(" + 1", 100_000) + ")",
		"#foo" + strings.Repeat("([", 100_000),
	} {
		var syntax *SyntaxError
		if _, err := Parse(template, Options{}); !errors.As(err, &syntax) {
			t.Errorf("%.20q…: error %v", template, err)
		}
	}
}

// TestLongParse keeps parsing linear: what was quadratic took 20 seconds.
func TestLongParse(t *testing.T) {
	t.Parallel()
	for _, part := range []string{"$", "#", "\\", "$a", "#a", "a ", "#set($x=1)", "\"", "$!", "#*", "#[[", "  ", "$a.", "${", "#set($x=\"\"\"\""} {
		start := time.Now()
		Parse(strings.Repeat(part, 300_000/len(part)), Options{})
		if d := time.Since(start); d > time.Minute {
			t.Errorf("%q took %v", part, d)
		}
	}
}
