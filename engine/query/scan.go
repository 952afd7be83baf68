package query

import (
	"path/filepath"
	"strings"
)

// Scan finds the functions, classes and the module body of a Python source, by
// indentation and the words def and class: enough to say where a query would
// be armed, without running Python. path is where the file lies, module what
// it is imported as ("" takes the file's name).
func Scan(path, module, source string) []Code {
	if module == "" {
		module = strings.TrimSuffix(filepath.Base(path), ".py")
	}
	s := &scanner{base: Code{Module: module, Filename: path, Path: path}}
	s.open(-1, "<module>", "")
	for _, l := range logicalLines(source) {
		s.line(l)
	}
	return s.codes
}

// logical is a statement's first line and how many lines it goes over.
type logical struct {
	number, count, indent int
	text                  string
}

// scanner keeps the definitions that are open at a line.
type scanner struct {
	base  Code    // what all code objects of the file have in common
	codes []Code  // that were found
	stack []scope // innermost last
}

// scope is a def or class whose block is being read; prefix is what qualifies names within it.
type scope struct {
	indent int // of the definition itself
	code   int // index into codes
	prefix string
}

// open begins the code object of a definition; that of the module has an indent below 0.
func (s *scanner) open(indent int, function, prefix string) {
	c := s.base
	c.Function = function
	c.Qualname = prefix + function
	s.codes = append(s.codes, c)
	inner := ""
	if indent >= 0 {
		inner = c.Qualname + "."
	}
	s.stack = append(s.stack, scope{indent, len(s.codes) - 1, inner})
}

// line gives a logical line to the block it is in. A line with less indent ends blocks first.
// Lines of a function within belong to that alone, as in code objects.
func (s *scanner) line(l logical) {
	for len(s.stack) > 1 && l.indent <= s.stack[len(s.stack)-1].indent {
		s.stack = s.stack[:len(s.stack)-1]
	}
	top := s.stack[len(s.stack)-1]
	lines := &s.codes[top.code].Lines
	for i := range l.count {
		*lines = append(*lines, l.number+i)
	}
	text := strings.TrimPrefix(l.text, "async ")
	for _, word := range []string{"def ", "class "} {
		rest, ok := strings.CutPrefix(strings.TrimLeft(text, " "), word)
		if !ok {
			continue
		}
		name := strings.TrimLeft(rest, " \t")
		end := 0
		for i, r := range name {
			if !isNameRune(r, i > 0) {
				break
			}
			end = i + len(string(r))
		}
		if end == 0 {
			return
		}
		s.open(l.indent, name[:end], top.prefix)
		if word == "def " {
			s.stack[len(s.stack)-1].prefix += "<locals>."
			// A function's call event carries the line of its def.
			s.codes[len(s.codes)-1].Lines = []int{l.number}
		}
		return
	}
}

// logicalLines joins lines within brackets and strings, and leaves out blank
// ones and comments.
func logicalLines(source string) []logical {
	var out []logical
	rest := source
	number := 1
	for rest != "" {
		length := statementLength(rest)
		text := rest[:length]
		rest = rest[length:]
		count := strings.Count(text, "\n")
		trimmed := strings.TrimLeft(text, " \t\f")
		body := strings.TrimRight(trimmed, "\r\n")
		if body != "" && body[0] != '#' {
			indent := 0
			for _, c := range text[:len(text)-len(trimmed)] {
				if c == '\t' {
					indent += 8 - indent%8
				} else {
					indent++
				}
			}
			out = append(out, logical{number, max(1, strings.Count(body, "\n")+1), indent, body})
		}
		number += count
	}
	return out
}

// statementLength is the length of the first logical line of s, its line end
// included.
// Brackets, strings, comments and escaped line ends decide, as in Python's tokenizer. More is not
// needed: a file that Python would refuse runs under no query.
func statementLength(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '#':
			for i+1 < len(s) && s[i+1] != '\n' {
				i++
			}
		case c == '"' || c == '\'':
			i = literalEnd(s, i) - 1
		case c == '\\' && i+1 < len(s):
			i++
			if s[i] == '\r' && i+1 < len(s) && s[i+1] == '\n' {
				i++
			}
		case c == '(' || c == '[' || c == '{':
			depth++
		case (c == ')' || c == ']' || c == '}') && depth > 0:
			depth--
		case c == '\n' && depth == 0:
			return i + 1
		}
	}
	return len(s)
}

// literalEnd is the offset behind the string at i; one that is not closed ends
// with its line, unless its quotes are three.
func literalEnd(s string, i int) int {
	end := stringEnd(s, i)
	if strings.HasPrefix(s[i:], `"""`) || strings.HasPrefix(s[i:], "'''") {
		return end
	}
	if n := strings.IndexByte(s[i:end], '\n'); n >= 0 && !strings.Contains(s[i:i+n], `\`) {
		return i + n
	}
	return end
}
