package dap

// span is a place in the client's numbers.
type span struct{ line, column, endLine, endColumn int }

// span turns a place of the engine's (lines from 1, columns from 0) into the
// client's numbers. An end that is not known stays 0.
func (c client) span(line, column, endLine, endColumn int) span {
	s := span{line: line + c.lineBase - 1, column: column + c.columnBase}
	if endLine > 0 {
		s.endLine, s.endColumn = endLine+c.lineBase-1, endColumn+c.columnBase
	}
	return s
}

// ownLine turns the client's line into the engine's.
func (c client) ownLine(line int) int { return line - c.lineBase + 1 }
