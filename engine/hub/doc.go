// Package hub is where Sessions are advertised and found: a 0700 directory per
// user with, for each live Session, a 0600 JSON file and a Unix socket (a
// loopback port and a token where there is none); and a bounded store of the
// last Snapshots of each workspace.
//
// The process that owns a Session serves it; the language server and the
// command line are clients. No daemon.
package hub
