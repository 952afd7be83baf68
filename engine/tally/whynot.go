package tally

import (
	"fmt"
	"strings"

	"github.com/tallyho-dev/tallyho/internal/wording"
)

// Reason says why a Statement did not run.
type Reason struct {
	// Statement is the one asked about, -1 where there is none; Ran says that it
	// did run.
	Statement int
	Ran       bool
	// Turned is the Statement at which control turned another way: the test that
	// never let it in, or what left the block before it; -1 where that is not known.
	Turned int
	// Text is the reason as a sentence or two for the person.
	Text string
}

// WhyNot tells why the Statement on a line did not run: the last test that
// turned away from it, the statement that left its block, or that its function
// was never called.
func WhyNot(f *File, line int) Reason {
	at := statementOn(f, line)
	if at < 0 {
		return Reason{Statement: -1, Turned: -1, Text: fmt.Sprintf("There is no statement on line %d.", line)}
	}
	s := &f.Statements[at]
	r := Reason{Statement: at, Turned: -1}
	switch {
	case s.Hits > 0:
		r.Ran, r.Text = true, fmt.Sprintf("Line %d did run: %s.", s.Line, wording.Times(s.Hits))
	case s.NoCode:
		r.Text = fmt.Sprintf("Line %d has no code of its own: the compiler leaves nothing of it.", s.Line)
	// Zero is a claim only where everything was counted.
	case s.AtLeast || f.Unknown != "" && !s.Ran:
		r.Text = fmt.Sprintf("It is not known whether line %d ran: %s.", s.Line, orElse(f.Unknown, "counting was cut short"))
	default:
		r.Turned, r.Text = newNesting(f).turned(at)
	}
	return r
}

// statementOn is the innermost Statement whose head stands on a line.
func statementOn(f *File, line int) int {
	found := -1
	for i := range f.Statements {
		s := &f.Statements[i]
		if s.Line <= line && line <= max(s.HeadLine, s.Line) && (found < 0 || f.Statements[found].Line < s.Line) {
			found = i
		}
	}
	return found
}

// nesting knows which Statement stands in which.
type nesting struct {
	file   *File
	lines  []string
	parent []int // by Statement: the compound one of the same function around it, -1: none
}

// newNesting finds for each statement what stands around it, in one pass.
func newNesting(f *File) *nesting {
	n := &nesting{file: f, lines: strings.Split(f.Source, "\n"), parent: make([]int, len(f.Statements))}
	// Statements are in the order of the text, so those that are open form a stack.
	var open []int
	for i := range f.Statements {
		s := &f.Statements[i]
		for len(open) > 0 && !contains(&f.Statements[open[len(open)-1]], s) {
			open = open[:len(open)-1]
		}
		n.parent[i] = -1
		for j := len(open) - 1; j >= 0; j-- {
			// A def does not decide whether its body runs: a caller does.
			if f.Statements[open[j]].Function == s.Function {
				n.parent[i] = open[j]
				break
			}
		}
		open = append(open, i)
	}
	return n
}

// contains reports whether inner stands in outer, and is not the same.
func contains(outer, inner *Statement) bool {
	return before(outer.Line, outer.Col, inner.Line, inner.Col) && !before(outer.EndLine, outer.EndCol, inner.EndLine, inner.EndCol)
}

// turned finds where control turned away from a Statement that did not run.
func (n *nesting) turned(at int) (int, string) {
	child := at
	for {
		// What left the block is nearer than the test that let control in, and is the reason then.
		if left := n.leftBefore(child); left >= 0 {
			return left, n.left(left)
		}
		around := n.parent[child]
		if around < 0 {
			return n.function(at)
		}
		if n.file.Statements[around].Hits > 0 {
			return around, n.test(around, child)
		}
		child = around
	}
}

// leftBefore is the last Statement in the block of a child, and before it, that
// ran and may have left the block; -1 where nothing in front of it ran.
func (n *nesting) leftBefore(child int) int {
	for i := child - 1; i >= 0; i-- {
		s := &n.file.Statements[i]
		if s.Function != n.file.Statements[child].Function {
			continue
		}
		// Before the header, nothing is in its block.
		if i == n.parent[child] {
			return -1
		}
		if s.Hits > 0 && n.within(i, n.parent[child]) && n.sameBranch(i, child) && (s.Raised > 0 || leaves[s.Kind]) {
			return i
		}
	}
	return -1
}

// leaves are the kinds of Statement after which the next one does not follow.
var leaves = map[string]bool{"return": true, "raise": true, "continue": true, "break": true}

// within reports whether a Statement stands in another, which may be -1 for a
// whole function.
func (n *nesting) within(i, around int) bool {
	return around < 0 || contains(&n.file.Statements[around], &n.file.Statements[i])
}

// sameBranch reports whether two Statements stand in one branch (body, else,
// finally) of what is around the second.
func (n *nesting) sameBranch(i, child int) bool {
	around := n.parent[child]
	return around < 0 || n.branch(around, n.file.Statements[i].Line) == n.branch(around, n.file.Statements[child].Line)
}

// branch is the word that begins the branch of a compound Statement in which a
// line lies, with where it stands: "" for its body.
func (n *nesting) branch(around, line int) string {
	s := &n.file.Statements[around]
	for at := min(line, len(n.lines)); at > s.Line; at-- {
		text := n.lines[at-1]
		word := strings.TrimLeft(text, " \t")
		// Clauses stand at the indent of their header.
		if len(text)-len(word) != indentOf(n.lines[s.Line-1]) {
			continue
		}
		for _, one := range []string{"else", "elif", "finally", "except", "case"} {
			if rest, ok := strings.CutPrefix(word, one); ok && (rest == "" || strings.ContainsAny(rest[:1], " :\t(")) {
				return fmt.Sprintf("%s %d", one, at)
			}
		}
	}
	return ""
}

