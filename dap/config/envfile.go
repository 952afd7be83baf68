package config

import (
	"fmt"
	"os"
	"regexp"
	"strings"
)

// readEnvFile reads NAME=value lines: an optional "export", # comments, 'text'
// literal, "text" with \n \t \" \\ and \$; quotes hold several lines together.
// ${NAME} outside of single quotes is a name further up in the file, else
// of our own environment, else nothing; ${NAME:-text} says what else.
func readEnvFile(path string) (map[string]string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the envFile: %w", err)
	}
	env := map[string]string{}
	text := strings.ReplaceAll(strings.TrimPrefix(string(data), "\ufeff"), "\r\n", "\n")
	for text != "" {
		line, rest, _ := strings.Cut(text, "\n")
		name, value, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "export "), "=")
		name = strings.TrimSpace(name)
		if !ok || name == "" || strings.HasPrefix(name, "#") {
			text = rest
			continue
		}
		value = strings.TrimSpace(value)
		if inner, after, ok := quoted(value, rest); ok {
			env[name], text = unquote(value[0], inner, env), after
			continue
		}
		if i := strings.Index(value, " #"); i >= 0 {
			value = strings.TrimSpace(value[:i])
		}
		env[name], text = substitute(value, env), rest
	}
	return env, nil
}

// quoted is the text of a value that begins with a quote, and what comes after
// the line that its quote ends in. A quote that nothing closes, or that closes
// before the end of its line, is only a character; 'it”s' is one text.
func quoted(value, rest string) (inner, after string, ok bool) {
	if value == "" || value[0] != '"' && value[0] != '\'' {
		return "", "", false
	}
	all := value[1:] + "\n" + rest
	end := closing(all, value[0])
	if end >= 0 {
		tail, after, _ := strings.Cut(all[end+1:], "\n")
		if tail = strings.TrimSpace(tail); tail == "" || strings.HasPrefix(tail, "#") {
			return all[:end], after, true
		}
	}
	if last := len(value) - 1; last > 0 && end < last && value[last] == value[0] {
		return value[1:last], rest, true
	}
	return "", "", false
}

// closing is where a quote is that no backslash stands before; single quotes know
// no backslash.
func closing(text string, quote byte) int {
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == quote:
			return i
		case text[i] == '\\' && quote == '"':
			i++
		}
	}
	return -1
}

// unquote is what a quoted text means: single quotes keep everything, in double quotes there are
// escapes, and names stand for their values.
func unquote(quote byte, inner string, env map[string]string) string {
	if quote == '\'' {
		return inner
	}
	// A dollar that a backslash stands before begins no name.
	const dollar = "\x00"
	inner = strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\"`, `"`, `\\`, `\`, `\$`, dollar).Replace(inner)
	return strings.ReplaceAll(substitute(inner, env), dollar, "$")
}

var envName = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_.]*)(:-[^}]*)?\}`)

// substitute puts values in the place of ${NAME}.
func substitute(value string, env map[string]string) string {
	return envName.ReplaceAllStringFunc(value, func(found string) string {
		parts := envName.FindStringSubmatch(found)
		known, ok := env[parts[1]]
		if !ok {
			known = os.Getenv(parts[1])
		}
		if known == "" {
			return strings.TrimPrefix(parts[2], ":-")
		}
		return known
	})
}
