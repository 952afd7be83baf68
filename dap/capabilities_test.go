package dap

import (
	"encoding/json"
	"slices"
	"sort"
	"testing"

	"github.com/tallyho-dev/tallyho/dap/console"
)

// TestCapabilitiesAreServed: what is advertised has a handler, and nothing is
// advertised that has none.
func TestCapabilitiesAreServed(t *testing.T) {
	needs := map[string]string{
		"supportsConfigurationDoneRequest":      "configurationDone",
		"supportsFunctionBreakpoints":           "setFunctionBreakpoints",
		"supportsCompletionsRequest":            "completions",
		"supportsTerminateRequest":              "terminate",
		"supportTerminateDebuggee":              "disconnect",
		"supportsExceptionFilterOptions":        "setExceptionBreakpoints",
		"exceptionBreakpointFilters":            "setExceptionBreakpoints",
		"completionTriggerCharacters":           "completions",
		"supportsExceptionInfoRequest":          "exceptionInfo",
		"supportsEvaluateForHovers":             "evaluate",
		"supportsSetVariable":                   "setVariable",
		"supportsSetExpression":                 "setExpression",
		"supportsClipboardContext":              "evaluate",
		"supportsValueFormattingOptions":        "variables",
		"supportsDelayedStackTraceLoading":      "stackTrace",
		"supportsSteppingGranularity":           "next",
		"supportsStepInTargetsRequest":          "stepInTargets",
		"supportsGotoTargetsRequest":            "gotoTargets",
		"supportsDataBreakpoints":               "dataBreakpointInfo",
		"supportsBreakpointLocationsRequest":    "breakpointLocations",
		"supportsModulesRequest":                "modules",
		"supportsLoadedSourcesRequest":          "loadedSources",
		"supportsRestartRequest":                "restart",
		"supportsCancelRequest":                 "cancel",
		"supportsSingleThreadExecutionRequests": "continue",
		"breakpointModes":                       "setBreakpoints",
		// These are arguments of setBreakpoints, and a way to show text.
		"supportsConditionalBreakpoints":    "setBreakpoints",
		"supportsHitConditionalBreakpoints": "setBreakpoints",
		"supportsLogPoints":                 "setBreakpoints",
		"supportsANSIStyling":               "evaluate",
	}
	a := &adapter{client: client{Client: console.Client{ANSI: true}}}
	data, err := json.Marshal(a.capabilities())
	if err != nil {
		t.Fatal(err)
	}
	var said map[string]any
	if err := json.Unmarshal(data, &said); err != nil {
		t.Fatal(err)
	}
	for name := range said {
		if request := needs[name]; request == "" || routes[request] == nil {
			t.Errorf("%s is advertised and %q is not served", name, request)
		}
	}
	if len(said) != len(needs) {
		t.Errorf("%d capabilities, want %d: %s", len(said), len(needs), data)
	}
}

// TestANSIOnlyWhereTheClientSaidSo: colours follow the client's word.
func TestANSIOnlyWhereTheClientSaidSo(t *testing.T) {
	for _, said := range []bool{false, true} {
		a := &adapter{client: client{Client: console.Client{ANSI: said}}}
		if got := a.capabilities().SupportsANSIStyling; got != said {
			t.Errorf("advertised %v to a client that said %v", got, said)
		}
	}
}

// TestFiltersAreDebugpys: configurations and editors' settings name them.
func TestFiltersAreDebugpys(t *testing.T) {
	var ids []string
	for _, f := range exceptionFilters() {
		ids = append(ids, f.Filter)
		if entry := (&adapter{}).exceptionEntry(f.Filter, "", ""); entry.failed {
			t.Errorf("%s is refused: %s", f.Filter, entry.problem)
		}
	}
	sort.Strings(ids)
	if !slices.Equal(ids, []string{"raised", "silenced", "uncaught", "userUnhandled"}) {
		t.Errorf("filters %v", ids)
	}
}
