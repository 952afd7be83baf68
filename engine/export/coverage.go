package export

import (
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tallyho-dev/tallyho/engine/recording"
	"github.com/tallyho-dev/tallyho/engine/tally"
)

// covered is a file as coverage formats count it: by line.
type covered struct {
	path      string            // absolute
	lines     map[int]uint64    // hits of the lines of which it is known whether they ran
	unknown   int               // lines of which it is not: they are left out
	functions []coveredFunction // those whose def ran, in the file's order; none where a file was counted by line
}

// coveredFunction is a def that ran: whether what it made was called is what calls says.
type coveredFunction struct {
	name  string
	line  int    // of the def
	calls uint64 // 0: made, and never called
}

// coverage adds up the files of a run. A line has the hits of its statement that was hit
// most; one of which nothing is known is no line with 0.
func coverage(o Options) ([]covered, error) {
	if o.Tallies == nil {
		return nil, errors.New("nothing was counted")
	}
	s, err := o.Tallies()
	if err != nil {
		return nil, err
	}
	var all []covered
	for _, f := range s.Files {
		if filepath.IsAbs(f.Path) {
			all = append(all, coverageOf(f))
		}
	}
	slices.SortFunc(all, func(a, b covered) int { return strings.Compare(a.path, b.path) })
	return all, nil
}

// coverageOf adds up one file. Of two statements on a line the one that ran more counts; a
// line on which one may have run without being counted is left out, if nothing else there
// did run.
func coverageOf(f *tally.File) covered {
	c := covered{path: f.Path, lines: map[int]uint64{}}
	unknown := map[int]bool{}
	for i, coverage := range f.Coverage() {
		s := &f.Statements[i]
		switch coverage {
		// A statement can be known to have run without a count: it stands with 1.
		case tally.DidRun:
			c.lines[s.Line] = max(c.lines[s.Line], s.Hits, 1)
		case tally.NeverRan:
			c.lines[s.Line] = max(c.lines[s.Line], 0)
		case tally.Unsure:
			unknown[s.Line] = true
		default:
			continue
		}
		if (s.Kind == "def" || s.Kind == "async def") && coverage == tally.DidRun && !f.ByLine {
			c.functions = append(c.functions, coveredFunction{nameOf(f, i), s.Line, s.Calls})
		}
	}
	for line := range unknown {
		if c.lines[line] == 0 { // what else stands there may have run without being known
			delete(c.lines, line)
			c.unknown++
		}
	}
	return c
}

// nameOf is the qualified name of what a def makes: that of the first statement of its body.
func nameOf(f *tally.File, def int) string {
	d := &f.Statements[def]
	for i := def + 1; i < len(f.Statements); i++ {
		s := &f.Statements[i]
		if s.Line > d.HeadLine || s.Line == d.HeadLine && s.Col >= d.HeadCol {
			if s.Line <= d.EndLine && s.Function != "" {
				return s.Function
			}
			break
		}
	}
	return fmt.Sprintf("def at line %d", d.Line)
}

// ran is how many of the lines ran (lcov's LH, Cobertura's lines-covered).
func (c *covered) ran() (ran int) {
	for _, hits := range c.lines {
		if hits > 0 {
			ran++
		}
	}
	return ran
}

// called is how many of the functions were called (lcov's FNH).
func (c *covered) called() (called int) {
	for _, f := range c.functions {
		if f.calls > 0 {
			called++
		}
	}
	return called
}

// writeLcov writes a tracefile as geninfo(1) describes it. Its test name says that it was
// observed. For each file there are TN, SF, FN, FNDA, FNF, FNH, DA, LF, LH and end_of_record;
// without a file TN stands alone, so that the export is known again as ours.
func writeLcov(out io.Writer, _ *recording.Recording, o Options) error {
	all, err := coverage(o)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(out)
	for i := range all {
		c := &all[i]
		fmt.Fprintf(w, "%sSF:%s\n", lcovMark, c.path)
		for _, f := range c.functions {
			fmt.Fprintf(w, "FN:%d,%s\n", f.line, f.name)
		}
		for _, f := range c.functions {
			fmt.Fprintf(w, "FNDA:%d,%s\n", f.calls, f.name)
		}
		fmt.Fprintf(w, "FNF:%d\nFNH:%d\n", len(c.functions), c.called())
		for _, line := range slices.Sorted(maps.Keys(c.lines)) {
			fmt.Fprintf(w, "DA:%d,%d\n", line, c.lines[line])
		}
		fmt.Fprintf(w, "LF:%d\nLH:%d\nend_of_record\n", len(c.lines), c.ran())
	}
	if len(all) == 0 {
		_, _ = w.WriteString(lcovMark)
	}
	return w.Flush()
}

