package replay

import (
	"regexp"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/query"
	"github.com/tallyho-dev/tallyho/engine/tally"
)

// expressions are names with what is looked up in them, and texts, whose names are none.
var expressions = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|#.*|[^\W\d]\w*(?:\s*\.\s*[^\W\d]\w*)*\s*\(?`)

// NamesIn are the names in the head of a statement of a text's lines, with what is looked up in
// them: x, o.total. Of what is called it is what it is called of.
func NamesIn(lines []string, s *tally.Statement) []string {
	var names []string
	seen := map[string]bool{}
	if s == nil { // of a line of a text that was not recorded
		return nil
	}
	for n := s.Line; n <= max(s.Line, s.HeadLine) && n <= len(lines); n++ {
		for _, found := range expressions.FindAllString(lines[n-1], -1) {
			name := strings.Join(strings.Fields(found), "")
			if strings.ContainsAny(name[:1], `"'#`) {
				continue
			}
			if rest, called := strings.CutSuffix(name, "("); called {
				at := strings.LastIndexByte(rest, '.')
				name = rest[:max(at, 0)]
			}
			first, _, _ := strings.Cut(name, ".")
			if name != "" && !query.IsKeyword(first) && !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
		}
	}
	return names
}
