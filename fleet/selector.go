package fleet

import (
	"fmt"
	"strings"
)

// Selector chooses processes: all of its terms have to hold. The zero value
// chooses every one.
type Selector struct{ terms []term }

type term struct {
	key, pattern string
	not          bool
}

const maxTerms = 50

// ParseSelector reads "service=shop,version=1.2*,host!=db1": fields of Identity and
// labels, compared with patterns in which * is anything. A process without the
// field has none of its values.
func ParseSelector(text string) (Selector, error) {
	var s Selector
	if strings.TrimSpace(text) == "" {
		return s, nil
	}
	for _, part := range strings.Split(text, ",") {
		key, pattern, found := strings.Cut(part, "=")
		key, not := strings.CutSuffix(strings.TrimSpace(key), "!")
		key, pattern = strings.TrimSpace(key), strings.TrimSpace(pattern)
		if !found || !isKey(key) {
			return Selector{}, fmt.Errorf("%q selects nothing; a selection is written service=shop,version=1.2*,host!=db1", strings.TrimSpace(part))
		}
		s.terms = append(s.terms, term{key, pattern, not})
	}
	if len(s.terms) > maxTerms {
		return Selector{}, fmt.Errorf("a selection has at most %d terms", maxTerms)
	}
	return s, nil
}

func isKey(key string) bool {
	return key != "" && !strings.ContainsFunc(key, func(r rune) bool {
		return !(r == '_' || r == '-' || r == '.' || r == '/' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z')
	})
}

// Matches reports whether a process is chosen.
func (s Selector) Matches(i Identity) bool {
	for _, t := range s.terms {
		value, there := i.Field(t.key)
		if (there && glob(t.pattern, value)) == t.not {
			return false
		}
	}
	return true
}

// glob compares with a pattern in which * is any text. It takes time in proportion
// to both, whatever they hold: the selection may come from anybody.
func glob(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == text
	}
	text, ok := strings.CutPrefix(text, parts[0])
	if !ok {
		return false
	}
	last := parts[len(parts)-1]
	for _, part := range parts[1 : len(parts)-1] {
		_, after, found := strings.Cut(text, part)
		if !found {
			return false
		}
		text = after
	}
	return strings.HasSuffix(text, last)
}
