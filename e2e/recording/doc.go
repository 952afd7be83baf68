// Package recording holds the tests of `record` and of what is made of its files:
// replay, diff, invariants, exports.
package recording
