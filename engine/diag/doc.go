// Package diag is the one shape of every mistake a person can make in text:
// a query, a setting, a condition. It sits on the ground floor (standard
// library, no I/O) and everything above may import it.
package diag
