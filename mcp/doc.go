// Package mcp answers programs that ask, by the Model Context Protocol: an
// agent runs a program once and reads what it did, instead of adding prints
// and running it again. Each tool is a question that a person could ask in an
// editor; each answer is text that a person can read, with a stated limit, and
// the same facts as structured content.
//
// Only this package knows the protocol's types. It drives engine as dap and
// cmd do, and is imported by cmd alone. One call of a tool is one goroutine of
// the SDK's; what several share is guarded where it is declared.
package mcp
