// Package query is hunter's query language: lex, parse, check, plan. Each phase
// collects Diagnostics and none panics or returns early. It also holds the
// field and operator tables, the formatter and the completion. What a Program
// means event by event is in package reference.
//
// Ground floor: standard library only, no I/O, no goroutines, no clock.
package query
