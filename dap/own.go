package dap

import (
	"encoding/json"

	"github.com/google/go-dap"
)

// What an editor's list of tracepoints needs has no words in DAP. A client that
// asks for it by followRequest is told of every tracepoint, whoever set it, and is
// sent events when something about them has changed; others are sent nothing of it.
const (
	followRequest = "tallyho/follow"            // answers the tracepoints, and begins the events
	setRequest    = "tallyho/setTracepoints"    // replaces the list "trace" of the launch
	removeRequest = "tallyho/removeTracepoints" // takes some away, by id

	tracepointsEvent = "tallyho/tracepoints"
	recordsEvent     = "tallyho/records"
)

// ownRequest is one of ours; each handler reads its arguments.
type ownRequest struct {
	dap.Request
	Arguments json.RawMessage `json:"arguments"`
}

// GetRequest makes it a dap.RequestMessage.
func (r *ownRequest) GetRequest() *dap.Request { return &r.Request }

// ownResponse answers one of ours.
type ownResponse struct {
	dap.Response
	Body json.RawMessage `json:"body"`
}

// ownEvent is one of ours.
type ownEvent struct {
	dap.Event
	Body any `json:"body"`
}
