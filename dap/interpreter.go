package dap

import (
	"fmt"
	"slices"

	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/dap/wire"
	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// adapt takes back what was advertised and does not work with the interpreter
// that turned out to run the program.
func (a *adapter) adapt(p engine.ProgramInfo) {
	a.program = p
	if seesSilenced(p.Python) {
		return
	}
	filters := slices.DeleteFunc(exceptionFilters(), func(f dap.ExceptionBreakpointsFilter) bool {
		return f.Filter == tracepoint.Silenced
	})
	a.out.Send(&dap.CapabilitiesEvent{Event: wire.Event("capabilities"), Body: dap.CapabilitiesEventBody{
		Capabilities: dap.Capabilities{ExceptionBreakpointFilters: filters}}})
}

// seesSilenced reports whether a Python says which clause will catch an
// exception: its exception tables do, from 3.11 on. One that is not known may.
func seesSilenced(version string) bool {
	var major, minor int
	if _, err := fmt.Sscanf(version, "%d.%d", &major, &minor); err != nil {
		return true
	}
	return major > 3 || minor >= 11
}