// indentOf is how many bytes a line is indented by; tabs count as one, alike on both sides.
func indentOf(line string) int { return len(line) - len(strings.TrimLeft(line, " \t")) }

// left says how a Statement left its block.
func (n *nesting) left(at int) string {
	s := &n.file.Statements[at]
	text := fmt.Sprintf("Control left before it, at line %d (%s): %s, %s", s.Line, head(n.file, s), s.Kind, wording.Times(s.Hits))
	if s.Raised > 0 {
		text = fmt.Sprintf("Control left before it, at line %d (%s), which raised %s", s.Line, head(n.file, s), raisedBy(s))
	}
	return text + "." + lastValues(s)
}

// test says how a compound Statement, which ran, kept control from one in it.
func (n *nesting) test(around, child int) string {
	s := &n.file.Statements[around]
	other := n.branch(around, n.file.Statements[child].Line) != ""
	what := fmt.Sprintf("line %d (%s)", s.Line, head(n.file, s))
	var text string
	switch {
	case s.Raised > 0 && s.Raised == s.Hits:
		text = fmt.Sprintf("Each time, %s raised %s", what, raisedBy(s))
	case s.Kind == "if" && !other:
		text = fmt.Sprintf("The test at %s was asked %s and was never true", what, wording.Times(s.Hits))
	case s.Kind == "if":
		text = fmt.Sprintf("The test at %s was asked %s and was never false", what, wording.Times(s.Hits))
	case s.Kind == "while" && !other:
		text = fmt.Sprintf("The test at %s was asked %s and was never true", what, wording.Times(s.Hits))
	case strings.HasSuffix(s.Kind, "for") && !other:
		text = fmt.Sprintf("There was nothing to go through at %s, %s", what, wording.Times(s.Hits))
	case s.Kind == "while", strings.HasSuffix(s.Kind, "for"):
		text = fmt.Sprintf("The loop at %s never ran to its end: it was left before", what)
	case s.Kind == "except":
		text = fmt.Sprintf("The exceptions that came to %s were others, %s", what, wording.Times(s.Hits))
	case s.Kind == "case":
		text = fmt.Sprintf("The pattern of %s was tried %s and never matched, or its guard did not hold", what, wording.Times(s.Hits))
	case s.Kind == "match":
		text = fmt.Sprintf("Another case of %s matched before, or none came to it, %s", what, wording.Times(s.Hits))
	case s.Kind == "try" && other:
		text = fmt.Sprintf("Nothing that its clause is for happened in the try of %s, which was entered %s", what, wording.Times(s.Hits))
	default:
		text = fmt.Sprintf("Control came to %s %s and not further", what, wording.Times(s.Hits))
	}
	return text + "." + lastValues(s)
}

// function says that the function around a Statement was never called, or that
// nothing is known.
func (n *nesting) function(at int) (int, string) {
	s := &n.file.Statements[at]
	def := -1
	for i := range n.file.Statements[:at] {
		d := &n.file.Statements[i]
		if strings.HasSuffix(d.Kind, "def") && contains(d, s) && d.Function != s.Function {
			def = i
		}
	}
	switch {
	case def < 0 && s.Ran:
		return -1, "It was not reached, and where control turned away is not known."
	case def < 0:
		return -1, "The code around it never ran."
	}
	d := &n.file.Statements[def]
	switch {
	case d.Hits == 0:
		_, why := n.turned(def)
		return def, fmt.Sprintf("Its function (%s) was never defined. %s", head(n.file, d), why)
	case d.Calls == 0:
		return def, fmt.Sprintf("Its function, line %d (%s), was never called.", d.Line, head(n.file, d))
	}
	return -1, fmt.Sprintf("Its function, line %d (%s), was called %s; where control turned away is not known.", d.Line, head(n.file, d), wording.Times(d.Calls))
}

// head is the first line of a Statement's text, without the colon of a block.
func head(f *File, s *Statement) string {
	lines := strings.Split(f.Source, "\n")
	if s.Line > len(lines) {
		return s.Kind
	}
	runes := []rune(lines[s.Line-1])
	from, to := min(s.Col, len(runes)), len(runes)
	if s.HeadLine == s.Line && s.HeadCol > from {
		to = min(s.HeadCol, len(runes))
	}
	text := strings.TrimSpace(tame(string(runes[from:to]), false))
	text = strings.TrimSuffix(text, ":")
	if r := []rune(text); len(r) > 60 {
		text = string(r[:59]) + "…"
	}
	return text
}

// lastValues are the names that a Statement's last Sample holds, as a sentence.
func lastValues(s *Statement) string {
	if len(s.Samples) == 0 {
		return ""
	}
	var parts []string
	for _, v := range s.Samples[len(s.Samples)-1].Vars {
		parts = append(parts, v.Name+"="+tame(v.Repr, false))
	}
	if len(parts) == 0 {
		return ""
	}
	return " Its last values: " + strings.Join(parts, ", ") + "."
}

// raisedBy is the last exception a statement raised, as a traceback's last line has it.
func raisedBy(s *Statement) string {
	if len(s.Errors) == 0 {
		return wording.Times(s.Raised)
	}
	e := s.Errors[len(s.Errors)-1]
	if e.Message == "" {
		return e.Type
	}
	return e.Type + ": " + tame(e.Message, false)
}

// orElse is a text without the dot at its end, as part of a sentence, or another one.
func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return strings.TrimSuffix(text, ".")
}
