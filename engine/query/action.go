package query

// Action names a printer (or Stop, Debugger, Manhole) and carries its options,
// defaults filled in.
type Action struct {
	ID   int    // its index in Program.Actions
	Kind string // CallPrinter CodePrinter VarsPrinter VarsSnooper StackPrinter ErrorSnooper Log Event …

	ForceColors       bool
	ForcePID          bool
	FilenameAlignment int // default 40
	ThreadAlignment   int // default 12
	PIDAlignment      int // default 9
	ReprLimit         int // default 1024
	// Threads: nil shows the name once several threads were seen.
	Threads *bool

	Names      []string // VarsPrinter: the expressions as written
	Depth      int      // StackPrinter, default 15
	Limit      int      // StackPrinter, default 2
	MaxBacklog int      // ErrorSnooper, default 10
	MaxEvents  int      // ErrorSnooper, default 50
	MaxDepth   int      // ErrorSnooper, default 0
	ReprFunc   string   // "safe_repr", "fields", "repr", or the text of a lambda or a builtin's name; "" (default): "safe_repr", and "fields" at a debug console
	Template   []Piece  // Log

	Text   string       // Call: the callable's source; Debugger: its class's
	Extra  []NamedValue // Debugger, Manhole: options handed on
	Stream string       // "" (the run's output), "stdout" or "stderr"
}

// NamedValue is an option and its value.
type NamedValue struct {
	Name  string
	Value Value
}

// Piece is one part of a log message: literal text, or the slot with that
// index among the Record's values.
type Piece struct {
	Text string
	Slot int // -1: literal
	// Expr, Conversion ("r", "s", "a" or "") and Format say what the slot
	// holds.
	Expr       string
	Conversion string
	Format     string
	// Nested is what the Format is made of where it holds slots of its own;
	// their Slot is 0.
	Nested []Piece
}
