package check

import (
	"go/scanner"
	"go/token"

	"mortise/runtime/fault"
)

// What a source tree may be at most. The limits are far beyond what people
// write; they keep source that was made to hurt from using up the host.
const (
	maxFile   = 2 << 20  // bytes of one file
	maxTotal  = 64 << 20 // bytes of all Go files together, vendored ones included
	maxFiles  = 20_000   // Go files
	maxDepth  = 32       // folders in folders
	maxNest   = 1_000    // brackets in brackets
	maxChain  = 20_000   // tokens that may nest in each other: an upper bound of the depth of the syntax tree
	maxConst  = 16 << 20 // bytes of one constant text
	maxFaults = 1_000    // faults of one package; the rest is counted
	maxNames  = 2_000    // names among which a hint looks for the one that was meant
)

// tooDeep scans a file and returns where its nesting passes what the parser and
// the type checker can follow on their stacks; the zero Position where it never
// does. It counts tokens since the beginning of every construct that is still
// open, which no syntax tree can exceed in depth.
func tooDeep(name string, src []byte) fault.Position {
	fset := token.NewFileSet()
	file := fset.AddFile(name, -1, len(src))
	var s scanner.Scanner
	s.Init(file, src, func(token.Position, string) {}, 0)
	path := 0
	open := []int{0}
	for {
		pos, tok, _ := s.Scan()
		path++
		switch tok {
		case token.EOF:
			return fault.Position{}
		case token.LPAREN, token.LBRACK, token.LBRACE:
			open = append(open, path)
		case token.RPAREN, token.RBRACK, token.RBRACE:
			path = open[len(open)-1] + 1
			if len(open) > 1 {
				open = open[:len(open)-1]
			}
		case token.ILLEGAL:
			path-- // no part of any tree
		case token.COMMA, token.SEMICOLON:
			path = open[len(open)-1]
		}
		if path > maxChain || len(open) > maxNest {
			return position(fset, pos)
		}
	}
}
