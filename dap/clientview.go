package dap

// consoleClient is what the console must know of the client.
type consoleClient struct {
	lineBase   int // the number of the first line: 0 or 1
	columnBase int
	ansi       bool // it renders colours
}
