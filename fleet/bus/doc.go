// Package bus carries a fleet's messages over NATS: a server that is part of this
// binary (Hub), or one that is there, and connections to either (Conn).
//
// Its place: cmd and dap make Hubs and Conns and give them to package fleet. NATS's
// types stop here.
package bus
