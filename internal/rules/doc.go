// Package rules holds the tests that keep the house in order: who may import
// whom, and that every system we promise compiles.
package rules
