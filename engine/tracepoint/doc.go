// Package tracepoint holds what a person asked for (Spec), what became of it
// (Status) and the set of all of them in a Session (Set: owner, revision,
// diff). It knows the query language and nothing of the wire.
package tracepoint
