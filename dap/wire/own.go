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

	HistoryRequest = "tallyho/history" // when a name of a recorded run got its values
	GoRequest      = "tallyho/go"      // to a step of it
	DumpRequest    = "tallyho/dump"    // writes what a recording keeps in memory

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

// HistoryArguments name what is asked about: a name or an attribute of one, in a frame.
type HistoryArguments struct {
	Expression string `json:"expression"`
	FrameID    int    `json:"frameId"`
}

// HistoryResponse lists changes, the newest first. Whole says that there are no others.
type HistoryResponse struct {
	dap.Response
	Body HistoryBody `json:"body"`
}

// HistoryBody is what it holds.
type HistoryBody struct {
	Changes []HistoryChange `json:"changes"`
	Whole   bool            `json:"whole"`
}

// HistoryChange is one time that it got another value. At is what GoRequest takes.
type HistoryChange struct {
	At       uint64      `json:"at"`
	Text     string      `json:"text"` // "total = 6 (was 5)"
	Function string      `json:"function"`
	Source   *dap.Source `json:"source,omitempty"`
	Line     int         `json:"line"`
}

// GoArguments name a step.
type GoArguments struct {
	At uint64 `json:"at"`
}

// GoResponse says that the walk has begun; the stop follows.
type GoResponse struct{ dap.Response }

// DumpResponse says where the recording is.
type DumpResponse struct {
	dap.Response
	Body DumpBody `json:"body"`
}

// DumpBody is what it holds: the path of the file that was written.
type DumpBody struct {
	Path string `json:"path"`
}

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
