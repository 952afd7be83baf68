// Package fleet asks one question of the programs of many hosts.
//
// An Asker publishes what it wants: a set of queries with a revision, a lease and
// a selection of programs. An Agent, one on each host, has the programs there
// converge to all that is wanted, and reports what became of each query and how
// often it was true. Nothing is commanded: who comes late, or was away, is told
// what is wanted now, and what nobody renews is taken away again.
//
// Counts only grow, and are merged by their maximum: messages that are lost,
// come twice or in another order make them late, never wrong. Records are
// numbered, so that missing ones are a number.
//
// Its place: cmd and dap ask and serve; fleet/local has an Agent's programs,
// fleet/bus carries the messages. This package knows neither.
package fleet
