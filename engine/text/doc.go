// Package text is the only converter of positions: byte offsets, lines with
// columns in bytes, in code points and in UTF-16 units.
//
// Ground floor: standard library only, no I/O.
package text
