// Package testkit finds what the tests need from the machine: interpreters,
// tools, the built binary. A tool that is not there skips the test with one
// line that says so; where TALLYHO_REQUIRE names it (a comma-separated list, as
// .ci/run sets it) its absence fails the test instead.
package testkit
