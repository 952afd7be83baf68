// Package query is hunter's query language: lex, parse, check, plan. Each phase
// collects Diagnostics and none panics or returns early. It also holds the
// field and operator tables, the formatter and the completion. What a Program
// means event by event is in package reference.
//
// # From a text to a Program
//
// A text goes one way, and each phase is one group of files:
//
//   - lex.go, literal.go, escape.go: tokens of Python, with the mistakes that
//     CPython's own tokenizer would find;
//   - parse.go, expression.go, atom.go, lambda.go: a tree of Python expressions
//     (syntax.go). The grammar is all of Python's, though a query needs little of
//     it, for a lambda may hold anything;
//   - build.go evaluates that tree as Python would with hunter's names
//     (object.go): call.go finds what is called; functions.go, stateful.go and
//     criteria.go make predicates (predicate.go), actions.go actions (action.go),
//     algebra.go what &, | and ~ join;
//   - typecheck.go finds tests that must fail at an event; program.go numbers
//     what keeps state.
//
// Begin at ParseTrace (trace.go) for a whole query, at ParseCondition
// (condition.go) for a breakpoint's, at ParseLog (log.go) for a log message. A
// Program is immutable, and so is what hangs on it: With and Residual make new ones.
//
// # What is decided when
//
// stage.go evaluates a Program with three values on what is known of a code object
// (Facts) and leaves a Residual, which is what an event is asked. explain.go and
// cost.go tell a person what that comes to, scan.go finds the functions of a file
// that has not run. pairs.go says when calls and returns belong together.
//
// # Values
//
// A Value is a Python value as far as a query can write it down. What Python does
// with one is repr.go, compare.go, algebra.go and builtincall.go: the texts of
// errors are CPython's. The files that begin with "recorded" ask an expression of
// values that a recording has, where some are known in part; what that cannot
// decide is an Undecided, never a guess.
//
// # For editors
//
// complete.go, hover.go, signature.go and highlight.go work on tokens alone
// (cursor.go): a query that is being typed can seldom be parsed. tidy.go formats.
//
// hunter is the model, down to the order in which it evaluates and the names of
// its exceptions (problems.go); where its Cython build differs from the one in
// Python, the latter is followed. docs/hunter-differences.md lists what differs
// on purpose.
//
// Ground floor: standard library only, no I/O, no goroutines, no clock.
package query
