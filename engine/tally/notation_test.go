package tally

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// buildFile makes a File of a source with one comment per line that counts:
//
//	total += x  #: assign mean 6 total=1,15 | assign …
//
// kind, function and hits; then samples "name=v,v,v" (a value per hit; "->" for
// a return value, "!Type" for an exception), "raised=n", "calls=n", "ran",
// "atleast", "nocode", and "open": the last sample is not of the last hit. Statements of one line are separated by " ;; ", each
// with "@from-to" for its columns where it is not the whole line.
func buildFile(t testing.TB, text string) *File {
	t.Helper()
	f := &File{Path: "/w/m.py"}
	var source []string
	var open []int // compound statements, by index, whose body goes on
	for n, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		code, notes, _ := strings.Cut(line, "#:")
		code = strings.TrimRight(code, " ")
		source = append(source, code)
		indent := len(code) - len(strings.TrimLeft(code, " "))
		for len(open) > 0 && code != "" && f.Statements[open[len(open)-1]].Col >= indent {
			open = open[:len(open)-1]
		}
		for _, i := range open {
			f.Statements[i].EndLine, f.Statements[i].EndCol = n+1, len([]rune(code))
		}
		if notes == "" {
			continue
		}
		for _, note := range strings.Split(notes, " ;; ") {
			s := parseNote(t, note)
			s.Line, s.EndLine, s.HeadLine = n+1, n+1, n+1
			if s.EndCol == 0 {
				s.Col, s.EndCol = indent, len([]rune(code))
			}
			s.HeadCol = s.EndCol
			f.Statements = append(f.Statements, s)
			if strings.HasSuffix(code, ":") {
				open = append(open, len(f.Statements)-1)
			}
		}
	}
	f.Source = strings.Join(source, "\n") + "\n"
	return f
}

var columns = regexp.MustCompile(`^@(\d+)-(\d+)$`)

func parseNote(t testing.TB, note string) Statement {
	t.Helper()
	words := strings.Fields(note)
	if m := columns.FindStringSubmatch(words[0]); m != nil {
		words = words[1:]
		from, _ := strconv.Atoi(m[1])
		to, _ := strconv.Atoi(m[2])
		s := parseNote(t, strings.Join(words, " "))
		s.Col, s.EndCol = from, to
		return s
	}
	s := Statement{Kind: words[0], Function: words[1], Ran: true}
	s.Hits, _ = strconv.ParseUint(words[2], 10, 64)
	open := false
	for _, w := range words[3:] {
		name, list, isPair := strings.Cut(w, "=")
		switch {
		case name == "ran" || name == "atleast" || name == "nocode" || name == "unknown":
			s.AtLeast, s.NoCode, s.Ran = s.AtLeast || name == "atleast", s.NoCode || name == "nocode", name != "unknown"
		case name == "open":
			open = true
		case name == "raised":
			s.Raised, _ = strconv.ParseUint(list, 10, 64)
		case name == "calls":
			s.Calls, _ = strconv.ParseUint(list, 10, 64)
		case strings.HasPrefix(name, "!"):
			s.Errors = append(s.Errors, ErrorCount{Type: name[1:], Message: "why", Count: 1})
		case isPair:
			addSamples(&s, name, strings.Split(list, ","))
		default:
			t.Fatalf("what is %q in %q", w, note)
		}
	}
	if last := len(s.Samples) - 1; last >= 0 && !open {
		s.Samples[last].Hit = max(s.Samples[last].Hit, s.Hits)
	}
	return s
}

func addSamples(s *Statement, name string, values []string) {
	for i, text := range values {
		for len(s.Samples) <= i {
			s.Samples = append(s.Samples, Sample{Hit: uint64(len(s.Samples) + 1)})
		}
		text = strings.NewReplacer("_", " ", "/", ",").Replace(text)
		v := Var{Name: name, Type: typeOf(text), Repr: text}
		if name == "->" {
			v.Name = ""
			s.Samples[i].Return = &v
			continue
		}
		s.Samples[i].Vars = append(s.Samples[i].Vars, v)
	}
}

func typeOf(repr string) string {
	switch {
	case repr == "None":
		return "NoneType"
	case repr == "True" || repr == "False":
		return "bool"
	case strings.HasPrefix(repr, "'"):
		return "str"
	case strings.HasPrefix(repr, "["):
		return "list"
	case strings.HasPrefix(repr, "<function"):
		return "function"
	case strings.HasPrefix(repr, "<"):
		return "Thing"
	case strings.Contains(repr, "."):
		return "float"
	}
	return "int"
}

func freshPlaces(f *File) []Place {
	return Follow(f, f.Source).Places
}

func labelsOf(f *File, o LabelOptions) map[int]string {
	out := map[int]string{}
	for _, l := range NewLabeler(f, o).Labels(freshPlaces(f), 1, 0) {
		out[l.Line] = l.Text()
	}
	return out
}

const meanText = `
def mean(xs):  #: def <module> 1 mean=<function_mean_at_0x7f00>
    total = 0  #: assign mean 3 total=0,0,0
    for x in xs:  #: for mean 9 x=1,2,3,9 xs=[1/_2/_3],[1/_2/_3],[7/_9],[]
        total += x  #: assign mean 6 total=1,3,6,15 x=1,2,3,9
    if debug:  #: if mean 3 debug=False,False,False
        log(xs)  #: expression mean 0
    return total / len(xs)  #: return mean 3 total=6,15,0 ->=2.0,5.0 raised=1 !ZeroDivisionError
`
