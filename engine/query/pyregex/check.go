package pyregex

import "fmt"

// maxPattern bounds a pattern's length in characters.
const maxPattern = 512

// Check reports what is wrong with a pattern: what re.compile would refuse, and
// what could hang the program it is asked in.
// Mistakes come before refusals, for a pattern that Python does not take has none to be judged.
func Check(pattern string, flags int, isBytes bool) *Error {
	if len([]rune(pattern)) > maxPattern {
		return &Error{Text: fmt.Sprintf("the pattern is longer than %d characters", maxPattern), Code: "regex-too-long"}
	}
	if problem := flagProblem(flags, isBytes); problem != "" {
		return &Error{Text: problem, Code: "bad-value"}
	}
	// (?a) and the like count as if they had been given with the pattern.
	inline := InlineFlags(pattern)
	if problem := flagProblem(inline, isBytes); problem != "" {
		return &Error{Text: "bad inline flags: " + problem, Code: "bad-regex"}
	}
	n, p, err := parse(pattern, flags|inline)
	switch {
	case err != nil:
		return err
	// Matching with references back is NP-complete: no analysis of the pattern bounds its time.
	case p.backref >= 0:
		return &Error{Text: "a pattern that refers back to a group is not taken here", At: p.backref, Code: "regex-unsupported"}
	case backtracks(n):
		return &Error{Text: "this pattern can take endless time to match", Code: "regex-backtracks"}
	}
	return nil
}

// flagProblem says why flags do not go with a pattern, or with each other.
func flagProblem(flags int, isBytes bool) string {
	switch {
	case flags&FlagL != 0 && !isBytes:
		return "cannot use 'L' flag with a str pattern"
	case flags&FlagU != 0 && isBytes:
		return "cannot use 'u' flag with a bytes pattern"
	case flags&FlagA != 0 && flags&(FlagU|FlagL) != 0:
		return "flags 'a', 'u' and 'L' are incompatible"
	}
	return ""
}
