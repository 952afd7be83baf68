package lsp

import "strings"

// marimoIndent is how far a cell's code is indented in the function that it is in the file.
const marimoIndent = "    "

// marimoCells are the cells of a marimo notebook, which is a module: the bodies of the
// functions that are cells, without what they return, and functions and classes that are.
func marimoCells(lines []string) []cell {
	var found []cell
	for i := 0; i < len(lines); i++ {
		switch line := strings.TrimSpace(lines[i]); {
		case strings.HasPrefix(lines[i], "@") && strings.Contains(line, ".cell"):
			body := i + 1
			for body < len(lines) && !strings.HasSuffix(strings.TrimSpace(lines[body-1]), ":") {
				body++
			}
			found = append(found, dedented(body, withoutReturn(block(lines, body))))
		case strings.HasPrefix(lines[i], "with ") && strings.Contains(line, ".setup") && strings.HasSuffix(line, ":"):
			found = append(found, dedented(i+1, block(lines, i+1)))
		case strings.HasPrefix(lines[i], "@") && (strings.Contains(line, ".function") || strings.Contains(line, ".class_definition")):
			if i+1 < len(lines) {
				rest := block(lines, i+2)
				found = append(found, cell{text: strings.Join(lines[i+1:i+2+len(rest)], ""), line: i + 1})
			}
		}
	}
	return found
}

// block is the lines from one on that are indented or empty.
func block(lines []string, from int) []string {
	end := from
	for end < len(lines) && (strings.TrimSpace(lines[end]) == "" || strings.HasPrefix(lines[end], " ")) {
		end++
	}
	return lines[min(from, len(lines)):end]
}

// withoutReturn leaves out what ends a cell's function: which names others get of it.
func withoutReturn(body []string) []string {
	for i := len(body) - 1; i >= 0; i-- {
		if word, ok := strings.CutPrefix(body[i], marimoIndent+"return"); ok && (strings.TrimSpace(word) == "" || strings.HasPrefix(word, " ")) {
			return body[:i]
		}
	}
	return body
}

// dedented is a cell of the lines of a function's body: a kernel runs them without the indentation.
func dedented(line int, body []string) cell {
	c := cell{line: line, col: len(marimoIndent)}
	for _, text := range body {
		c.text += strings.TrimPrefix(text, marimoIndent)
	}
	return c
}
