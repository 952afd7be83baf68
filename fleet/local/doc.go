// Package local has the programs of this host for a fleet's agent: those that listen
// (tallyho.listen()), and those that somebody runs or debugs with Tallyho. A program is
// attached to while somebody asks it something, and left as it was when nobody does any
// more; one that has a Session is asked there.
//
// Its place: cmd gives its Finder to fleet.Agent. It starts no program.
//
// # Where to begin
//
// finder.go: a Finder reads the directory of advertisements (engine/hub) when the agent
// asks for Programs, and keeps one program for each. program.go has a program's worker, the
// only goroutine that attaches, arms and leaves. A stay (stay.go) is the time between
// coming and leaving, an epoch of its counts; place.go says in which Session the
// tracepoints are: one of ours, or somebody else's. visitor.go lets one person look at a
// program, and stop it, while the fleet goes on asking. identity.go and files.go say who a
// program is, and which code it runs.
//
// # What it keeps to
//
// Everything is asked with engine.Config.Careful: no code of the program is run. Nobody
// waits for a program: what became of a question is read from its Standings, and a record
// goes to the Sink as it comes. Counts outlive their stay until the asker has heard the
// last word (Heard), so that a hit is neither lost nor told twice.
package local
