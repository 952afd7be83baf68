// Package hub is where Sessions are advertised and found: a 0700 directory per
// user with, for each live Session, a 0600 JSON file and a Unix socket (a
// loopback port and a token where there is none); and a bounded store of the
// last Snapshots of each workspace.
//
// The process that owns a Session serves it; the language server and the
// command line are clients. No daemon.
//
// # Where to begin
//
// server.go: Serve advertises a Session, and a client's two goroutines read what it asks
// and write what changed. message.go has what is spoken, one JSON object a line: changes
// makes updates of two Snapshots, and copyOf puts a Snapshot together of them again.
// watch.go follows all Sessions of some folders, for the language server; ask.go asks one
// Session and takes its records, for a fleet's agent; list.go only reads the directory.
// attachable.go reads what the bridge has written: programs that listen without a Session.
// dir.go says where all that lies.
//
// store.go keeps runs, prune.go decides what of them goes, storewatch.go tells of new ones;
// recordings.go names the files of recordings.
//
// # What it keeps to
//
// Nothing waits for a client: a Session publishes its newest Snapshot, and a client that is
// slow misses those between. What comes from another process is bounded in bytes and
// number, and checked (Validate) before it is used. Only processes of the same user are
// spoken with: the directory's mode and the socket's peer see to it, and a token where
// there are no such peers.
package hub
