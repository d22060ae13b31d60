package javaregex

import (
	"strings"
	"unicode"
)

// Sets behind Java's predefined classes.
var (
	asciiDigit = of('0', '9')
	asciiSpace = single(' ', '\t', '\n', '\v', '\f', '\r')
	asciiWord  = of('0', '9', 'A', 'Z', '_', '_', 'a', 'z')
	horizontal = single(' ', '\t', 0xA0, 0x1680, 0x180E, 0x202F, 0x205F, 0x3000).union(of(0x2000, 0x200A))
	vertical   = of('\n', '\r').union(single(0x85, 0x2028, 0x2029))

	// lineEnds is what "." leaves out and "$" stops before.
	lineEnds = single('\n', '\r', 0x85, 0x2028, 0x2029)

	ecmaLineEnds = single('\n', '\r', 0x2028, 0x2029)
	ecmaSpace    = asciiSpace.union(single(0xA0, 0xFEFF, 0x2028, 0x2029), tables(unicode.Zs))
)

func unicodeWord() set {
	return alphabetic().union(tables(unicode.M, unicode.Nd, unicode.Pc), of(0x200C, 0x200D))
}

func alphabetic() set {
	return tables(unicode.L, unicode.Nl, unicode.Other_Alphabetic)
}

func lowercase() set { return tables(unicode.Ll, unicode.Other_Lowercase) }
func uppercase() set { return tables(unicode.Lu, unicode.Other_Uppercase) }

func assigned() set {
	return tables(unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Z, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs)
}

// posix are the names of \p{…} for ASCII, and what they are with
// UNICODE_CHARACTER_CLASS.
var posix = map[string]struct {
	ascii   set
	unicode func() set
}{
	"ASCII":  {of(0, 0x7F), func() set { return of(0, 0x7F) }},
	"Lower":  {of('a', 'z'), lowercase},
	"Upper":  {of('A', 'Z'), uppercase},
	"Alpha":  {letters, alphabetic},
	"Digit":  {asciiDigit, func() set { return tables(unicode.Nd) }},
	"Alnum":  {letters.union(asciiDigit), func() set { return alphabetic().union(tables(unicode.Nd)) }},
	"Punct":  {of('!', '/', ':', '@', '[', '`', '{', '~'), func() set { return tables(unicode.P) }},
	"Graph":  {of('!', '~'), unicodeGraph},
	"Print":  {of(' ', '~'), func() set { return unicodeGraph().union(unicodeBlank()).minus(tables(unicode.Cc)) }},
	"Blank":  {single(' ', '\t'), unicodeBlank},
	"Cntrl":  {of(0, 0x1F, 0x7F, 0x7F), func() set { return tables(unicode.Cc) }},
	"XDigit": {of('0', '9', 'A', 'F', 'a', 'f'), func() set { return tables(unicode.Nd, unicode.Hex_Digit) }},
	"Space":  {asciiSpace, func() set { return tables(unicode.White_Space) }},
}

func unicodeGraph() set { return assigned().minus(tables(unicode.Z, unicode.Cc, unicode.Cs)) }
func unicodeBlank() set { return tables(unicode.Zs).union(single('\t')) }

// javaMethods are the \p{java…} names: Character.isXxx(int).
var javaMethods = map[string]func() set{
	"LowerCase":     lowercase,
	"UpperCase":     uppercase,
	"Alphabetic":    alphabetic,
	"Ideographic":   func() set { return tables(unicode.Ideographic) },
	"TitleCase":     func() set { return tables(unicode.Lt) },
	"Digit":         func() set { return tables(unicode.Nd) },
	"Defined":       assigned,
	"Letter":        func() set { return tables(unicode.L) },
	"LetterOrDigit": letterOrDigit,
	"SpaceChar":     func() set { return tables(unicode.Z) },
	"Whitespace":    javaWhitespace,
	"ISOControl":    func() set { return tables(unicode.Cc) },
	"JavaIdentifierStart": func() set {
		return tables(unicode.L, unicode.Nl, unicode.Sc, unicode.Pc)
	},
	"JavaIdentifierPart": func() set {
		return tables(unicode.L, unicode.Nl, unicode.Sc, unicode.Pc, unicode.Nd, unicode.Mc, unicode.Mn).union(identifierIgnorable())
	},
	"IdentifierIgnorable": identifierIgnorable,
}

func letterOrDigit() set { return tables(unicode.L, unicode.Nd) }

func javaWhitespace() set {
	return tables(unicode.Z).minus(single(0xA0, 0x2007, 0x202F)).union(of('\t', '\r', 0x1C, 0x1F))
}

func identifierIgnorable() set {
	return of(0, 8, 0x0E, 0x1B, 0x7F, 0x9F).union(tables(unicode.Cf))
}

