package config

import (
	"errors"
	"strings"
)

// splitWords splits a command line the way a shell does: white space between
// words, '…' literal, "…" with backslash escapes for " and \, backslash for any
// character outside. Nothing is expanded.
// It is for "args" that were written as one text, which debugpy passes through a shell: here nothing
// of a shell runs, and what would need one stays as it is written.
func splitWords(line string) ([]string, error) {
	words := []string{}
	var word strings.Builder
	inWord, quote, escaped := false, rune(0), false
	for _, c := range line {
		switch {
		case escaped:
			// Within double quotes a backslash is itself before other characters.
			if quote == '"' && c != '"' && c != '\\' {
				word.WriteByte('\\')
			}
			word.WriteRune(c)
			escaped = false
		case c == '\\' && quote != '\'':
			escaped, inWord = true, true
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(c)
		case c == '\'' || c == '"':
			quote, inWord = c, true
		case strings.ContainsRune(" \t\r\n", c):
			if inWord {
				words = append(words, word.String())
				word.Reset()
			}
			inWord = false
		default:
			word.WriteRune(c)
			inWord = true
		}
	}
	if quote != 0 || escaped {
		return nil, errors.New("has a quote or a backslash that nothing follows")
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, nil
}
