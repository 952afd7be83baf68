// Package link is the Go end of the wire to the bridge: the socket it dials
// back on, the control messages, and the trace memory it shares. With
// pybridge it is the only place that knows the wire (docs/wire.md).
//
// A Listener accepts one Conn for each process of a Session. A Conn delivers
// Batches of decoded records and control messages in one order. Nothing that
// comes from the program is trusted: every bound is checked, every record is
// copied before it is read, and what cannot be right is counted as lost.
package link
