// Package mcp answers programs that ask, by the Model Context Protocol: an
// agent runs a program once and reads what it did, instead of adding prints
// and running it again. Each tool is a question that a person could ask in an
// editor; each answer is text that a person can read, with a stated limit, and
// the same facts as structured content.
//
// Only this package knows the protocol's types. It drives engine as dap and
// cmd do, and is imported by cmd alone. One call of a tool is one goroutine of
// the SDK's; what several share is guarded where it is declared.
//
// # Where to begin
//
// server.go lists the tools and makes each of a function that takes an xIn and answers a
// text and an xOut: the SDK derives both schemas from these types, so that their jsonschema
// tags are what an agent reads. One file has one tool (run.go, annotate.go, values.go, why.go,
// ask.go, recorded.go for what recordings answer, look.go for what there is); resources.go and
// prompts.go are the same facts as things to read and ways to an answer; runs.go keeps the
// last runs, source.go finds a file or function in one; text.go bounds an answer.
//
// # What every tool keeps to
//
// Nothing outside of the roots is run or read (roots.go), and no name of what lies there is
// given away by an error. With Options.Run off nothing is run at all.
//
// An answer has a limit in bytes, and says what was left out and how to ask for it. A text of
// the program's goes through report.Clean, so that it can bring neither control characters
// nor what a terminal would obey; whether an agent obeys it is the agent's to decide.
//
// A mistake of the agent's is an error with what to do instead. What did not happen, or is not
// known, is an answer: counts that are lower bounds and events that could not be decided are
// called so.
package mcp
