package lsp

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.lsp.dev/uri"

	"github.com/tallyho-dev/tallyho/engine/tracepoint"
	"github.com/tallyho-dev/tallyho/internal/wording"
)

// fleets are what fleets are asked, and how often that was so.
type fleets struct {
	// at are the tracepoints on lines, by the key of the file's path. They are where the
	// editor's breakpoints are, so that nothing has to follow edits.
	at map[string][]tracepoint.Status
	// asked are all that a fleet is asked, by the Session that asks it.
	asked map[string][]tracepoint.Status
}

// newFleets gathers them from what each Session says. real resolves the links in a path.
func newFleets(all map[string][]tracepoint.Status, real func(string) string) fleets {
	out := fleets{map[string][]tracepoint.Status{}, maps.Clone(all)}
	for _, statuses := range all {
		for _, st := range statuses {
			if len(st.Instances) == 0 || st.Spec.Path == "" || st.Spec.Line == 0 {
				continue
			}
			key := pathKey(st.Spec.Path)
			out.at[key] = append(out.at[key], st)
			if other := pathKey(real(st.Spec.Path)); other != key {
				out.at[other] = append(out.at[other], st)
			}
		}
	}
	for _, list := range out.at {
		slices.SortFunc(list, func(a, b tracepoint.Status) int {
			if a.Spec.Line != b.Spec.Line {
				return a.Spec.Line - b.Spec.Line
			}
			return a.ID - b.ID
		})
	}
	return out
}

// ProcessInfo is one process of a fleet that is asked.
type ProcessInfo struct {
	Name string `json:"name"` // as shop@host1:4711
	Hits uint64 `json:"hits"` // of all that is asked, together
}

// processes are those that a Session's fleet asks, by name; nil where it is no fleet's.
func (f fleets) processes(session string) []ProcessInfo {
	hits := map[string]uint64{}
	for _, st := range f.asked[session] {
		for _, one := range st.Instances {
			hits[one.Name] += one.Hits
		}
	}
	var out []ProcessInfo
	for _, name := range slices.Sorted(maps.Keys(hits)) {
		out = append(out, ProcessInfo{plain(name), hits[name]})
	}
	return out
}

// of are those in a document.
func (f fleets) of(d *document) []tracepoint.Status {
	if d.key == "" {
		return nil
	}
	if list := f.at[d.key]; len(list) > 0 {
		return list
	}
	return f.at[d.real]
}

// setFleets puts what fleets say into the world and has the client fetch what changed.
// Only the watcher calls it, one call at a time.
func (s *server) setFleets(all map[string][]tracepoint.Status, real func(string) string) {
	var before, after *world
	s.change(func(w *world) *world {
		next := *w
		next.fleets = newFleets(all, real)
		before, after = w, &next
		return &next
	})
	var changed []uri.URI
	for u, d := range after.docs {
		if !slices.EqualFunc(before.fleets.of(d), after.fleets.of(d), tracepoint.Status.Equal) {
			changed = append(changed, u)
		}
	}
	s.announce.changed(changed, false)
}

// fleetHints are the counts of what a fleet is asked on a range of lines.
func (s *server) fleetHints(hints *hintList, w *world, d *document, first, last int) {
	if !w.settings.Enable || !w.settings.Counts || w.excludes(d) || d.lost {
		return
	}
	for _, st := range w.fleets.of(d) {
		at := st.Spec.Line - 1
		if text := fleetLabel(st, w.settings.ASCII); text != "" && at >= first && at <= last && at < d.mapper.Lines() {
			hints.plain(d.lineEnd(at, s.client.encoding), text, fleetTooltip(st))
		}
	}
}

// fleetLabel is "×12,340 in 8", or "×12,340 in 6 of 8" where some processes are not
// asked; "" where none is.
func fleetLabel(st tracepoint.Status, ascii bool) string {
	armed, of := st.ArmedIn(), len(st.Instances)
	if armed == 0 && st.Hits == 0 {
		return ""
	}
	times := "×"
	if ascii {
		times = "x"
	}
	text := fmt.Sprintf("%s%s in %d", times, wording.Grouped(st.Hits), armed)
	if armed < of {
		text = fmt.Sprintf("%s of %d", text, of)
	}
	return text
}

// mostInstances are listed of a tracepoint.
const mostInstances = 30

// fleetTooltip says how often each process hit it.
func fleetTooltip(st tracepoint.Status) string {
	all := slices.Clone(st.Instances)
	slices.SortStableFunc(all, func(a, b tracepoint.Instance) int {
		switch {
		case a.Hits > b.Hits:
			return -1
		case a.Hits < b.Hits:
			return 1
		}
		return strings.Compare(a.Name, b.Name)
	})
	var b strings.Builder
	for i, one := range all {
		if i == mostInstances {
			fmt.Fprintf(&b, "and %d more\n", len(all)-i)
			break
		}
		fmt.Fprintf(&b, "%s ×%s", plain(one.Name), wording.Grouped(one.Hits))
		if one.State != tracepoint.Armed {
			fmt.Fprintf(&b, " (%s)", one.State)
		}
		b.WriteByte('\n')
	}
	if st.Message != "" {
		b.WriteString(plain(st.Message) + "\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}
