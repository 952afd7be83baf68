package diag

// Severity ranks a Diagnostic; its values are those of LSP's
// DiagnosticSeverity, so that the language server needs no table.
type Severity int

// The severities, most serious first.
const (
	Error Severity = iota + 1
	Warning
	Information
	Hint
)

// Span is a half-open range of byte offsets into the text a Diagnostic is
// about.
type Span struct {
	Start int `json:"start"`
	End   int `json:"end"`
}

// Diagnostic is a mistake in a text a person wrote. Summary says what is
// wrong in a few words, Detail why and what to do, Hint (optional) the nearest
// right spelling, Fix (optional) the text that would replace Span.
type Diagnostic struct {
	Severity Severity
	Code     string // stable, kebab-case: "unknown-field"
	Summary  string
	Detail   string
	Hint     string
	Fix      string
	Span     Span
}

// Error makes a Diagnostic usable where an error is wanted; it is one line.
func (d Diagnostic) Error() string {
	switch {
	case d.Hint != "":
		return d.Summary + "; " + d.Hint
	case d.Detail != "":
		return d.Summary + ": " + d.Detail
	}
	return d.Summary
}

// List is what a phase collects; nil means the text is right.
type List []Diagnostic

// HasErrors reports whether any Diagnostic forbids running the text.
func (l List) HasErrors() bool {
	for _, d := range l {
		if d.Severity == Error {
			return true
		}
	}
	return false
}
