// Package hunter holds what `run`, `record` and `replay` print and tell of a query
// against what hunter itself did (testdata/conformance/hunter).
package hunter
