// Package link is the Go end of the wire to the bridge: the socket it dials
// back on, the control messages, and the trace memory it shares. With
// pybridge it is the only place that knows the wire (docs/wire.md).
package link
