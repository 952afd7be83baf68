// Package tally turns the counters and samples that the bridge leaves in trace
// memory into immutable Snapshots of a Session's Tallies, and carries a
// Snapshot's statements over to a text that has been edited since.
//
// It does no I/O. The engine feeds it; dap, lsp, hub and cmd read Snapshots.
package tally
