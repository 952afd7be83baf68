package query

import "github.com/tallyho-dev/tallyho/engine/diag"

// At is the predicate of a line in a file; path is absolute.
func At(path string, line int) Pred {
	return &Query{Tests: []Test{
		{Field: "kind", Op: Eq, Operand: NewStr("line")},
		{Field: "lineno", Op: Eq, Operand: NewInt(int64(line))},
		{Field: "path", Op: Eq, Operand: NewStr(path)},
	}}
}

// InFile is the predicate of a whole file; path is absolute.
func InFile(path string) Pred {
	return &Query{Tests: []Test{{Field: "path", Op: Eq, Operand: NewStr(path)}}}
}

// ParseFunction reads the name of a function breakpoint: name, Class.name,
// module:qualname, or a Query. Its Program holds at the function's calls.
func ParseFunction(text string) (*Program, diag.List) {
	if ReadsAsQuery(text) {
		return ParsePredicate(text)
	}
	c := &collector{size: len(text)}
	at := whole(text)
	name := text[at.Start:at.End]
	var tests []Test
	field := "name"
	if module, qualname, ok := cut(name, ':'); ok {
		tests = append(tests, Test{Field: "module", Op: Eq, Operand: NewStr(module), At: at})
		name, field = qualname, "qualname"
	}
	if !isDotted(name) {
		c.errorf(at, "bad-function", "%q is no function's name", clip(text, 60))
		c.list[0].Detail = "Write name, Class.name, module:name, or a query such as Q(module=\"shop\", function=\"price\")."
		return nil, c.list
	}
	tests = append(tests, Test{Field: field, Op: Eq, Operand: NewStr(name), At: at}, Test{Field: "kind", Op: Eq, Operand: NewStr("call")})
	sortTests(tests)
	return NewProgram(text, &Query{Tests: tests, At: at}), nil
}

func cut(s string, sep byte) (before, after string, ok bool) {
	for i := 0; i < len(s); i++ {
		if s[i] == sep {
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

// isDotted reports names joined by dots; <locals>, <lambda> and the like are
// names too.
func isDotted(s string) bool {
	start := true
	for _, r := range s {
		switch {
		case r == '.':
			if start {
				return false
			}
			start = true
		case isNameRune(r, !start) || r == '<' || r == '>':
			start = false
		default:
			return false
		}
	}
	return !start
}
