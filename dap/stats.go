package dap

import (
	"fmt"
	"strings"
	"time"

	"github.com/tallyho-dev/tallyho/dap/wire"
	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
	"github.com/tallyho-dev/tallyho/internal/wording"
)

// stats answers the console's command of that name.
// The Snapshot is taken by the driver, behind whatever is being armed; the rest is the adapter's own
// state, so the text is put together back here.
func (a *adapter) stats(m *wire.Message) {
	if a.session == nil {
		a.answer(m, "No program has been started.")
		return
	}
	a.driver.do(func(d *driver) {
		snapshot := d.session.Snapshot()
		a.post(func() {
			var b strings.Builder
			a.statsProgram(&b)
			a.statsTracepoints(&b)
			if snapshot != nil {
				statsTally(&b, snapshot)
			}
			b.WriteString(a.console.TimeTable(a.ledger.timed()))
			a.answer(m, strings.TrimRight(b.String(), "\n"))
		})
	})
}

// statsProgram says of the program what the adapter knows without asking it: it may be busy.
func (a *adapter) statsProgram(b *strings.Builder) {
	state := "waits to be configured"
	switch {
	case a.exit != nil:
		state = fmt.Sprintf("ended with code %d", a.exit.Code)
	case a.phase == running:
		state = "running for " + time.Since(a.started).Round(time.Millisecond).String()
	}
	fmt.Fprintf(b, "program: %s, process %d, %s\n", a.settings.Subject(), a.pid, state)
	if len(a.threads) > 1 {
		fmt.Fprintf(b, "threads: %d\n", len(a.threads))
	}
}

// statsTracepoints adds up what the engine last said of each entry.
func (a *adapter) statsTracepoints(b *strings.Builder) {
	armed, hits, errors := 0, uint64(0), uint64(0)
	for _, e := range a.ledger.entries {
		if e.status.State == tracepoint.Armed {
			armed++
		}
		hits += e.status.Hits
		errors += e.status.Errors
	}
	fmt.Fprintf(b, "tracepoints: %d, of them %d armed; hit %s", len(a.ledger.entries), armed, wording.Times(hits))
	if errors > 0 {
		fmt.Fprintf(b, "; %s raised", wording.Count(int(errors), "evaluation"))
	}
	b.WriteByte('\n')
}

// statsTally counts statements that can run: a def's docstring has no code, and is none that did not.
func statsTally(b *strings.Builder, s *tally.Snapshot) {
	statements, ran, hits, raised := 0, 0, uint64(0), uint64(0)
	for _, f := range s.Files {
		for _, st := range f.Statements {
			if st.NoCode {
				continue
			}
			statements++
			hits += st.Hits
			raised += st.Raised
			if st.Hits > 0 {
				ran++
			}
		}
	}
	fmt.Fprintf(b, "counted: %s, %d of %s ran, %s", wording.Count(len(s.Files), "file"), ran,
		wording.Count(statements, "statement"), wording.Count(int(hits), "hit"))
	if raised > 0 {
		fmt.Fprintf(b, ", %s raised", wording.Grouped(raised))
	}
	b.WriteByte('\n')
}
