package cmd

import (
	"encoding/json"
	"io"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/tally"
)

// tallyFile is what --tally writes. Lines are from 1, columns from 0 in
// characters.
type tallyFile struct {
	Version int         `json:"version"`
	Python  string      `json:"python"`
	Files   []fileTally `json:"files"`
	Calls   []callTally `json:"calls,omitempty"`
}

type fileTally struct {
	Path       string           `json:"path"`
	SHA256     string           `json:"sha256"`
	Statements []statementTally `json:"statements"`
}

type statementTally struct {
	Line     int           `json:"line"`
	Col      int           `json:"col"`
	EndLine  int           `json:"end_line"`
	EndCol   int           `json:"end_col"`
	Kind     string        `json:"kind"`
	Function string        `json:"function"`
	Text     string        `json:"text"`
	Hits     uint64        `json:"hits"`
	Raised   uint64        `json:"raised"`
	Samples  []sampleTally `json:"samples"`
}

type sampleTally struct {
	Hit    uint64      `json:"hit"`
	Vars   [][3]string `json:"vars"`
	Return *[2]string  `json:"return,omitempty"` // type, repr
	Raised *[2]string  `json:"raised,omitempty"`
}

type callTally struct {
	Function   string           `json:"function"`
	Stack      [][3]any         `json:"stack"`
	Statements []statementTally `json:"statements"`
}

// writeTally writes a Snapshot as DESIGN's contract has it.
func writeTally(w io.Writer, s *tally.Snapshot, withCalls bool) error {
	out := tallyFile{Version: 1, Files: []fileTally{}}
	if s != nil {
		out.Python = s.Python
		byPath := map[string]*tally.File{}
		for _, f := range s.Files {
			byPath[f.Path] = f
			out.Files = append(out.Files, fileTallyOf(f))
		}
		if withCalls {
			for _, c := range s.Calls {
				out.Calls = append(out.Calls, callOf(c, byPath))
			}
		}
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(out)
}

func fileTallyOf(f *tally.File) fileTally {
	t := fileTally{Path: f.Path, SHA256: f.SHA256, Statements: []statementTally{}}
	lines := strings.Split(f.Source, "\n")
	for i := range f.Statements {
		st := &f.Statements[i]
		if st.NoCode {
			continue // nothing runs there, so that 0 would mislead
		}
		t.Statements = append(t.Statements, statementOf(st, lines, st.Hits, st.Raised, st.Samples))
	}
	return t
}

func statementOf(st *tally.Statement, lines []string, hits, raised uint64, samples []tally.Sample) statementTally {
	t := statementTally{
		Line: st.Line, Col: st.Col, EndLine: st.EndLine, EndCol: st.EndCol, Kind: st.Kind, Function: st.Function,
		Text: textBetween(lines, st.Line, st.Col, st.HeadLine, st.HeadCol),
		Hits: hits, Raised: raised, Samples: make([]sampleTally, 0, len(samples)),
	}
	for _, s := range samples {
		one := sampleTally{Hit: s.Hit, Vars: make([][3]string, 0, len(s.Vars)), Return: typed(s.Return), Raised: typed(s.Raised)}
		for _, v := range s.Vars {
			one.Vars = append(one.Vars, [3]string{v.Name, v.Type, v.Repr})
		}
		t.Samples = append(t.Samples, one)
	}
	return t
}

func typed(v *tally.Var) *[2]string {
	if v == nil {
		return nil
	}
	return &[2]string{v.Type, v.Repr}
}

func callOf(c *tally.Call, files map[string]*tally.File) callTally {
	out := callTally{Function: c.Function, Stack: [][3]any{}, Statements: []statementTally{}}
	for _, f := range c.Stack {
		out.Stack = append(out.Stack, [3]any{f.Function, f.Path, f.Line})
	}
	split := map[string][]string{}
	for _, st := range c.Statements {
		f := files[st.Path]
		if f == nil || st.Index < 0 || st.Index >= len(f.Statements) {
			continue
		}
		if split[st.Path] == nil {
			split[st.Path] = strings.Split(f.Source, "\n")
		}
		out.Statements = append(out.Statements,
			statementOf(&f.Statements[st.Index], split[st.Path], st.Hits, st.Raised, st.Samples))
	}
	return out
}

// textBetween is the source from one place to another; columns are in
// characters. Places outside the text give what there is.
func textBetween(lines []string, line, col, endLine, endCol int) string {
	if line < 1 || line > len(lines) || endLine < line {
		return ""
	}
	var b strings.Builder
	for n := line; n <= min(endLine, len(lines)); n++ {
		runes := []rune(lines[n-1])
		from, to := 0, len(runes)
		if n == line {
			from = min(max(col, 0), len(runes))
		} else {
			b.WriteByte('\n')
		}
		if n == endLine {
			to = min(max(endCol, from), len(runes))
		}
		b.WriteString(string(runes[from:to]))
	}
	return b.String()
}
