package dap

import (
	"errors"

	"github.com/google/go-dap"
)

// client is what the client said about itself.
type client struct {
	consoleClient
	uris           bool // paths are file: URIs
	runsInTerminal bool
	variableType   bool // it shows the types of variables
	invalidates    bool // it takes invalidated events
	progress       bool // it takes progress events
	typedOnly      bool // it takes a completion's range as VS Code does
}

func (a *adapter) onInitialize(m *message) {
	if a.phase != fresh {
		a.fail(m, errOrder, errors.New("initialize may come only once"))
		return
	}
	a.phase = initialized
	args := m.request.(*dap.InitializeRequest).Arguments
	a.client = client{
		consoleClient: consoleClient{
			lineBase:   base(args.LinesStartAt1),
			columnBase: base(args.ColumnsStartAt1),
			ansi:       extra[initializeExtra](m.raw).SupportsANSIStyling,
		},
		uris:           args.PathFormat == "uri",
		typedOnly:      args.ClientID == "vscode",
		runsInTerminal: args.SupportsRunInTerminalRequest,
		variableType:   args.SupportsVariableType,
		invalidates:    args.SupportsInvalidatedEvent,
		progress:       args.SupportsProgressReporting,
	}
	a.console.setClient(a.client.consoleClient)
	a.reply(m, &initializeResponse{Body: a.capabilities()})
}

func base(startAt1 bool) int {
	if startAt1 {
		return 1
	}
	return 0
}

// capabilities are what works; nothing that does not is advertised.
func (a *adapter) capabilities() capabilities {
	return capabilities{
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
		SupportsANSIStyling: a.client.ansi,
	}
}
