package dap

import (
	"errors"

	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/dap/console"
	"github.com/tallyho-dev/tallyho/dap/wire"
)

// client is what the client said about itself.
type client struct {
	console.Client
	uris           bool // paths are file: URIs
	runsInTerminal bool
	variableType   bool // it shows the types of variables
	invalidates    bool // it takes invalidated events
	progress       bool // it takes progress events
	isVSCode       bool // it takes a completion's range as VS Code does, and has its menus
	// startsDebugging: it begins another session when it is asked to.
	startsDebugging bool
}

// onInitialize takes what the client says of itself and answers what works. DAP allows one
// initialize for each connection, so that the answer holds to its end.
func (a *adapter) onInitialize(m *wire.Message) {
	if a.phase != fresh {
		a.fail(m, errOrder, errors.New("initialize may come only once"))
		return
	}
	a.phase = initialized
	args := m.Request.(*dap.InitializeRequest).Arguments
	a.client = client{
		Client: console.Client{
			LineBase:   base(args.LinesStartAt1),
			ColumnBase: base(args.ColumnsStartAt1),
			ANSI:       wire.Extra[wire.InitializeExtra](m.Raw).SupportsANSIStyling,
		},
		uris:           args.PathFormat == "uri",
		isVSCode:       args.ClientID == "vscode",
		runsInTerminal: args.SupportsRunInTerminalRequest,
		variableType:   args.SupportsVariableType,
		invalidates:    args.SupportsInvalidatedEvent,
		progress:       args.SupportsProgressReporting,

		startsDebugging: args.SupportsStartDebuggingRequest,
	}
	a.console.SetClient(a.client.Client)
	a.reply(m, &wire.InitializeResponse{Body: a.capabilities()})
}

// base is the number of the first line or column for a client; both are 1 unless it says otherwise.
func base(startAt1 bool) int {
	if startAt1 {
		return 1
	}
	return 0
}

// capabilities are what works; nothing that does not is advertised.
func (a *adapter) capabilities() wire.Capabilities {
	return wire.Capabilities{
		Capabilities: dap.Capabilities{
			SupportsConfigurationDoneRequest:      true,
			SupportsFunctionBreakpoints:           true,
			SupportsConditionalBreakpoints:        true,
			SupportsHitConditionalBreakpoints:     true,
			SupportsLogPoints:                     true,
			SupportsCompletionsRequest:            true,
			CompletionTriggerCharacters:           []string{".", "(", ",", " ", "_", `"`},
			SupportTerminateDebuggee:              true,
			SupportsTerminateRequest:              true,
			SupportsExceptionFilterOptions:        true,
			ExceptionBreakpointFilters:            exceptionFilters(),
			SupportsExceptionInfoRequest:          true,
			SupportsEvaluateForHovers:             true,
			SupportsSetVariable:                   true,
			SupportsSetExpression:                 true,
			SupportsClipboardContext:              true,
			SupportsValueFormattingOptions:        true,
			SupportsDelayedStackTraceLoading:      true,
			SupportsSteppingGranularity:           true,
			SupportsStepInTargetsRequest:          true,
			SupportsGotoTargetsRequest:            true,
			SupportsDataBreakpoints:               true,
			SupportsBreakpointLocationsRequest:    true,
			SupportsModulesRequest:                true,
			SupportsLoadedSourcesRequest:          true,
			SupportsRestartRequest:                true,
			SupportsCancelRequest:                 true,
			SupportsSingleThreadExecutionRequests: true,
		},
		BreakpointModes:     breakpointModes(),
		SupportsANSIStyling: a.client.ANSI,
	}
}
