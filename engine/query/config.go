package query

import (
	"fmt"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/diag"
)

// Config is what PYTHONHUNTERCONFIG holds: defaults for every trace, as
// hunter's config module reads them. It is immutable; nil is the empty one.
type Config struct {
	Text     string
	Messages []string // what hunter writes to standard error about it, line by line

	positional []arg
	keywords   []arg // names in lower case; criteria and options of trace
	printers   []arg // defaults of the actions' options
}

// ParseConfig reads PYTHONHUNTERCONFIG. As in hunter, unknown options are
// discarded with a message, and a text that cannot be read at all gives one
// message and an empty Config. The List says the same with places.
// Arguments are kept as they were parsed and evaluated again for each trace: an action that two
// queries shared would have one number in both.
func ParseConfig(text string) (*Config, diag.List) {
	c := &collector{size: len(text)}
	out := &Config{Text: text}
	args := parseArguments(text, c)
	if c.list.HasErrors() {
		out.Messages = []string{failedConfig(text, c.list)}
		return out, c.list
	}
	b := &builder{text: text, diags: c}
	positional, keywords, ok := b.arguments(args)
	if !ok || c.list.HasErrors() {
		out.Messages = []string{failedConfig(text, c.list)}
		return out, c.list
	}
	for i, p := range positional {
		if !callableObject(p.value) {
			out.discard(c, p.at, fmt.Sprintf("%s (position %d): Not a callable", shownValue(p.value), i))
			continue
		}
		out.positional = append(out.positional, args[indexOf(args, i)])
	}
	n := 0
	for _, a := range args {
		if a.name == "" {
			continue
		}
		k := keywords[n]
		n++
		a.name = strings.ToLower(a.name)
		switch {
		case isPrinterDefault(a.name):
			out.printers = append(out.printers, a)
		case isTraceOption(a.name) || isCriterion(a.name):
			out.keywords = append(out.keywords, a)
		default:
			out.discard(c, k.at, fmt.Sprintf("%s=%s: Unknown option", k.name, b.describe(k.value)))
		}
	}
	return out, c.list
}

// indexOf is where the i-th positional argument stands in args.
func indexOf(args []arg, i int) int {
	for at, a := range args {
		if a.name == "" {
			if i == 0 {
				return at
			}
			i--
		}
	}
	return 0
}

// shownValue is str() of a value, as hunter's message has it.
func shownValue(o object) string {
	if o.kind == objValue && o.value.Kind == Str {
		return o.value.Str
	}
	if o.kind == objValue {
		return o.value.Repr()
	}
	return "a " + o.typeName()
}

// discard notes a part of PYTHONHUNTERCONFIG that is not used, in hunter's words.
func (c *Config) discard(diags *collector, at Span, text string) {
	c.Messages = append(c.Messages, "Discarded config from PYTHONHUNTERCONFIG "+text)
	diags.warnf(at, "discarded-config", "discarded %s", text)
}

// failedConfig is hunter's message about a text that cannot be read.
func failedConfig(text string, list diag.List) string {
	for _, d := range list {
		if d.Severity == diag.Error {
			return fmt.Sprintf("Failed to load hunter config from PYTHONHUNTERCONFIG %s: %s", NewStr(text).Repr(),
				exceptionRepr("_prepare_config(", text, d))
		}
	}
	return ""
}

// FailedTrace is hunter's message about a PYTHONHUNTER that it cannot use, "" if
// list has no errors.
func FailedTrace(text string, list diag.List) string {
	for _, d := range list {
		if d.Severity == diag.Error {
			return fmt.Sprintf("Failed to load hunter from PYTHONHUNTER environ variable %s: %s", NewStr(text).Repr(),
				exceptionRepr("trace(", text, d))
		}
	}
	return ""
}

// exceptionRepr is repr() of the exception CPython 3.12 would raise for d,
// which for a SyntaxError tells the place in the call that hunter evaluates.
// The message goes to the standard error of a program that a person knows with hunter: the words are
// compared in tests of what it prints.
func exceptionRepr(call, text string, d diag.Diagnostic) string {
	class := classes[d.Code]
	if class == "" {
		class = "ValueError"
	}
	if class != "SyntaxError" {
		return class + "(" + NewStr(pythonMessage(d)).Repr() + ")"
	}
	// CPython counts columns from 1, in the text with hunter's own call around it.
	source := call + text + ")"
	start, end := d.Span.Start+len(call)+1, d.Span.End+len(call)+1
	shown := NewStr(source).Repr()
	switch d.Code {
	case "positional-after-keyword":
		start, end = len(source), len(source)+1
	case "unclosed-bracket":
		start, end = len(call), 0
	case "repeated-keyword":
		shown = "None"
		end = start + len(text[d.Span.Start:min(len(text), d.Span.End)]) + len("=") + valueLength(text, d.Span.End)
	case "unterminated-string", "unmatched-bracket":
		end = start
	case "missing-comma":
		start = len(call) + previousStart(text, d.Span.Start) + 1
	}
	return fmt.Sprintf("SyntaxError(%s, ('<string>', 1, %d, %s, 1, %d))", NewStr(pythonMessage(d)).Repr(), start, shown, end)
}

