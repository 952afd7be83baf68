// Package tally holds the tests of what is counted: that it is exact, whatever
// processes, threads and ends a program has.
package tally
