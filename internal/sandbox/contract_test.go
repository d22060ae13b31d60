package sandbox

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

// nodeLines are the runtimes of Node.js, each with its own binary.
var nodeLines = []string{"nodejs4.3", "nodejs6.10", "nodejs8.10", "nodejs10.x", "nodejs12.x", "nodejs14.x",
	"nodejs16.x", "nodejs18.x", "nodejs20.x", "nodejs22.x", "nodejs24.x", "nodejs26.x"}

// column says which answers of a case a runtime must give.
func column(major int) int {
	switch {
	case major < 8:
		return 0
	case major < 10:
		return 1
	case major < 24:
		return 2
	}
	return 3
}

const (
	id      = "8f5e1d2c-0000-4000-8000-000000000001"
	handled = Handled + " "
	fault   = Unhandled + " "
	// skipped cases need callbacks.
	skipped = "skip"
	// same is what the column before has.
	same = ""
)

// contract is what each case answers in 4.3 and 6.10, in 8.10, in 10 to 22, and
// in 24: Handled or Unhandled, if it is an error, then the payload. Frames of
// stacks are left out.
var contract = []struct {
	name    string
	answers [4]string
}{
	{"callback", [4]string{`{"ok":true}`, same, same, skipped}},
	{"callbackUndefined", [4]string{`null`, same, same, skipped}},
	{"callbackNaN", [4]string{`null`, same, same, skipped}},
	{"callbackFunction", [4]string{`null`, same, same, skipped}},
	{"nothing", [4]string{`null`, same, same, same}},
	{"returnsValue", [4]string{`null`, same, same, `"value"`}},
	{"succeed", [4]string{`"s"`, same, same, skipped}},
	{"doneTwice", [4]string{handled + `{"errorMessage":"400 first"}`, same,
		fault + `{"errorType":"string","errorMessage":"400 first","trace":[]}`, skipped}},
	{"errorThenResult", [4]string{handled + `{"errorMessage":"400 Invalid Input"}`, same,
		fault + `{"errorType":"string","errorMessage":"400 Invalid Input","trace":[]}`, skipped}},
	{"resultThenError", [4]string{`"result"`, same, same, skipped}},
	{"error", [4]string{handled + `{"errorMessage":"msg","errorType":"TypeError","stackTrace":[…]}`, same,
		fault + `{"errorType":"TypeError","errorMessage":"msg","trace":["TypeError: msg",…]}`, skipped}},
	{"errorNamed", [4]string{handled + `{"errorMessage":"msg","errorType":"Mine","stackTrace":[…]}`, same,
		fault + `{"errorType":"Mine","errorMessage":"msg","trace":["Mine: msg",…]}`, skipped}},
	{"errorObject", [4]string{handled + `{"errorMessage":"[object Object]"}`, same,
		fault + `{"errorType":"object","errorMessage":"[object Object]","trace":[]}`, skipped}},
	{"errorNumber", [4]string{handled + `{"errorMessage":"7"}`, same,
		fault + `{"errorType":"number","errorMessage":"7","trace":[]}`, skipped}},
	{"errorJSON", [4]string{handled + `{"errorMessage":"{\"code\":400}"}`, same,
		fault + `{"errorType":"string","errorMessage":"{\"code\":400}","trace":[]}`, skipped}},
	{"errorGetter", [4]string{
		handled + `{"errorMessage":"callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack"}`, same,
		fault + `{"errorType":"handled","errorMessage":"callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack"}`, skipped}},
	{"fail", [4]string{handled + `{"errorMessage":null}`, same,
		fault + `{"errorType":"string","errorMessage":"handled","trace":[]}`, skipped}},
	{"failText", [4]string{handled + `{"errorMessage":"text"}`, same,
		fault + `{"errorType":"string","errorMessage":"text","trace":[]}`, skipped}},
	{"throws", [4]string{fault + `{"errorMessage":"RequestId: ` + id + ` Process exited before completing request"}`, same,
		fault + `{"errorType":"Error","errorMessage":"thrown","trace":["Error: thrown",…]}`, same}},
	{"throwsLater", [4]string{fault + `{"errorMessage":"RequestId: ` + id + ` Process exited before completing request"}`, same,
		fault + `{"errorType":"Error","errorMessage":"later","trace":["Error: later",…]}`, `null`}},
	{"exit0", [4]string{fault + `{"errorMessage":"RequestId: ` + id + ` Process exited before completing request"}`, same,
		fault + `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ` + id + ` Error: Runtime exited without providing a reason"}`, same}},
	{"exit3", [4]string{fault + `{"errorMessage":"RequestId: ` + id + ` Process exited before completing request"}`, same,
		fault + `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ` + id + ` Error: Runtime exited with error: exit status 3"}`, same}},
	{"abort", [4]string{fault + `{"errorMessage":"RequestId: ` + id + ` Process exited before completing request"}`, same,
		fault + `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ` + id + ` Error: Runtime exited with error: signal: aborted"}`, same}},
	{"killed", [4]string{fault + `{"errorMessage":"RequestId: ` + id + ` Process exited before completing request"}`, same,
		fault + `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ` + id + ` Error: Runtime exited with error: signal: killed"}`, same}},
	{"circular", [4]string{handled + `{"errorMessage":"Unable to stringify response body as json: Converting circular structure to JSON"}`, same,
		fault + `{"errorType":"Error","errorMessage":"Unable to stringify response body","trace":["Error: Unable to stringify response body",…]}`, skipped}},
	{"waits", [4]string{`{"waited":false}`, same, same, skipped}},
	{"waited", [4]string{`"timer ran"`, same, same, skipped}},
	{"waitsNot", [4]string{`"at once"`, same, same, skipped}},
	{"waited", [4]string{`"undefined"`, same, same, skipped}}, // frozen: the timer did not run
	{"promise", [4]string{`null`, `{"p":1}`, same, same}},
	{"promiseUndefined", [4]string{`null`, same, same, same}},
	{"promiseRejects", [4]string{`null`, handled + `{"errorMessage":"r","errorType":"RangeError","stackTrace":[…]}`,
		fault + `{"errorType":"RangeError","errorMessage":"r","trace":["RangeError: r",…]}`, same}},
	{"promiseNever", [4]string{`null`, same, same, skipped}}, // from 20 on see TestPromiseNever
	{"rejectionUnhandled", [4]string{`"went on"`, same,
		fault + `{"errorType":"Runtime.UnhandledPromiseRejection","errorMessage":"Error: nobody","trace":["Runtime.UnhandledPromiseRejection: Error: nobody",…]}`, skipped}},
	{"tooLarge", [4]string{
		fault + `{"errorType":"Function.ResponseSizeTooLarge","errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes)."}`, same, same, skipped}},
	{"context", [4]string{
		`["fn","$LATEST","arn:aws:lambda:us-east-1:123456789012:function:fn","128","` + id + `","/aws/lambda/fn","string","` + id + `",true,true,null,null]`, same,
		`["fn","$LATEST","arn:aws:lambda:us-east-1:123456789012:function:fn","128","` + id + `","/aws/lambda/fn","string",null,true,true,null,null]`, skipped}},
}

