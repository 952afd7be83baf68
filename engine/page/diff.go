package page

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/redact"
	"github.com/tallyho-dev/tallyho/internal/wording"
)

// DiffMark begins a page of two runs, by which it is known for one of ours.
const DiffMark = "<!doctype html>\n<!-- tallyho: two runs -->"

// Comparison is two runs side by side, as a page shows them.
type Comparison struct {
	A, B       Side
	Notes      []string    // what the recordings or the page lack
	First      *Parting    // nil: they do not part
	Statements []Differing // as replay.Compare has ordered them
	OnlyA      []string    // functions
	OnlyB      []string
	Same       bool // nothing differs
}

// Side is one of the runs.
type Side struct {
	Name  string   // of its file
	Facts []string // program, Python, start, steps
}

// Parting is where the runs part: a name with two values, or without a name what came next.
type Parting struct {
	Place, Function, Thread string
	Name, A, B              string
	Led                     []string // "name = value" of what came before, oldest first
	Source                  string   // of the file, whose line Line it is
	Line                    int
	Around                  []SourceLine // made of them
}

// SourceLine is a line of a source.
type SourceLine struct {
	Number int
	Text   string
	Here   bool
}

// Differing is a statement that ran otherwise.
type Differing struct {
	Place, Function, Text string
	HitsA, HitsB          string // as a person reads them, with ×
	Values                []TwoValues
}

// TwoValues are a name's last values.
type TwoValues struct{ Name, A, B string }

// diffParts are what the frame of the page is filled with.
type diffParts struct {
	C      Comparison
	Policy string
	Style  template.CSS
}

//go:embed diff.html
var diffFrame string

var diffTemplate = template.Must(template.New("diff").Parse(diffFrame))

// The bounds of a page of two runs.
const (
	mostDiffering = 5000 // statements
	mostOnly      = 1000 // functions of each run
	mostValue     = 400  // characters
	linesAround   = 4
)

// WriteDiff writes the page. It has no script.
func WriteDiff(w io.Writer, c Comparison) error {
	var out bytes.Buffer
	out.WriteString(DiffMark + "\n")
	err := diffTemplate.Execute(&out, diffParts{
		C:      c.shown(),
		Policy: "default-src 'none'; style-src '" + sum(style) + "'",
		Style:  template.CSS(style),
	})
	if err != nil {
		return err
	}
	_, err = w.Write(out.Bytes())
	return err
}

// shown is the Comparison without secrets, and no longer than a page may get.
func (c Comparison) shown() Comparison {
	c.A, c.B = c.A.shown(), c.B.shown()
	c.Notes = slices.Clone(c.Notes)
	c.First = c.First.shown()
	if left := len(c.Statements) - mostDiffering; left > 0 {
		c.Statements = c.Statements[:mostDiffering]
		c.Notes = append(c.Notes, fmt.Sprintf("%s more that differ are left out.", wording.Grouped(left)+" "+wording.Plural(left, "statement")))
	}
	c.Statements = slices.Clone(c.Statements)
	for i := range c.Statements {
		c.Statements[i] = c.Statements[i].shown()
	}
	for _, only := range []*[]string{&c.OnlyA, &c.OnlyB} {
		if left := len(*only) - mostOnly; left > 0 {
			*only = append(slices.Clone((*only)[:mostOnly]), "… and "+wording.Grouped(left)+" more")
		}
	}
	return c
}

func (s Side) shown() Side {
	s.Name = redactedTitle(s.Name)
	facts := make([]string, len(s.Facts))
	for i, fact := range s.Facts {
		facts[i] = redactedTitle(fact)
	}
	s.Facts = facts
	return s
}

func (p *Parting) shown() *Parting {
	if p == nil {
		return nil
	}
	out := *p
	out.A, out.B = valueShown(p.Name, p.A), valueShown(p.Name, p.B)
	if p.Name == "" {
		out.A, out.B = stepShown(p.A), stepShown(p.B)
	}
	out.Led = make([]string, len(p.Led))
	for i, one := range p.Led {
		name, value, _ := strings.Cut(one, " = ")
		out.Led[i] = name + " = " + valueShown(name, value)
	}
	if p.Source == "" {
		return &out
	}
	for i, text := range strings.Split(redact.Source(p.Source), "\n") {
		if n := i + 1; n >= p.Line-linesAround && n <= p.Line+linesAround {
			out.Around = append(out.Around, SourceLine{n, cut(strings.TrimRight(text, "\r"), mostValue), n == p.Line})
		}
	}
	return &out
}

// stepShown is a step in a line, without the secrets of the source in it: kind, place, source. The
// place is kept apart, for "f:2 token" reads like an annotation.
func stepShown(text string) string {
	parts := strings.SplitN(text, " ", 3)
	parts[len(parts)-1] = redact.Source(parts[len(parts)-1])
	return cut(strings.Join(parts, " "), mostValue)
}

func (d Differing) shown() Differing {
	d.Text = cut(d.Text, mostValue)
	d.Values = slices.Clone(d.Values)
	for i, v := range d.Values {
		d.Values[i] = TwoValues{v.Name, valueShown(v.Name, v.A), valueShown(v.Name, v.B)}
	}
	return d
}

// valueShown is a value of a name without secrets.
func valueShown(name, text string) string {
	if name != "" && redact.IsSecret(name) && text != "None" && text != "True" && text != "False" && text != "unchanged" && text != "no value" {
		return redact.Placeholder
	}
	return cut(redact.Text(text), mostValue)
}
