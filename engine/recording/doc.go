// Package recording is a run as a file: the steps that the program took with
// the values of its names, written as they come and read as a stream
// (docs/recording.md).
//
// The engine writes; cmd, dap, lsp and mcp read by way of engine/replay. The
// package knows nothing of the wire, of queries or of how anything is shown.
// What a step is, byte for byte, is known by step.go and value.go alone, and in
// the program by _tallyho/recording/steps.py.
//
// A reader holds what was defined (code, places, texts, sources) and one block:
// its memory does not grow with the file.
package recording
