// Tallyho asks a running Python program questions without editing or stopping
// it, and shows the answers in the debug console and at the end of the source
// line. It is a debug adapter, a language server and a command line in one
// binary; a small Python package embedded in it runs inside the program.
package main

import (
	"os"

	"github.com/tallyho-dev/tallyho/cmd"
)

func main() { os.Exit(cmd.Main(os.Args[1:])) }
