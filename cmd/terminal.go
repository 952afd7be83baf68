package cmd

import (
	"io"
	"os"
)

// wantsColors reports whether w is a terminal whose person has not said no
// (https://no-color.org).
func wantsColors(w io.Writer) bool {
	return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && isTerminal(w)
}

func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && hasTerminal(f)
}
