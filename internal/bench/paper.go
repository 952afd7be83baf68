package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"text/tabwriter"

	"github.com/tallyho-dev/tallyho/internal/costs"
)

// paper is where the driver prints its tables: on the screen, and in a Sheet.
type paper struct {
	*tabwriter.Writer
	sheet costs.Sheet
}

func newPaper(w io.Writer) *paper { return &paper{Writer: tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)} }

// Write takes whole lines.
func (p *paper) Write(text []byte) (int, error) {
	_, _ = p.sheet.Write(text)
	return p.Writer.Write(text)
}

func (p *paper) heading(title string, columns ...string) { p.row("\n"+title, columns...) }

func (p *paper) row(name string, cells ...string) {
	fmt.Fprintln(p, strings.Join(append([]string{name}, cells...), "\t"))
}

const preface = `# What it costs

*Written by ` + "`make bench`" + `, from its last table; a run of fewer cases puts theirs in the place of the older ones. Ratios
are to the bare program in the same run, the smallest of several rounds each; the last table is of a machine with %[2]d processors (%[1]s).
"C" is with the accelerator, "Python" without; nanoseconds depend on the machine, ratios less so.*

Other tools: %[3]s.

![How many times as long a program takes, by how often what is asked about happens](images/costs.svg)
`

// publish writes docs/costs.md and its plot into a folder of documents, over
// what they said of the same cases.
func (p *paper) publish(docs string) error {
	page, plot := filepath.Join(docs, "costs.md"), filepath.Join(docs, "images", "costs.svg")
	text, err := os.ReadFile(page)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	all := costs.Parse(string(text))
	all.Merge(&p.sheet)
	head := fmt.Sprintf(preface, processor(), runtime.NumCPU(), strings.ReplaceAll(strings.Join(peerPackages, ", "), "==", " "))
	if err := os.WriteFile(page, []byte(head+all.Markdown()), 0o644); err != nil {
		return err
	}
	var newest *costs.Section
	for _, s := range all.Sections {
		if strings.HasPrefix(s.Title, "Cost against hits") {
			newest = s
		}
	}
	if newest == nil {
		return nil
	}
	return os.WriteFile(plot, []byte(costs.Plot(newest)), 0o644)
}

// processor is its name, where the system tells.
func processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}
