// Package servers holds the tests of the debug adapter and the language server as
// editors start them, beside each other and among strangers.
package servers
