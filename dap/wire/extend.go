package wire

import (
	"encoding/json"

	"github.com/google/go-dap"
)

// go-dap 0.12 describes about DAP 1.65. What newer schemas add and this adapter
// uses is here: for sending, types that embed go-dap's; for reading, a second
// decode of the raw message into types that hold only the additions, or that
// can tell "absent" from "false".

// Capabilities adds DAP 1.66's fields.
type Capabilities struct {
	dap.Capabilities
	SupportsANSIStyling bool             `json:"supportsANSIStyling,omitempty"`
	BreakpointModes     []BreakpointMode `json:"breakpointModes,omitempty"`
}

// BreakpointMode is DAP's BreakpointMode.
type BreakpointMode struct {
	Mode        string   `json:"mode"`
	Label       string   `json:"label"`
	Description string   `json:"description,omitempty"`
	AppliesTo   []string `json:"appliesTo"`
}

// ModesExtra is what the arguments of setBreakpoints and
// setExceptionBreakpoints lack: the mode of each breakpoint.
type ModesExtra struct {
	Breakpoints   []modeExtra `json:"breakpoints"`
	FilterOptions []modeExtra `json:"filterOptions"`
}

type modeExtra struct {
	Mode string `json:"mode"`
}

// ModeOf is the mode of the i-th, "" where there is none.
func ModeOf(modes []modeExtra, i int) string {
	if i < len(modes) {
		return modes[i].Mode
	}
	return ""
}

// InitializeResponse carries the Capabilities with what 1.66 added.
type InitializeResponse struct {
	dap.Response
	Body Capabilities `json:"body"`
}

// Breakpoint adds Breakpoint.reason: "pending" or "failed". Its Line hides
// go-dap's, which cannot say 0 to a client that counts from there.
type Breakpoint struct {
	dap.Breakpoint
	Line   *int   `json:"line,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// OutputEvent is dap.OutputEvent with a line that may be 0.
type OutputEvent struct {
	dap.Event
	Body outputBody `json:"body"`
}

type outputBody struct {
	dap.OutputEventBody
	Line   *int `json:"line,omitempty"`
	Column *int `json:"column,omitempty"`
}

// BreakpointsResponse answers setBreakpoints, setFunctionBreakpoints, setDataBreakpoints and
// setExceptionBreakpoints, whose bodies are of one form.
type BreakpointsResponse struct {
	dap.Response
	Body BreakpointsBody `json:"body"`
}

// BreakpointsBody has one Breakpoint for each that was asked for, in their order.
type BreakpointsBody struct {
	Breakpoints []Breakpoint `json:"breakpoints"`
}

// BreakpointEvent tells of a Breakpoint that has changed by itself.
type BreakpointEvent struct {
	dap.Event
	Body BreakpointEventBody `json:"body"`
}

// BreakpointEventBody has "changed" for its reason: nothing is added or removed but by the client.
type BreakpointEventBody struct {
	Reason     string     `json:"reason"`
	Breakpoint Breakpoint `json:"breakpoint"`
}

// InitializeExtra is what InitializeRequestArguments lacks.
type InitializeExtra struct {
	SupportsANSIStyling bool `json:"supportsANSIStyling"`
}

// DisconnectExtra tells an absent terminateDebuggee from false.
type DisconnectExtra struct {
	TerminateDebuggee *bool `json:"terminateDebuggee"`
}

// Extra decodes the arguments of a raw request again, into T. Members of the
// wrong type are left at their zero value: the first decode has judged them.
func Extra[T any](raw []byte) T {
	var m struct {
		Arguments T `json:"arguments"`
	}
	_ = json.Unmarshal(raw, &m)
	return m.Arguments
}

// EvaluateExtra is what a data viewer wants of a str: its text, and not how Python would write it.
type EvaluateExtra struct {
	Format struct {
		RawString bool `json:"rawString"`
	} `json:"format"`
}

// Variable adds DAP 1.68's references to places in source, and what VS Code's menus are told of a variable.
type Variable struct {
	dap.Variable
	MenuContext                  string `json:"__vscodeVariableMenuContext,omitempty"`
	DeclarationLocationReference int    `json:"declarationLocationReference,omitempty"`
	ValueLocationReference       int    `json:"valueLocationReference,omitempty"`
}

// VariablesResponse answers variables.
type VariablesResponse struct {
	dap.Response
	Body VariablesBody `json:"body"`
}

// VariablesBody has the children in the order in which they are shown.
type VariablesBody struct {
	Variables []Variable `json:"variables"`
}

// EvaluateResponse answers evaluate.
type EvaluateResponse struct {
	dap.Response
	Body EvaluateBody `json:"body"`
}

// EvaluateBody adds where the value is defined (1.68).
type EvaluateBody struct {
	dap.EvaluateResponseBody
	ValueLocationReference int `json:"valueLocationReference,omitempty"`
}

// SetVariableResponse answers setVariable.
type SetVariableResponse struct {
	dap.Response
	Body SetVariableBody `json:"body"`
}

// SetVariableBody adds where the new value is defined (1.68).
type SetVariableBody struct {
	dap.SetVariableResponseBody
	ValueLocationReference int `json:"valueLocationReference,omitempty"`
}

// SetExpressionResponse answers setExpression.
type SetExpressionResponse struct {
	dap.Response
	Body SetExpressionBody `json:"body"`
}

// SetExpressionBody adds where the new value is defined (1.68).
type SetExpressionBody struct {
	dap.SetExpressionResponseBody
	ValueLocationReference int `json:"valueLocationReference,omitempty"`
}

// LocationsRequest is DAP 1.68's.
type LocationsRequest struct {
	dap.Request
	Arguments locationsArguments `json:"arguments"`
}

// GetRequest makes it a dap.RequestMessage.
func (r *LocationsRequest) GetRequest() *dap.Request { return &r.Request }

type locationsArguments struct {
	LocationReference int `json:"locationReference"`
}

// LocationsResponse answers locations (1.68).
type LocationsResponse struct {
	dap.Response
	Body LocationsBody `json:"body"`
}

// LocationsBody is a place in a source, as the client counts.
type LocationsBody struct {
	Source dap.Source `json:"source"`
	Line   int        `json:"line"`
	Column int        `json:"column"`
}

// CompletionItem is dap.CompletionItem with a start that may be 0.
type CompletionItem struct {
	dap.CompletionItem
	Start *int `json:"start,omitempty"`
}

// CompletionsResponse answers completions.
type CompletionsResponse struct {
	dap.Response
	Body CompletionsBody `json:"body"`
}

// CompletionsBody has the items, best first.
type CompletionsBody struct {
	Targets []CompletionItem `json:"targets"`
}
