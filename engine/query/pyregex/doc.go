// Package pyregex reads regular expressions as Python's re does: it finds the
// mistakes that re.compile would raise, refuses patterns that could hang the
// program they are asked in, and matches as re.match does.
//
// Ground floor: standard library only, no I/O. Used by engine/query alone.
//
// # Where to begin
//
// check.go: Check is what a query's pattern has to pass. syntax.go, atom.go and group.go
// are the parser, in CPython's words (Lib/re/_parser.py); safe.go finds the patterns whose
// time has no bound, and match.go matches where no Python is at hand, for recordings and
// explanations.
package pyregex
