// Package e2e holds the tests that run the built binary over real interpreters.
package e2e
