package redact

import (
	"regexp"
	"strings"
)

const oneLiteral = `[rRbBuUfF]{0,2}(?:"""(?s:.*?)"""|'''(?s:.*?)'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')`

var (
	// given are text literals that are given to a name in a Python source, or compared with it, in
	// any of the ways there are: password = "x", "password": "x", d["password"] = "x" "y",
	// f(password="x"), password: str = "x", os.environ.get("PASSWORD", "x").
	given = regexp.MustCompile(`([\w-]+)((?:["'])?\]?\s*(?:[=!]?=|:\s*[\w.\[\], |]*=|:|,)\s*\(?\s*)(` + oneLiteral + `(?:\s+` + oneLiteral + `)*)`)
	// literal is one of them, its letters apart.
	literal = regexp.MustCompile(oneLiteral)
)

// Source is a Python source without the texts that it gives to names of secrets, and
// without what Text leaves out. It has as many lines as before.
func Source(text string) string {
	out := given.ReplaceAllStringFunc(text, func(found string) string {
		part := given.FindStringSubmatch(found)
		if !IsSecret(part[1]) {
			return found
		}
		return part[1] + part[2] + literal.ReplaceAllStringFunc(part[3], emptied)
	})
	return Text(out)
}

// emptied is a literal with the placeholder in it, over as many lines.
func emptied(literal string) string {
	begin := strings.IndexAny(literal, `"'`)
	letters, quoted := literal[:begin], literal[begin:]
	quote := quoted[:1]
	if len(quoted) >= 6 && quoted[:3] == quote+quote+quote {
		quote = quoted[:3]
	}
	inner := quoted[len(quote) : len(quoted)-len(quote)]
	if inner == "" {
		return literal
	}
	return letters + quote + Placeholder + strings.Repeat("\n", strings.Count(inner, "\n")) + quote
}

// option is one that is given its value in the same word: --token=X, TOKEN=X.
var option = regexp.MustCompile(`^(-{0,2}[\w-]+=)(.+)$`)

// Words are those of a command line, without the values of options that are secrets.
func Words(all []string) []string {
	out := make([]string, len(all))
	for i, word := range all {
		out[i] = Text(word)
		if part := option.FindStringSubmatch(word); part != nil && IsSecret(strings.Trim(part[1], "-=")) {
			out[i] = part[1] + Placeholder
		} else if i > 0 && takesSecret(all[i-1]) && word != "" && word[0] != '-' {
			out[i] = Placeholder
		}
	}
	return out
}

// takesSecret reports whether a word is an option whose value, the next word, is a secret.
func takesSecret(word string) bool {
	return strings.HasPrefix(word, "-") && !strings.Contains(word, "=") && IsSecret(strings.TrimLeft(word, "-"))
}
