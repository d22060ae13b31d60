package vtl

// A tokenKind names a terminal of Velocity's grammar.
type tokenKind uint8

const (
	tokenEOF tokenKind = iota
	tokenIndexOpen
	tokenIndexClose
	tokenListOpen
	tokenListClose
	tokenComma
	tokenDotDot
	tokenColon
	tokenMapOpen
	tokenMapClose
	tokenParenOpen
	tokenParenClose // with the line end after it
	tokenCallClose  // the ) of a method call, without what follows
	tokenEscapedDirective
	tokenSet // with the blanks before #set and its (
	tokenLineComment
	tokenLineCommentEnd
	tokenBlockComment
	tokenTextblock
	tokenDoubleEscape
	tokenEscape
	tokenText
	tokenSpace
	tokenString
	tokenTrue
	tokenFalse
	tokenMinus
	tokenPlus
	tokenTimes
	tokenDivide
	tokenModulo
	tokenAnd
	tokenOr
	tokenLess
	tokenLessEqual
	tokenGreater
	tokenGreaterEqual
	tokenEqual
	tokenNotEqual
	tokenNot
	tokenAssign
	tokenEnd // with the line end after it
	tokenIf
	tokenElseIf
	tokenElse // with the line end after it
	tokenInteger
	tokenFloat
	tokenWord
	tokenBracedWord
	tokenIdentifier
	tokenDot
	tokenCurlyOpen
	tokenCurlyClose
	tokenEmptyIndex
	tokenNone // nothing matches here

	// What follows never reaches the parser: matches that the lexer joins to
	// the next token (dollar to hash), drops (skip), or keeps aside as the
	// next token's lead (terminator).
	tokenDollar
	tokenTextblockOpen
	tokenFormalCommentOpen
	tokenBlockCommentOpen
	tokenHash
	tokenMore
	tokenSkip
	tokenTerminator
)

var tokenNames = [...]string{
	tokenEOF: "end of template", tokenIndexOpen: "[", tokenIndexClose: "]", tokenListOpen: "[",
	tokenListClose: "]", tokenComma: ",", tokenDotDot: "..", tokenColon: ":", tokenMapOpen: "{",
	tokenMapClose: "}", tokenParenOpen: "(", tokenParenClose: ")", tokenCallClose: ")",
	tokenEscapedDirective: "an escaped directive", tokenSet: "#set", tokenLineComment: "a comment",
	tokenLineCommentEnd: "the end of a comment", tokenBlockComment: "a comment", tokenTextblock: "a text block",
	tokenDoubleEscape: `\\`, tokenEscape: `\`, tokenText: "text", tokenSpace: "white space",
	tokenString: "a string", tokenTrue: "true", tokenFalse: "false", tokenMinus: "-", tokenPlus: "+",
	tokenTimes: "*", tokenDivide: "/", tokenModulo: "%", tokenAnd: "&&", tokenOr: "||", tokenLess: "<",
	tokenLessEqual: "<=", tokenGreater: ">", tokenGreaterEqual: ">=", tokenEqual: "==", tokenNotEqual: "!=",
	tokenNot: "!", tokenAssign: "=", tokenEnd: "#end", tokenIf: "#if", tokenElseIf: "#elseif", tokenElse: "#else",
	tokenInteger: "an integer", tokenFloat: "a number", tokenWord: "a word", tokenBracedWord: "a word",
	tokenIdentifier: "a name", tokenDot: ".", tokenCurlyOpen: "{", tokenCurlyClose: "}", tokenEmptyIndex: "$[",
}

func (k tokenKind) String() string { return tokenNames[k] }

// A token is a stretch of the source.
type token struct {
	kind tokenKind
	from int    // where the token before it ended: comments and lone $ and # lie between
	at   int    // where the token begins
	end  int    // where it ends
	lead string // what is printed of the lone $ and # before it, when anything is
}
