package lsp

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tallyho-dev/tallyho/engine/tally"
)

// began is when the made-up runs of the tests started.
var began = time.Date(2026, 3, 1, 14, 2, 11, 0, time.UTC)

// snapshot makes up a run in which files were tallied.
func snapshot(session string, state tally.State, files ...*tally.File) *tally.Snapshot {
	s := &tally.Snapshot{Session: session, Revision: 1, State: state, Program: "shop.py", Python: "3.12.1", Started: began, Files: files}
	if state == tally.Ended {
		s.Ended = began.Add(3 * time.Second)
	}
	return s
}

// clauseLine starts a part of a try statement.
var clauseLine = regexp.MustCompile(`^ *(except|else|finally)\b`)

var noteLine = regexp.MustCompile(`^(\d+):(\d+)(?:-(\d+))? (\S+) (\S+)(.*)$`)

// tallyFile makes the Tally of a source from notes, one statement a line:
//
//	4:8 assign mean hits=6 total=1,3,6 raised=1 !=ZeroDivisionError ->=2.0
//
// line:column (and -column where the statement does not go to the line's end), kind,
// function, and what it did: name=value,… are the samples, one for each hit, and the last of the last.
func tallyFile(t testing.TB, path, source, notes string) *tally.File {
	t.Helper()
	f := &tally.File{Path: path, SHA256: fmt.Sprintf("%x", source), Source: source, Revision: 1}
	lines := strings.Split(source, "\n")
	for _, line := range strings.Split(strings.TrimSpace(notes), "\n") {
		m := noteLine.FindStringSubmatch(line)
		if m == nil {
			t.Fatalf("note %q", line)
		}
		s := tally.Statement{Kind: m[4], Function: m[5], Ran: true}
		s.Line, s.Col = number(t, m[1]), number(t, m[2])
		code := lines[s.Line-1]
		s.EndLine, s.EndCol = s.Line, len([]rune(strings.TrimRight(code, " ")))
		if m[3] != "" {
			s.EndCol = number(t, m[3])
		}
		s.HeadLine, s.HeadCol = s.EndLine, s.EndCol
		if strings.HasSuffix(strings.TrimSpace(code), ":") {
			for n := s.Line; n < len(lines); n++ {
				text := lines[n]
				indent := len(text) - len(strings.TrimLeft(text, " "))
				clause := s.Kind == "try" && indent == s.Col && clauseLine.MatchString(text)
				if strings.TrimSpace(text) != "" && indent <= s.Col && !clause {
					break
				}
				if strings.TrimSpace(text) != "" {
					s.EndLine, s.EndCol = n+1, len([]rune(text))
				}
			}
		}
		for _, word := range strings.Fields(m[6]) {
			applyNote(t, &s, word)
		}
		if last := len(s.Samples) - 1; last >= 0 { // the last value there was, however many hits there were
			s.Samples[last].Hit = max(s.Samples[last].Hit, s.Hits)
		}
		f.Statements = append(f.Statements, s)
	}
	return f
}

func applyNote(t testing.TB, s *tally.Statement, word string) {
	t.Helper()
	name, value, _ := strings.Cut(word, "=")
	switch name {
	case "hits":
		s.Hits = uint64(number(t, value))
		return
	case "calls":
		s.Calls = uint64(number(t, value))
		return
	case "raised":
		s.Raised = uint64(number(t, value))
		return
	case "mean":
		mean, err := time.ParseDuration(value)
		if err != nil {
			t.Fatal(err)
		}
		s.Timing = &tally.Timing{Calls: 1, Total: mean, Sure: 1}
		return
	case "notrun":
		s.Ran = false
		return
	case "atleast":
		s.AtLeast = true
		return
	}
	for i, repr := range strings.Split(value, ",") {
		for len(s.Samples) <= i {
			s.Samples = append(s.Samples, tally.Sample{Hit: uint64(len(s.Samples) + 1)})
		}
		v := tally.Var{Name: name, Type: "int", Repr: repr}
		switch name {
		case "->":
			v.Name = ""
			s.Samples[i].Return = &v
		case "!":
			v.Name, v.Type = "", repr
			s.Samples[i].Raised = &v
			s.Errors = append(s.Errors, tally.ErrorCount{Type: repr, Message: "why", Count: 1})
		default:
			s.Samples[i].Vars = append(s.Samples[i].Vars, v)
		}
	}
}

func number(t testing.TB, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
