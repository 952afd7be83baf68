// Package lsp is the language server: it shows at the source line what a run
// counted and sampled, and helps where a query is written.
//
// It reads Snapshots from engine/hub and never starts a process: it must not
// import engine, engine/launch or engine/link. The types of go.lsp.dev stay in
// this package.
//
// # Where to begin
//
// serve.go puts a connection together; server.go holds what it knows; router.go
// stands between the two. Each request of the protocol is a method of server of the
// protocol's name (InlayHint, Hover, CodeLens …), which answers from the world
// that it found:
//
//   - world.go: the documents, the runs and the settings at one moment. document.go,
//     sync.go and notebook.go take in edits; sessions.go runs and what is kept of them;
//     configuration.go and settings.go what a person chose;
//   - view.go: one document with the Tally of one run, followed through its edits
//     (engine/tally.Follow). runs.go says which run that is; cells.go and compose.go do so
//     for notebooks, whose cells ran one by one;
//   - hints.go, lens.go, hover.go, problems.go, closed.go: what is shown of a view.
//     hintjson.go writes hints without structures, frame.go and content.go keep them cheap;
//   - commands.go, actions.go, tracer.go: what a person can ask of a program that runs;
//   - follow.go, picker.go, whynot.go, compare.go, recordings.go: what recordings can tell;
//   - querydoc.go finds queries in *.tally files and launch.json (jsonc.go), and the files
//     that begin with query complete, check, colour and format them; preview.go shows in the
//     source what one would match;
//   - extension.go: requests of our own, for an editor that has an extension of ours
//     (docs/language-server.md has their form). Without one the same is had by hints,
//     code actions and progress.
//
// # Who runs what
//
// Goroutines of one connection: jsonrpc2's reader, which runs notifications in
// wire order and takes the snapshot each request answers from; one goroutine for
// each running request, at most maxInflight; the hub's watcher (runs); the reviewer,
// which publishes diagnostics and the state of runs; the picker, which reads
// recordings for a person; and the announcer, the only one that calls the client.
// What they share is the world, an immutable value that is replaced whole.
//
// # Positions and texts
//
// Inside, lines count from 1 and columns from 0 in code points, as Python's do; inner
// and outer convert at the edge, by the encoding that the client has agreed to. Whatever
// comes from a program goes through plain or code before it is shown: it can bring
// neither control characters nor links.
//
// A server that has nothing to say answers null and leaves the place to the others that
// an editor runs beside it.
package lsp
