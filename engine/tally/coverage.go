package tally

// Coverage says what is known of whether a Statement ran.
type Coverage uint8

// What may be known.
const (
	DidRun   Coverage = iota
	NeverRan          // it has code, and that did not begin
	Unsure            // it may have run, and nobody counted it
	NoCount           // the compiler has left nothing of it, or it has no line of its own to be counted by
)

// Coverage is what is known of each of a File's Statements. They add up to what a person calls coverage:
// what never ran counts as such whether or not the function it stands in was called.
func (f *File) Coverage() []Coverage {
	without := withoutCode(f.Statements)
	seen := f.sawImport(without)
	out := make([]Coverage, len(f.Statements))
	for i := range f.Statements {
		s := &f.Statements[i]
		switch {
		case s.Hits > 0 || s.Raised > 0:
			out[i] = DidRun
		case without[i] || f.ByLine && (s.Kind == "comprehension" || s.Kind == "lambda"):
			out[i] = NoCount
		case s.AtLeast || !s.Ran && (f.Unknown != "" || !seen):
			out[i] = Unsure
		default:
			out[i] = NeverRan
		}
	}
	return out
}

// sawImport reports whether a file was counted from its first statement on. Of a program that
// was attached to, any code may have run before.
func (f *File) sawImport(without []bool) bool {
	for i := range f.Statements {
		if s := &f.Statements[i]; s.Function == "<module>" && !without[i] {
			return s.present()
		}
	}
	return true
}
