package console

// Client is what the console must know of the client.
type Client struct {
	LineBase   int // the number of the first line: 0 or 1
	ColumnBase int
	ANSI       bool // it renders colours
}
