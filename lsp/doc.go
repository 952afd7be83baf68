// Package lsp is the language server: it shows at the source line what a run
// counted and sampled, and helps where a query is written.
//
// It reads Snapshots from engine/hub and never starts a process: it must not
// import engine, engine/launch or engine/link. The types of go.lsp.dev stay in
// this package.
//
// Goroutines of one connection: jsonrpc2's reader, which runs notifications in
// wire order and takes the snapshot each request answers from; one goroutine for
// each running request, at most maxInflight; the hub's watcher (runs); and the
// announcer, the only one that calls the client. What they share is the world, an
// immutable value that is replaced whole.
package lsp