// binary are the \p{Is…} properties that are neither scripts nor categories.
var binary = map[string]func() set{
	"ALPHABETIC":              alphabetic,
	"IDEOGRAPHIC":             func() set { return tables(unicode.Ideographic) },
	"LETTER":                  func() set { return tables(unicode.L) },
	"LOWERCASE":               lowercase,
	"UPPERCASE":               uppercase,
	"TITLECASE":               func() set { return tables(unicode.Lt) },
	"WHITE_SPACE":             func() set { return tables(unicode.White_Space) },
	"CONTROL":                 func() set { return tables(unicode.Cc) },
	"PUNCTUATION":             func() set { return tables(unicode.P) },
	"HEX_DIGIT":               func() set { return tables(unicode.Nd, unicode.Hex_Digit) },
	"ASSIGNED":                assigned,
	"NONCHARACTER_CODE_POINT": func() set { return tables(unicode.Noncharacter_Code_Point) },
	"DIGIT":                   func() set { return tables(unicode.Nd) },
	"ALNUM":                   func() set { return alphabetic().union(tables(unicode.Nd)) },
	"BLANK":                   unicodeBlank,
	"GRAPH":                   unicodeGraph,
	"PRINT":                   func() set { return unicodeGraph().union(unicodeBlank()).minus(tables(unicode.Cc)) },
	"WORD":                    unicodeWord,
	"JOIN_CONTROL":            func() set { return tables(unicode.Join_Control) },
}

// blocks are the Unicode blocks of \p{In…} that are known, by their names in
// upper case without blanks, hyphens and underscores.
var blocks = map[string]set{
	"BASICLATIN":            of(0, 0x7F),
	"LATIN1SUPPLEMENT":      of(0x80, 0xFF),
	"LATINEXTENDEDA":        of(0x100, 0x17F),
	"LATINEXTENDEDB":        of(0x180, 0x24F),
	"GREEK":                 of(0x370, 0x3FF),
	"GREEKANDCOPTIC":        of(0x370, 0x3FF),
	"CYRILLIC":              of(0x400, 0x4FF),
	"HEBREW":                of(0x590, 0x5FF),
	"ARABIC":                of(0x600, 0x6FF),
	"DEVANAGARI":            of(0x900, 0x97F),
	"THAI":                  of(0xE00, 0xE7F),
	"GENERALPUNCTUATION":    of(0x2000, 0x206F),
	"CURRENCYSYMBOLS":       of(0x20A0, 0x20CF),
	"HIRAGANA":              of(0x3040, 0x309F),
	"KATAKANA":              of(0x30A0, 0x30FF),
	"CJKUNIFIEDIDEOGRAPHS":  of(0x4E00, 0x9FFF),
	"HANGULSYLLABLES":       of(0xAC00, 0xD7AF),
	"EMOTICONS":             of(0x1F600, 0x1F64F),
	"MATHEMATICALOPERATORS": of(0x2200, 0x22FF),
}

// property resolves the name in \p{name}. unicodeClasses is
// UNICODE_CHARACTER_CLASS, fold CASE_INSENSITIVE, under which Lower, Upper and
// their like include one another.
func property(name string, unicodeClasses, fold bool) (set, bool) {
	if key, value, ok := strings.Cut(name, "="); ok {
		return keyedProperty(strings.ToLower(key), value)
	}
	if fold {
		switch strings.TrimPrefix(strings.TrimPrefix(name, "Is"), "java") {
		case "Lower", "Upper":
			if !unicodeClasses && !strings.HasPrefix(name, "Is") && !strings.HasPrefix(name, "java") {
				return letters, true
			}
			fallthrough
		case "Lu", "Ll", "Lt", "LowerCase", "UpperCase", "TitleCase", "Lowercase", "Uppercase", "Titlecase":
			return lowercase().union(uppercase(), tables(unicode.Lt)), true
		}
	}
	if p, ok := posix[name]; ok {
		if unicodeClasses {
			return p.unicode(), true
		}
		return p.ascii, true
	}
	if method, ok := strings.CutPrefix(name, "java"); ok {
		if f, ok := javaMethods[method]; ok {
			return f(), true
		}
		return nil, false
	}
	if block, ok := strings.CutPrefix(name, "In"); ok {
		return blockSet(block)
	}
	if is, ok := strings.CutPrefix(name, "Is"); ok {
		if f, ok := binary[strings.ToUpper(is)]; ok {
			return f(), true
		}
		if s, ok := category(is); ok {
			return s, true
		}
		return script(is)
	}
	return category(name)
}

func keyedProperty(key, value string) (set, bool) {
	switch key {
	case "sc", "script":
		return script(value)
	case "blk", "block":
		return blockSet(value)
	case "gc", "general_category":
		return category(value)
	}
	return nil, false
}

func blockSet(name string) (set, bool) {
	s, ok := blocks[strings.ToUpper(strings.NewReplacer(" ", "", "-", "", "_", "").Replace(name))]
	return s, ok
}

func script(name string) (set, bool) {
	for known, table := range unicode.Scripts {
		if strings.EqualFold(known, name) {
			return tables(table), true
		}
	}
	return nil, false
}

func category(name string) (set, bool) {
	switch name {
	case "LC":
		return tables(unicode.Lu, unicode.Ll, unicode.Lt), true
	case "LD":
		return letterOrDigit(), true
	case "L1":
		return of(0, 0xFF), true
	case "all":
		return everything, true
	case "Cn":
		return assigned().negate(), true
	case "C":
		return tables(unicode.C).union(assigned().negate()), true
	}
	if table, ok := unicode.Categories[name]; ok {
		return tables(table), true
	}
	return nil, false
}
