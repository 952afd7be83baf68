package wire

import (
	"encoding/json"

	"github.com/google/go-dap"
)

// What an editor's list of tracepoints needs has no words in DAP. A client that
// asks for it by FollowRequest is told of every tracepoint, whoever set it, and is
// sent events when something about them has changed; others are sent nothing of it.
const (
	FollowRequest = "tallyho/follow"            // answers the tracepoints, and begins the events
	SetRequest    = "tallyho/setTracepoints"    // replaces the list "trace" of the launch
	RemoveRequest = "tallyho/removeTracepoints" // takes some away, by id

	TracepointsEvent = "tallyho/tracepoints"
	RecordsEvent     = "tallyho/records"
)

// OwnRequest is one of those requests; each handler reads its arguments.
type OwnRequest struct {
	dap.Request
	Arguments json.RawMessage `json:"arguments"`
}

// GetRequest makes it a dap.RequestMessage.
func (r *OwnRequest) GetRequest() *dap.Request { return &r.Request }

// ownResponse answers one of them.
type ownResponse struct {
	dap.Response
	Body json.RawMessage `json:"body"`
}

// OwnEvent is one of those events.
type OwnEvent struct {
	dap.Event
	Body any `json:"body"`
}
