// Package program holds the tests of what a program and its person notice of a run:
// the same events on every Python, signals, output, mistakes, and nothing else.
package program