// pythonMessage is what CPython's exception says where our Summary differs.
func pythonMessage(d diag.Diagnostic) string {
	switch d.Code {
	case "missing-comma":
		return "invalid syntax. Perhaps you forgot a comma?"
	case "unterminated-string":
		return "unterminated string literal (detected at line 1)"
	case "unknown-name":
		return strings.ReplaceAll(d.Summary, `"`, "'")
	case "unknown-field":
		name := strings.TrimPrefix(d.Summary, "unknown field ")
		return fmt.Sprintf("Unexpected argument '%s'. Must be one of %s.", strings.Trim(name, `"`), NewNames(FieldNames()).Repr())
	case "unknown-operator":
		name := strings.TrimPrefix(d.Summary, "unknown operator ")
		return fmt.Sprintf("Unexpected operator '%s'. Must be one of %s.", strings.Trim(name, `"`), NewNames(OperatorNames()).Repr())
	case "not-callable", "action-not-callable":
		return strings.ToUpper(d.Summary[:1]) + d.Summary[1:] + "."
	}
	return d.Summary
}

// NewNames is a tuple of strings.
func NewNames(names []string) Value {
	v := Value{Kind: Tuple}
	for _, n := range names {
		v.Items = append(v.Items, NewStr(n))
	}
	return v
}

// valueLength is the length of the keyword's value that follows =.
func valueLength(text string, at int) int {
	rest := text[min(len(text), at):]
	rest = strings.TrimPrefix(rest, "=")
	c := &collector{size: len(rest)}
	toks := lex(rest, c)
	return toks[0].span.End
}

// previousStart is where the expression before a missing comma starts.
func previousStart(text string, at int) int {
	c := &collector{size: len(text)}
	start := 0
	for _, t := range lex(text, c) {
		if t.span.Start >= at {
			break
		}
		start = t.span.Start
	}
	return start
}

// isPrinterDefault reports options that are defaults of the actions.
func isPrinterDefault(name string) bool {
	for _, o := range printerOptions {
		if o.Name == name {
			return true
		}
	}
	return name == "klass"
}

// isTraceOption reports a keyword of trace() that is no field.
func isTraceOption(name string) bool {
	for _, t := range threadOptions {
		if t == name {
			return true
		}
	}
	return name == "clear_env_var" || name == "profile" || name == "action" || name == "actions"
}

// isCriterion reports whether name is a field, perhaps with an operator.
func isCriterion(name string) bool {
	if _, ok := publicField(name); ok || name == exprField {
		return true
	}
	var parts []string
	for _, p := range strings.Split(name, "_") {
		if p != "" {
			parts = append(parts, p)
		}
	}
	if len(parts) != 2 {
		return false
	}
	_, field := publicField(parts[0])
	_, op := operatorByName(parts[1])
	return field && op
}

// withConfig adds the configuration's criteria, options and predicates to a
// trace's own, which come first and win.
func (b *builder) withConfig(positional, keywords []argument) ([]argument, []argument) {
	if b.config == nil {
		return positional, keywords
	}
	inner := &builder{text: b.config.Text, diags: &collector{size: len(b.config.Text)}, quiet: true}
	more, defaults, _ := inner.arguments(append(append([]arg{}, b.config.positional...), b.config.keywords...))
	for _, d := range defaults {
		if own, _ := take(keywords, d.name); own == nil {
			keywords = append(keywords, d)
		}
	}
	return append(positional, more...), keywords
}

// configureAction gives a new action the configuration's defaults.
func (b *builder) configureAction(a *Action, class *ActionClass) bool {
	if b.config == nil {
		return true
	}
	inner := &builder{text: b.config.Text, diags: b.diags, quiet: true}
	_, defaults, ok := inner.arguments(b.config.printers)
	for _, d := range defaults {
		if class.takes(d.name) && !inner.option(a, d.name, d) {
			// hunter takes any value from its configuration and fails when it
			// prints; the action's own default is more useful.
			continue
		}
	}
	return ok
}
