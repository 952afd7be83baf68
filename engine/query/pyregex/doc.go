// Package pyregex reads regular expressions as Python's re does: it finds the
// mistakes that re.compile would raise, refuses patterns that could hang the
// program they are asked in, and matches as re.match does.
//
// Ground floor: standard library only, no I/O. Used by engine/query alone.
package pyregex
