// Package page writes a run as one HTML page that can be sent to somebody: the
// sources that ran with their counts and values, the records of tracepoints, and
// how much of each file ran. It is opened from disk and loads nothing; what is said
// of files stands in its HTML, the rest comes to life by the script in it.
//
// A page of two runs (WriteDiff) has no script at all.
//
// Secrets are left out (package redact), whatever a run was told to keep. It does no
// I/O but to write; cmd and lsp use it, and internal/results knows its marks.
package page
