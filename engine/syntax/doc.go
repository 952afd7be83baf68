// Package syntax splits a Python text into its statements, well enough to tell
// whether a statement of one text is that of another: it reads tokens and
// blocks, and no grammar.
//
// It never fails. What no interpreter would read, as somebody is typing it, is
// split at its lines, so that the rest stays what it is.
//
// It is the ground floor, like text and query: standard library only, no I/O.
package syntax
