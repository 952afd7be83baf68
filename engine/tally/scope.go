package tally

// withoutCode reports which Statements the compiler has left nothing of: the code
// that they stand in has run, and they are not in it. They have no count, which is
// something else than 0.
func withoutCode(statements []Statement) []bool {
	scope := scopes(statements)
	ran := make([]bool, len(statements)+1) // of each scope, the module's at index 0
	for i := range statements {
		if statements[i].present() {
			ran[scope[i]] = true
		}
	}
	out := make([]bool, len(statements))
	for i := range statements {
		out[i] = statements[i].NoCode || !statements[i].present() && ran[scope[i]]
	}
	return out
}

// present reports whether a Statement is known to have code.
func (s *Statement) present() bool { return s.Ran || s.Hits > 0 || s.Raised > 0 }

// scopes are, of each Statement, the def or class in whose body it stands: its index
// and 1, or 0 for the module.
func scopes(statements []Statement) []int {
	out := make([]int, len(statements))
	var around []int // indexes of the defs and classes that have not ended
	for i := range statements {
		s := &statements[i]
		for len(around) > 0 && statements[around[len(around)-1]].endsBefore(s) {
			around = around[:len(around)-1]
		}
		for at := len(around) - 1; at >= 0; at-- { // a default or a decorator stands outside
			if d := &statements[around[at]]; !before(s.Line, s.Col, d.HeadLine, d.HeadCol) {
				out[i] = around[at] + 1
				break
			}
		}
		if isDef(s.Kind) || s.Kind == "class" {
			around = append(around, i)
		}
	}
	return out
}

// endsBefore reports whether a Statement is over where another starts.
func (s *Statement) endsBefore(other *Statement) bool {
	return !before(other.Line, other.Col, s.EndLine, s.EndCol)
}
