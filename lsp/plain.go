package lsp

import (
	"strings"
	"unicode"
)

// maxPlain bounds one line of text of the program's that is shown by itself.
const maxPlain = 500

// plain makes a text of the program's safe to show: no control characters, nothing
// that turns the direction of writing, no endless line. Line ends stay.
func plain(text string) string {
	var b strings.Builder
	n := 0
	for _, r := range text {
		if n++; n > maxPlain {
			b.WriteString("…")
			break
		}
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
			r = '\uFFFD'
		}
		b.WriteRune(r)
	}
	return b.String()
}
