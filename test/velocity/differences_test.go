package velocity

import (
	"regexp"
	"strings"
)

var incomplete = regexp.MustCompile(`too few arguments to #foreach|#define needs|#literal needs|is not a number|malformed .u escape`)

// vtlDiffers returns why vtl is meant to answer otherwise than Velocity 1.7;
// nothing if it is not.
func vtlDiffers(template string, want, got answer) string {
	switch {
	case strings.Contains(template, "#evaluate"), strings.Contains(template, "#parse"), strings.Contains(template, "#include"):
		return "#evaluate, #parse and #include are refused"
	case want.Kind == "o" && strings.Contains(want.Output, "?") && strings.Contains(got.Output, "😀"):
		return "a pattern that matches nothing does not cut a character beyond U+FFFF in two"
	case strings.Contains(template, ".hashCode(") && want.Kind == "o":
		return "the identities of arrays and of values() are not numbers that anyone can use"
	case want.Kind != "p" && got.Kind == "p" && incomplete.MatchString(got.Output):
		return "directives without the arguments that they need, $a[#1], and malformed \\u escapes fail when they are parsed, not when they are first used"
	}
	return ""
}
