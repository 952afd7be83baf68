// Package bus carries a fleet's messages over NATS: a server that is part of this
// binary (Hub), or one that is there, and connections to either (Conn).
//
// Its place: cmd and dap make Hubs and Conns and give them to package fleet. NATS's
// types stop here.
//
// # Where to begin
//
// conn.go: Dial makes a Conn, which finds a lost server again by itself and keeps nothing
// of what was published meanwhile. hub.go: Serve makes a Hub, whose gate says who comes in
// (token, nkey, or a pipe of this process) and what subjects each may use. key.go reads and
// writes token files, certificate.go makes the certificate that a token file pins;
// complaints.go is the server's log.
//
// # What it keeps to
//
// A token never goes unencrypted to another machine (checkURL, HubOptions.Cert). Who may
// only serve has a token of its own, and cannot ask with it: rights is the one list of
// that. Subjects and what they carry are package fleet's.
package bus
