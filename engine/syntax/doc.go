// Package syntax splits a Python text into its statements, well enough to tell
// whether a statement of one text is that of another: it reads tokens and
// blocks, and no grammar.
//
// It never fails. What no interpreter would read, as somebody is typing it, is
// split at its lines, so that the rest stays what it is.
//
// It is the ground floor, like text and query: standard library only, no I/O.
//
// # Where to begin
//
// scan.go: Parse goes through the text once, byte by byte; tokens.go reads words, numbers
// and operators, strings.go strings and what is in the braces of f-strings (PEP 701: there
// may be the same quotes). finish.go sums a Unit up when it is whole, without the
// punctuation that formatters move. text.go has the result.
//
// No text makes it endless: what nothing closes is gone back to at most maxAgain times, and
// how deep f-strings are followed is bounded.
package syntax
