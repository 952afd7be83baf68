package tally

import (
	"encoding/json"
	"io"
)

// The contract of `tallyho run --tally FILE`: other programs read it. Lines
// are from 1, columns from 0 in characters.
type report struct {
	Version int          `json:"version"`
	Python  string       `json:"python"`
	Files   []reportFile `json:"files"`
	Calls   []reportCall `json:"calls,omitempty"`
}

// reportFile is one source file. SHA256 is of the text that ran: who reads the report later
// can tell whether lines still mean what they meant.
type reportFile struct {
	Path       string            `json:"path"`
	SHA256     string            `json:"sha256"`
	ByLine     bool              `json:"by_line,omitempty"` // lines were counted, and not statements
	Unknown    string            `json:"unknown,omitempty"` // why statements that may have run are not listed
	Statements []reportStatement `json:"statements"`
}

// reportCall is one call that was followed (`--function`), with the callers it had, the
// outermost first.
type reportCall struct {
	Function   string            `json:"function"`
	Stack      [][3]any          `json:"stack"` // qualified name, file, line
	Statements []reportStatement `json:"statements"`
}

// reportStatement is one statement. The span is of the whole statement, Text only of its
// head: a loop's body would be in there a second time.
type reportStatement struct {
	Path     string         `json:"path,omitempty"` // in calls only: they may run through several files
	Line     int            `json:"line"`
	Col      int            `json:"col"`
	EndLine  int            `json:"end_line"`
	EndCol   int            `json:"end_col"`
	Kind     string         `json:"kind"`
	Function string         `json:"function"`
	Text     string         `json:"text"`
	Hits     uint64         `json:"hits"`
	AtLeast  bool           `json:"at_least,omitempty"` // counting was cut short: hits is a lower bound
	Raised   uint64         `json:"raised"`
	Samples  []reportSample `json:"samples"`
}

// reportSample is one hit whose values were kept. Values are texts that the traced program
// rendered; they may be cut.
type reportSample struct {
	Hit     uint64      `json:"hit"`
	Vars    [][3]string `json:"vars"`             // name, type, repr
	Return  *[2]string  `json:"return,omitempty"` // type, repr
	Raised  *[2]string  `json:"raised,omitempty"`
	Partial bool        `json:"partial,omitempty"` // the values of its other names are not known
	Thread  string      `json:"thread,omitempty"`  // where there were several
	Process int         `json:"process,omitempty"` // likewise: 1 is the program itself
}

// WriteJSON writes s as `--tally` promises it. Statements without code
// (docstrings, global, what cannot be reached) are left out: they cannot be hit; so
// is what may have run uncounted. s may be nil: nothing
// ran.
func WriteJSON(w io.Writer, s *Snapshot) error {
	if s == nil {
		s = &Snapshot{}
	}
	out := report{Version: 1, Python: s.Python, Files: []reportFile{}}
	files := map[string]*File{}
	for _, f := range s.Files {
		files[f.Path] = f
		text := newLines(f.Source)
		file := reportFile{Path: f.Path, SHA256: f.SHA256, ByLine: f.ByLine, Unknown: f.Unknown, Statements: []reportStatement{}}
		without := withoutCode(f.Statements)
		for i := range f.Statements {
			if s := &f.Statements[i]; !without[i] && (f.Unknown == "" || s.present()) {
				file.Statements = append(file.Statements, statementReport(&f.Statements[i], text))
			}
		}
		out.Files = append(out.Files, file)
	}
	for _, c := range s.Calls {
		out.Calls = append(out.Calls, callReport(c, files))
	}
	e := json.NewEncoder(w)
	// Sources are full of < and &, and nothing puts this into a page.
	e.SetEscapeHTML(false)
	return e.Encode(out)
}

// statementReport is a statement of a file whose text is given, without its path.
func statementReport(s *Statement, text *lines) reportStatement {
	return reportStatement{
		Line: s.Line, Col: s.Col, EndLine: s.EndLine, EndCol: s.EndCol,
		Kind: s.Kind, Function: s.Function,
		Text: text.cut(s.Line, s.Col, s.HeadLine, s.HeadCol),
		Hits: s.Hits, AtLeast: s.AtLeast, Raised: s.Raised, Samples: sampleReports(s.Samples),
	}
}

// sampleReports never is nil: a list that is empty reads `[]`, as the contract says.
func sampleReports(samples []Sample) []reportSample {
	out := make([]reportSample, 0, len(samples))
	for _, s := range samples {
		r := reportSample{Hit: s.Hit, Vars: make([][3]string, 0, len(s.Vars)), Return: typed(s.Return), Raised: typed(s.Raised), Partial: s.Partial,
			Thread: s.Thread, Process: s.Process}
		for _, v := range s.Vars {
			r.Vars = append(r.Vars, [3]string{v.Name, v.Type, v.Repr})
		}
		out = append(out, r)
	}
	return out
}

// typed is a value as type and repr; nil where nothing was returned or raised.
func typed(v *Var) *[2]string {
	if v == nil {
		return nil
	}
	return &[2]string{v.Type, v.Repr}
}

// callReport names a call's statements by the spans of files, which hold the texts.
func callReport(c *Call, files map[string]*File) reportCall {
	out := reportCall{Function: c.Function, Stack: [][3]any{}, Statements: []reportStatement{}}
	for _, f := range c.Stack {
		out.Stack = append(out.Stack, [3]any{f.Function, f.Path, f.Line})
	}
	texts := map[string]*lines{}
	for _, s := range c.Statements {
		f := files[s.Path]
		if f == nil || s.Index >= len(f.Statements) {
			continue // an older version of the file than the one shown
		}
		if texts[s.Path] == nil {
			texts[s.Path] = newLines(f.Source)
		}
		// The span is the file's; what was counted is this call's alone.
		whole := f.Statements[s.Index]
		whole.Hits, whole.Raised, whole.Samples = s.Hits, s.Raised, s.Samples
		r := statementReport(&whole, texts[s.Path])
		r.Path = s.Path
		out.Statements = append(out.Statements, r)
	}
	return out
}

// Whole is a Snapshot as it stands, for who will read it into one again.
func Whole(s *Snapshot) ([]byte, error) { return json.Marshal(s) }
