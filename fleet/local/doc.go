// Package local has the programs of this host for a fleet's agent: those that listen
// (tallyho.listen()), and those that somebody runs or debugs with Tallyho. A program is
// attached to while somebody asks it something, and left as it was when nobody does any
// more; one that has a Session is asked there.
//
// Its place: cmd gives its Finder to fleet.Agent. It starts no program.
package local