// The elements of Cobertura's coverage-04.dtd, as far as lines go: branches are not
// told apart, and none are claimed.
type (
	xmlCoverage struct {
		XMLName         xml.Name     `xml:"coverage"`
		LineRate        rate         `xml:"line-rate,attr"`
		BranchRate      rate         `xml:"branch-rate,attr"` // the DTD requires the four on branches and complexity; all are 0
		LinesCovered    int          `xml:"lines-covered,attr"`
		LinesValid      int          `xml:"lines-valid,attr"`
		BranchesCovered int          `xml:"branches-covered,attr"`
		BranchesValid   int          `xml:"branches-valid,attr"`
		Complexity      int          `xml:"complexity,attr"`
		Version         string       `xml:"version,attr"`
		Timestamp       int64        `xml:"timestamp,attr"` // in milliseconds since 1970, as Cobertura's own
		Sources         []string     `xml:"sources>source"` // the folder below which files are named
		Packages        []xmlPackage `xml:"packages>package"`
	}
	xmlPackage struct {
		Name       string     `xml:"name,attr"` // the folder with dots for slashes, as coverage.py writes it
		LineRate   rate       `xml:"line-rate,attr"`
		BranchRate rate       `xml:"branch-rate,attr"`
		Complexity int        `xml:"complexity,attr"`
		Classes    []xmlClass `xml:"classes>class"`
	}
	xmlClass struct {
		Name       string    `xml:"name,attr"`
		Filename   string    `xml:"filename,attr"` // below the source, with forward slashes
		LineRate   rate      `xml:"line-rate,attr"`
		BranchRate rate      `xml:"branch-rate,attr"`
		Complexity int       `xml:"complexity,attr"`
		Methods    struct{}  `xml:"methods"` // required, and empty: readers count lines by the class
		Lines      []xmlLine `xml:"lines>line"`
	}
	xmlLine struct {
		Number int    `xml:"number,attr"`
		Hits   uint64 `xml:"hits,attr"`
	}
)

// rate is a part of 1; of nothing it is 1, as coverage.py has it.
type rate float64

// rateOf is part of all.
func rateOf(part, all int) rate {
	if all == 0 {
		return 1
	}
	return rate(part) / rate(all)
}

// MarshalText has four digits.
func (r rate) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%.4g", float64(r)), nil }

// writeCobertura writes one package for each folder. Files are named below the folder
// that all of them lie in.
// Packages and files are sorted by name, so that two exports of one run are alike.
func writeCobertura(out io.Writer, r *recording.Recording, o Options) error {
	all, err := coverage(o)
	if err != nil {
		return err
	}
	root := commonFolder(all)
	doc := xmlCoverage{BranchRate: 0, Version: "tallyho " + o.Version + ", observed", Sources: []string{root}}
	folders := map[string]*xmlPackage{}
	counts := map[string][2]int{}
	for i := range all {
		c := &all[i]
		name, err := filepath.Rel(root, c.path)
		if err != nil {
			name = c.path
		}
		name = filepath.ToSlash(name)
		folder := strings.ReplaceAll(strings.TrimPrefix(filepath.ToSlash(filepath.Dir(name)), "."), "/", ".")
		if folders[folder] == nil {
			folders[folder] = &xmlPackage{Name: folder}
		}
		class := xmlClass{Name: filepath.Base(name), Filename: name, LineRate: rateOf(c.ran(), len(c.lines))}
		for _, line := range slices.Sorted(maps.Keys(c.lines)) {
			class.Lines = append(class.Lines, xmlLine{line, c.lines[line]})
		}
		folders[folder].Classes = append(folders[folder].Classes, class)
		n := counts[folder]
		counts[folder] = [2]int{n[0] + c.ran(), n[1] + len(c.lines)}
		doc.LinesCovered, doc.LinesValid = doc.LinesCovered+c.ran(), doc.LinesValid+len(c.lines)
	}
	for _, folder := range slices.Sorted(maps.Keys(folders)) {
		folders[folder].LineRate = rateOf(counts[folder][0], counts[folder][1])
		doc.Packages = append(doc.Packages, *folders[folder])
	}
	doc.LineRate, doc.Timestamp = rateOf(doc.LinesCovered, doc.LinesValid), startedAt(r)
	text, err := xml.MarshalIndent(doc, "", "\t")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s %s: what one run was seen to do; branches are not told apart -->\n%s\n", coberturaMark, o.Version, text)
	return err
}

// commonFolder is the deepest one that all files lie in.
// It is the file system's root where they have nothing else in common; without a file it is
// "/".
func commonFolder(all []covered) string {
	if len(all) == 0 {
		return "/"
	}
	common := filepath.Dir(all[0].path)
	for i := range all {
		for !strings.HasPrefix(all[i].path, strings.TrimSuffix(common, string(filepath.Separator))+string(filepath.Separator)) && common != filepath.Dir(common) {
			common = filepath.Dir(common)
		}
	}
	return common
}

// startedAt is when the run began, in milliseconds since 1970; 0 where that is not known.
func startedAt(r *recording.Recording) int64 {
	started, err := time.Parse(time.RFC3339, r.State().About.Started)
	if err != nil {
		return 0
	}
	return started.UnixMilli()
}
