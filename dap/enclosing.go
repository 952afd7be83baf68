package dap

import "strings"

// pythonPlace is what a line of a Python file is part of.
type pythonPlace struct {
	function string // "name", "Class.name", or "<module>"
	line     int    // the first line from the one asked for on that has code; 0: none follows
	defines  bool   // that line begins the function
}

// placeIn finds the function that a line (from 1) belongs to, by indentation: a
// def line, or a decorator of it, belongs to the function that it begins.
func placeIn(text string, line int) pythonPlace {
	lines := strings.Split(text, "\n")
	at := max(line-1, 0)
	for at < len(lines) && blank(lines[at]) {
		at++
	}
	if at >= len(lines) {
		return pythonPlace{}
	}
	// Decorators run where the function is defined; whoever points at one means the function.
	for decorated := false; at+1 < len(lines) && (strings.HasPrefix(strings.TrimSpace(lines[at]), "@") || decorated && blank(lines[at])); at++ {
		decorated = true
	}
	if name := defined(lines[at], "def "); name != "" {
		return pythonPlace{qualified(lines, at, name), at + 1, true}
	}
	indent := indentation(lines[at])
	for i := at - 1; i >= 0 && indent > 0; i-- {
		if blank(lines[i]) || indentation(lines[i]) >= indent {
			continue
		}
		indent = indentation(lines[i])
		if name := defined(lines[i], "def "); name != "" {
			return pythonPlace{qualified(lines, i, name), at + 1, false}
		}
	}
	return pythonPlace{"<module>", at + 1, false}
}

// qualified puts the class in front of a method's name.
func qualified(lines []string, at int, name string) string {
	indent := indentation(lines[at])
	for i := at - 1; i >= 0 && indent > 0; i-- {
		if blank(lines[i]) || indentation(lines[i]) >= indent {
			continue
		}
		if class := defined(lines[i], "class "); class != "" {
			return class + "." + name
		}
		break
	}
	return name
}

// defined is the name that a line defines with a keyword, "" if it does not.
func defined(line, keyword string) string {
	line = strings.TrimPrefix(strings.TrimSpace(line), "async ")
	rest, ok := strings.CutPrefix(line, keyword)
	if !ok {
		return ""
	}
	name := strings.TrimSpace(rest)
	if end := strings.IndexAny(name, "([: \t"); end >= 0 {
		name = name[:end]
	}
	return name
}

// blank reports a line that no code is on.
func blank(line string) bool {
	line = strings.TrimSpace(line)
	return line == "" || line[0] == '#'
}

// indentation counts a tab as one, which is right where a file is consistent.
func indentation(line string) int { return len(line) - len(strings.TrimLeft(line, " \t")) }
