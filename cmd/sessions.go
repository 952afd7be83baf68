package cmd

import (
	"context"
	"encoding/json"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/tallyho-dev/tallyho/engine/hub"
	"github.com/tallyho-dev/tallyho/engine/tally"
)

// newSessions is `tallyho sessions`.
// It reads what programs advertise of themselves, and disturbs none: one is dialled only
// where its process seems to be gone. The exit code is 0 also where nothing runs.
func newSessions(w *world) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "sessions",
		Short: "List the programs that run with Tallyho now, and the last runs",
		Args:  noArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return w.sessions(c.Context(), asJSON) },
	}
	c.Flags().BoolVar(&asJSON, "json", false, "for programs")
	return c
}

// sessionLine is what --json says of a Session; where to dial is not told.
type sessionLine struct {
	Session   string    `json:"session"`             // the id; "" of a program that only listens
	PID       int       `json:"pid,omitempty"`       // of the process that serves it, or of the program that listens; left out of a run that has ended
	Program   string    `json:"program"`             // its command line
	Workspace string    `json:"workspace,omitempty"` // the folder that it was started for or in
	Started   time.Time `json:"started"`
	State     string    `json:"state"` // running, paused, ended or attachable
}

// sessions lists what runs, what can be attached to, and what was run. A store that cannot be
// read takes nothing away from the first list.
func (w *world) sessions(ctx context.Context, asJSON bool) error {
	dir, err := hub.Dir()
	if err != nil {
		return err
	}
	all, err := hub.List(ctx, dir)
	if err != nil {
		return err
	}
	runs, err := pastRuns()
	if err != nil {
		fmt.Fprintln(w.stderr, "tallyho:", err)
	}
	attachable, err := hub.Attachables(dir)
	if err != nil {
		fmt.Fprintln(w.stderr, "tallyho:", err)
	}
	if asJSON {
		return json.NewEncoder(w.stdout).Encode(append(sessionLines(all, runs), attachableLines(attachable)...))
	}
	if len(all) == 0 {
		fmt.Fprintln(w.stdout, "No program runs with Tallyho now.")
	}
	t := tabwriter.NewWriter(w.stdout, 0, 0, 2, ' ', 0)
	for i, s := range all {
		if i == 0 {
			fmt.Fprintln(t, "PID\tSTATE\tSINCE\tPROGRAM\tWORKSPACE")
		}
		fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%s\n", s.PID, s.State, s.Started.Local().Format(time.TimeOnly),
			printable(s.Program), printable(s.Workspace))
	}
	for i, a := range attachable {
		if i == 0 {
			fmt.Fprintln(t, "\nCAN BE ATTACHED TO\tPYTHON\tSINCE\tPROGRAM\tWORKING DIRECTORY")
		}
		fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%s\n", a.PID, printable(a.Python), a.Started.Local().Format(time.TimeOnly),
			printable(a.Program), printable(a.Cwd))
	}
	for i, r := range runs {
		if i == 0 {
			fmt.Fprintln(t, "\nLAST RUNS\tPYTHON\tFILES\tPROGRAM")
		}
		fmt.Fprintf(t, "%s\t%s\t%d\t%s\n", r.Started.Local().Format(time.DateTime), r.Python, len(r.Files), printable(r.Program))
	}
	return t.Flush()
}

// pastRuns are the runs that are kept, newest first.
func pastRuns() ([]*tally.Snapshot, error) {
	store, err := hub.DefaultStore()
	if err != nil {
		return nil, err
	}
	return store.Load(nil)
}

// attachableLines are the programs that listen for somebody to attach.
func attachableLines(all []hub.Attachable) []sessionLine {
	lines := []sessionLine{}
	for _, a := range all {
		lines = append(lines, sessionLine{PID: a.PID, Program: a.Program, Workspace: a.Cwd, Started: a.Started, State: "attachable"})
	}
	return lines
}

// sessionLines are the programs that run, then the runs that are kept.
func sessionLines(live []hub.Info, runs []*tally.Snapshot) []sessionLine {
	lines := []sessionLine{}
	for _, s := range live {
		lines = append(lines, sessionLine{s.Session, s.PID, s.Program, s.Workspace, s.Started, string(s.State)})
	}
	for _, r := range runs {
		lines = append(lines, sessionLine{Session: r.Session, Program: r.Program, Started: r.Started, State: string(tally.Ended)})
	}
	return lines
}
