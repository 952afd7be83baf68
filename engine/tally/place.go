package tally

// Place is where a Statement stands in the text that is being edited.
type Place struct {
	Statement int // index in File.Statements
	Line      int // as in Statement: lines from 1, columns from 0 in characters
	Col       int
	EndLine   int
	EndCol    int
	HeadLine  int
	HeadCol   int
	State     PlaceState
	// FunctionEdited says that something in the function around the Statement,
	// or in the one it defines, is not what ran.
	FunctionEdited bool
}

// PlaceState says what became of a Statement's text since it ran.
type PlaceState uint8

// The states of a Place.
const (
	Fresh   PlaceState = iota // stands on the lines that ran
	Stale                     // its text was changed: counts hold, values do not
	Deleted                   // gone; nothing can be shown
)
