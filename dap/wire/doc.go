// Package wire sends and receives the messages of DAP: the framing and the numbering
// of one connection, the order in which messages leave, and the types that go-dap does
// not have. What the messages mean is dap's business.
//
// Used by dap and dap/console. Read and Writer.Run are the two ends of a connection,
// each a goroutine that the caller starts. The invariant: one writer for each
// connection, so that seq grows by one and no two messages mix.
package wire
