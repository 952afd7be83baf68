// Package e2e runs the built binary over real interpreters, for the tests in the
// packages below, one for each thing that people use Tallyho for. They are several
// packages because of Go's limit: ten minutes for each, on a machine with two cores.
package e2e