// stackFrames are the lines of a stack trace, as JSON strings, in the form of
// 10 and later and in the older one.
var stackFrames = regexp.MustCompile(`("trace":\[".*?"),"    at .*"\]|("stackTrace":\[).*\]`)

func TestContract(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("testdata/contract/cases.js")
	if err != nil {
		t.Fatal(err)
	}
	m, _ := newManager(t, nil)
	for _, runtime := range nodeLines {
		t.Run(runtime, func(t *testing.T) {
			t.Parallel()
			major := parseRuntime(runtime).major
			f := newFunction(t, runtime, map[string]string{"index.js": string(source)})
			if major >= 24 {
				f.Handler = "index.modern"
			}
			for _, c := range contract {
				want := c.answers[0]
				for i := 1; i <= column(major); i++ {
					if c.answers[i] != same {
						want = c.answers[i]
					}
				}
				if want == skipped || c.name == "promiseNever" && major >= 20 {
					continue
				}
				o := invoke(t, m, f, fmt.Sprintf(`{"case":%q}`, c.name))
				got := strings.TrimSpace(o.FunctionError + " " + shorten(string(o.Payload)))
				if len(got) > 1000 {
					got = got[:1000]
				}
				if c.name == "circular" && major < 10 {
					got, _, _ = strings.Cut(got, `\n`) // newer engines go on
				}
				if got != want {
					t.Errorf("%s:\n got %s\nwant %s", c.name, got, want)
				}
			}
		})
	}
}

// shorten leaves the frames out of a payload's stack trace.
func shorten(payload string) string {
	return strings.Replace(stackFrames.ReplaceAllString(payload, "$1$2…]"), `"…]`, `",…]`, 1)
}
