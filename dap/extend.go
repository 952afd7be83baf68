package dap

import (
	"encoding/json"

	"github.com/google/go-dap"
)

// go-dap 0.12 describes about DAP 1.65. What newer schemas add and this adapter
// uses is here: for sending, types that embed go-dap's; for reading, a second
// decode of the raw message into types that hold only the additions, or that
// can tell "absent" from "false".

// capabilities adds DAP 1.66's fields.
type capabilities struct {
	dap.Capabilities
	SupportsANSIStyling bool             `json:"supportsANSIStyling,omitempty"`
	BreakpointModes     []breakpointMode `json:"breakpointModes,omitempty"`
}

// breakpointMode is DAP's BreakpointMode.
type breakpointMode struct {
	Mode        string   `json:"mode"`
	Label       string   `json:"label"`
	Description string   `json:"description,omitempty"`
	AppliesTo   []string `json:"appliesTo"`
}

// modesExtra is what the arguments of setBreakpoints and
// setExceptionBreakpoints lack: the mode of each breakpoint.
type modesExtra struct {
	Breakpoints   []modeExtra `json:"breakpoints"`
	FilterOptions []modeExtra `json:"filterOptions"`
}

type modeExtra struct {
	Mode string `json:"mode"`
}

// modeOf is the mode of the i-th, "" where there is none.
func modeOf(modes []modeExtra, i int) string {
	if i < len(modes) {
		return modes[i].Mode
	}
	return ""
}

type initializeResponse struct {
	dap.Response
	Body capabilities `json:"body"`
}

// breakpoint adds Breakpoint.reason: "pending" or "failed". Its Line hides
// go-dap's, which cannot say 0 to a client that counts from there.
type breakpoint struct {
	dap.Breakpoint
	Line   *int   `json:"line,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// outputEvent is dap.OutputEvent with a line that may be 0.
type outputEvent struct {
	dap.Event
	Body outputBody `json:"body"`
}

type outputBody struct {
	dap.OutputEventBody
	Line   *int `json:"line,omitempty"`
	Column *int `json:"column,omitempty"`
}

type breakpointsResponse struct {
	dap.Response
	Body breakpointsBody `json:"body"`
}

type breakpointsBody struct {
	Breakpoints []breakpoint `json:"breakpoints"`
}

type breakpointEvent struct {
	dap.Event
	Body breakpointEventBody `json:"body"`
}

type breakpointEventBody struct {
	Reason     string     `json:"reason"`
	Breakpoint breakpoint `json:"breakpoint"`
}

// initializeExtra is what InitializeRequestArguments lacks.
type initializeExtra struct {
	SupportsANSIStyling bool `json:"supportsANSIStyling"`
}

// disconnectExtra tells an absent terminateDebuggee from false.
type disconnectExtra struct {
	TerminateDebuggee *bool `json:"terminateDebuggee"`
}

// extra decodes the arguments of a raw request again, into T. Members of the
// wrong type are left at their zero value: the first decode has judged them.
func extra[T any](raw []byte) T {
	var m struct {
		Arguments T `json:"arguments"`
	}
	_ = json.Unmarshal(raw, &m)
	return m.Arguments
}

// variable adds DAP 1.68's references to places in source.
type variable struct {
	dap.Variable
	DeclarationLocationReference int `json:"declarationLocationReference,omitempty"`
	ValueLocationReference       int `json:"valueLocationReference,omitempty"`
}

type variablesResponse struct {
	dap.Response
	Body variablesBody `json:"body"`
}

type variablesBody struct {
	Variables []variable `json:"variables"`
}

type evaluateResponse struct {
	dap.Response
	Body evaluateBody `json:"body"`
}

type evaluateBody struct {
	dap.EvaluateResponseBody
	ValueLocationReference int `json:"valueLocationReference,omitempty"`
}

type setVariableResponse struct {
	dap.Response
	Body setVariableBody `json:"body"`
}

type setVariableBody struct {
	dap.SetVariableResponseBody
	ValueLocationReference int `json:"valueLocationReference,omitempty"`
}

type setExpressionResponse struct {
	dap.Response
	Body setExpressionBody `json:"body"`
}

type setExpressionBody struct {
	dap.SetExpressionResponseBody
	ValueLocationReference int `json:"valueLocationReference,omitempty"`
}

// locationsRequest is DAP 1.68's.
type locationsRequest struct {
	dap.Request
	Arguments locationsArguments `json:"arguments"`
}

// GetRequest makes it a dap.RequestMessage.
func (r *locationsRequest) GetRequest() *dap.Request { return &r.Request }

type locationsArguments struct {
	LocationReference int `json:"locationReference"`
}

type locationsResponse struct {
	dap.Response
	Body locationsBody `json:"body"`
}

type locationsBody struct {
	Source dap.Source `json:"source"`
	Line   int        `json:"line"`
	Column int        `json:"column"`
}

// completionItem is dap.CompletionItem with a start that may be 0.
type completionItem struct {
	dap.CompletionItem
	Start *int `json:"start,omitempty"`
}

type completionsResponse struct {
	dap.Response
	Body completionsBody `json:"body"`
}

type completionsBody struct {
	Targets []completionItem `json:"targets"`
}
