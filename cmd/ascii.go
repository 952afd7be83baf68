package cmd

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"
)

// asciiOnly reports whether the person's locale says that the terminal knows no
// other characters: C or POSIX, or another encoding. Where nothing is said, it is
// UTF-8, as nearly everywhere.
// The three variables are looked at in the order that POSIX gives them (Environment
// Variables, 8.2): the first that is not empty counts.
func asciiOnly() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		locale := os.Getenv(name)
		if locale == "" {
			continue
		}
		encoding := strings.ToLower(locale)
		return locale == "C" || locale == "POSIX" || strings.Contains(encoding, ".") && !strings.Contains(encoding, "utf-8") && !strings.Contains(encoding, "utf8")
	}
	return false
}

// readable is w for sentences of ours, in the characters that the terminal has.
func readable(w io.Writer) io.Writer {
	if !asciiOnly() {
		return w
	}
	return &asciiWriter{w: w}
}

// asciiWriter writes ASCII: what we use has a likeness, the rest is escaped as
// Python does.
type asciiWriter struct {
	w    io.Writer
	rest []byte // of a character that was cut
}

// likenesses are ASCII for the signs that we use; whatever else is not ASCII is escaped.
var likenesses = strings.NewReplacer("×", "x", "…", "...", "→", "->", "✗", "!", "·", "*", "–", "-", "—", "-", "“", `"`, "”", `"`, "’", "'",
	"≥", ">=", "◇", "<>", "▸", ">", "�", "?")

// Write replaces what is not ASCII: by what looks like it, or by Python's escape. A character that
// is cut off at the end waits for its rest.
func (a *asciiWriter) Write(p []byte) (int, error) {
	text := append(a.rest, p...)
	whole := len(text)
	for back := 1; back < utf8.UTFMax && back <= len(text); back++ {
		if utf8.RuneStart(text[len(text)-back]) {
			if !utf8.FullRune(text[len(text)-back:]) {
				whole = len(text) - back
			}
			break
		}
	}
	a.rest = append([]byte(nil), text[whole:]...)
	var out strings.Builder
	for _, r := range likenesses.Replace(string(text[:whole])) {
		switch {
		case r < utf8.RuneSelf:
			out.WriteByte(byte(r))
		case r < 0x100:
			fmt.Fprintf(&out, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&out, `\u%04x`, r)
		default:
			fmt.Fprintf(&out, `\U%08x`, r)
		}
	}
	if _, err := io.WriteString(a.w, out.String()); err != nil {
		return 0, err
	}
	return len(p), nil
}
