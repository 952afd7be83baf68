package query

import (
	"fmt"
	"slices"

	"github.com/tallyho-dev/tallyho/engine/diag"
)

// ActionClass describes an action a query can name.
type ActionClass struct {
	Name    string   // as in action=Name
	Doc     string   // one sentence, for hovers and `query fields`
	Options []Option // its keyword arguments, with defaults
	// positional are the options that can be given without their name, in
	// order; "*" takes any number of names of variables.
	positional []string
	printer    bool
	code       bool // prints code lines: CodePrinter and CallPrinter
}

// Option is one keyword of an action.
type Option struct {
	Name    string
	Default string // as a query would spell it
	Doc     string
}

// printerOptions are what every printer takes: those of hunter's ColorStreamAction, all by
// keyword; CodePrinter and CallPrinter take them by position as well, in this order.
var printerOptions = []Option{
	{"stream", "None", "where to print; None is what the run was told"},
	{"force_colors", "False", "colours even where the output is no terminal"},
	{"force_pid", "False", "always show the process id"},
	{"filename_alignment", "40", "width of the file column"},
	{"thread_alignment", "12", "width of the thread column"},
	{"pid_alignment", "9", "width of the process id column"},
	{"repr_limit", "1024", "longer values are cut in their middle"},
	{"repr_func", "'safe_repr'", "'safe_repr', 'fields' (objects by what they hold), 'repr', or a callable of one value"},
}

// printerPositional is the order in which hunter's printers take what has no name, after
// the names of variables.
var printerPositional = []string{"stream", "force_colors", "force_pid", "filename_alignment", "thread_alignment", "pid_alignment", "repr_limit", "repr_func"}

// ActionClasses are the actions, in the order in which a person meets them.
var ActionClasses = []ActionClass{
	{Name: "CallPrinter", Doc: "prints calls with their arguments, indented by depth, and returns with their values", Options: printerOptions, positional: printerPositional, printer: true, code: true},
	{Name: "CodePrinter", Doc: "prints the source line of each event, and the values of returns and exceptions", Options: printerOptions, positional: printerPositional, printer: true, code: true},
	{Name: "VarsPrinter", Doc: "prints the values of variables or expressions: VarsPrinter('a', 'b.c')", Options: printerOptions, positional: []string{"*"}, printer: true},
	{Name: "VarsSnooper", Doc: "prints variables when they appear or change", Options: printerOptions, printer: true},
	{Name: "StackPrinter", Doc: "prints one line with the functions that called this one", printer: true, positional: []string{"depth", "limit"},
		Options: append([]Option{{"depth", "15", "how many outer frames"}, {"limit", "2", "how many parts of each path"}}, printerOptions...)},
	{Name: "ErrorSnooper", Doc: "prints what led to an exception that nobody saw", printer: true, positional: printerPositional,
		Options: append([]Option{{"max_backlog", "10", "events kept from before"}, {"max_events", "50", "events shown after"}, {"max_depth", "0", "how much deeper they may be"}}, printerOptions...)},
	{Name: "Debugger", Doc: "stops the program for you to look", Options: []Option{{"klass", "pdb.Pdb", "the debugger's class, in a terminal"}}, positional: []string{"klass"}},
	{Name: "Manhole", Doc: "opens the debug console on this frame"},
	{Name: "Stop", Doc: "ends this tracepoint: nothing more is printed"},
}

// actionClasses finds an ActionClass by name.
var actionClasses = func() map[string]*ActionClass {
	out := map[string]*ActionClass{}
	for i := range ActionClasses {
		out[ActionClasses[i].Name] = &ActionClasses[i]
	}
	return out
}()

// codePrinters are the classes hunter keeps from printing an event twice.
var codePrinters = map[string]bool{"CallPrinter": true, "CodePrinter": true}

// printsCode reports whether the action shows the line of source that ran.
func (a *Action) printsCode() bool { return codePrinters[a.Kind] || a.Kind == "ErrorSnooper" }

// isPrinter reports whether a is one of hunter's ColorStreamActions.
func (a *Action) isPrinter() bool {
	c := actionClasses[a.Kind]
	return c != nil && c.printer
}

// NewAction makes an action of that kind with every option at its default.
func NewAction(kind string) Action {
	return Action{Kind: kind, FilenameAlignment: 40, ThreadAlignment: 12, PIDAlignment: 9, ReprLimit: 1024,
		Depth: 15, Limit: 2, MaxBacklog: 10, MaxEvents: 50}
}

// action makes an action of an argument: an instance, a class, or a callable.
func (b *builder) action(o object) *Action {
	switch {
	case o.kind == objAction:
		return o.action
	case o.kind == objClass:
		return b.newAction(o.name, o.node, nil, nil)
	case o.kind == objFunction:
		b.notCalled(o)
		return nil
	case o.kind == objValue && o.value.callable():
		if !o.value.Arity.accepts(1) {
			b.add(diag.Diagnostic{Severity: diag.Warning, Code: "lambda-arity", Span: b.span(o.node),
				Summary: "this action fails when it runs", Detail: "The lambda must take one argument, the event."})
		}
		a := NewAction("Call")
		a.Text = o.value.Str
		return &a
	}
	return nil
}

// newAction makes an instance of an action class; n is where, for a class
// without brackets too.
// Defaults come first, then PYTHONHUNTERCONFIG's, then what is written here, as in hunter.
func (b *builder) newAction(name string, n *node, positional, keywords []argument) *Action {
	class := actionClasses[name]
	a := NewAction(name)
	ok := b.configureAction(&a, class)
	if len(class.positional) > 0 && class.positional[0] == "*" {
		ok = b.names(&a, positional) && ok
		positional = nil
		if len(a.Names) == 0 && ok {
			b.add(diag.Diagnostic{Severity: diag.Error, Code: "missing-argument", Span: b.span(n),
				Summary: name + " needs at least one variable or expression", Hint: "Write " + name + "(\"a\", \"b.c\")."})
			ok = false
		}
	}
	if len(positional) > len(class.positional) {
		b.errorf(positional[len(class.positional)].at, "unexpected-argument", "%s takes at most %d positional arguments, not %d",
			name, len(class.positional), len(positional))
		return nil
	}
	given := map[string]bool{}
	for i := range positional {
		given[class.positional[i]] = true
		ok = b.option(&a, class.positional[i], positional[i]) && ok
	}
	for _, k := range keywords {
		switch {
		case given[k.name]:
			b.errorf(k.keyAt, "unexpected-argument", "%s got two values for %q", name, k.name)
			ok = false
		case class.takes(k.name):
			ok = b.option(&a, k.name, k) && ok
		case name == "Debugger" || name == "Manhole":
			// Both hand what they do not know on: to the debugger's class, to
			// manhole.install.
			if !b.plain(k.value) {
				ok = false
				continue
			}
			a.Extra = append(a.Extra, NamedValue{k.name, k.value.value})
		default:
			b.unknownOption(name, k, class.optionNames())
			ok = false
		}
	}
	if !ok {
		return nil
	}
	return &a
}

// takes reports whether the action has an option of that name.
func (c *ActionClass) takes(option string) bool {
	for _, o := range c.Options {
		if o.Name == option {
			return true
		}
	}
	return false
}

// optionNames are the names of all options, in the order of the signature.
func (c *ActionClass) optionNames() []string {
	var out []string
	for _, o := range c.Options {
		out = append(out, o.Name)
	}
	return out
}

// names reads the expressions of a VarsPrinter, each of which is shown once.
// The order is that of their first mention: it is the order in which they are printed.
func (b *builder) names(a *Action, args []argument) bool {
	ok := true
	for _, p := range args {
		if p.value.kind == objBad {
			ok = false
			continue
		}
		if p.value.kind != objValue || p.value.value.Kind != Str {
			b.add(diag.Diagnostic{Severity: diag.Error, Code: "bad-option", Span: p.at, Summary: a.Kind + " takes names and expressions as texts",
				Detail: fmt.Sprintf("This is a %s.", p.value.typeName())})
			ok = false
			continue
		}
		ok = b.checkPython(p.value.value.Str, p.value.node) && ok
		if !slices.Contains(a.Names, p.value.value.Str) {
			a.Names = append(a.Names, p.value.value.Str)
		}
	}
	return ok
}

// option sets one option of an action.
// Whether the action has such an option was asked before (takes, or the positional's index).
func (b *builder) option(a *Action, name string, k argument) bool {
	if k.value.kind == objBad {
		return false
	}
	ints := map[string]*int{"filename_alignment": &a.FilenameAlignment, "thread_alignment": &a.ThreadAlignment, "pid_alignment": &a.PIDAlignment,
		"repr_limit": &a.ReprLimit, "depth": &a.Depth, "limit": &a.Limit, "max_backlog": &a.MaxBacklog, "max_events": &a.MaxEvents, "max_depth": &a.MaxDepth}
	if into := ints[name]; into != nil {
		k.name = name
		return b.integer(k, into) && b.inBounds(name, *into, k.at)
	}
	switch name {
	case "force_colors":
		a.ForceColors = b.truth(k)
	case "force_pid":
		a.ForcePID = b.truth(k)
	case "stream":
		return b.stream(a, k)
	case "repr_func":
		return b.reprFunc(a, k)
	case "klass":
		a.Text = b.klass(k)
		return a.Text != ""
	}
	return true
}

// inBounds refuses sizes that would only fill memory.
func (b *builder) inBounds(name string, n int, at Span) bool {
	if n > 1_000_000 {
		b.errorf(at, "too-large", "%s may be at most 1000000", name)
		return false
	}
	return true
}

// stream reads where a printer prints. hunter takes any file object; here there are the two streams
// of the program alone, for what prints lives in another process.
func (b *builder) stream(a *Action, k argument) bool {
	o := k.value
	switch {
	case o.kind == objValue && o.value.Kind == None:
	case o.kind == objMember && (o.name == "sys.stdout" || o.name == "sys.__stdout__"):
		a.Stream = "stdout"
	case o.kind == objMember && (o.name == "sys.stderr" || o.name == "sys.__stderr__"):
		a.Stream = "stderr"
	case o.kind == objValue && o.value.Kind == Str:
		b.add(diag.Diagnostic{Severity: diag.Error, Code: "bad-stream", Span: k.at, Summary: "a printer cannot open a file",
			Hint: "Use tallyho run --output FILE."})
		return false
	default:
		b.errorf(k.at, "no-such-method", "stream must be None, sys.stdout or sys.stderr, not %s", b.describe(o))
		return false
	}
	return true
}

// reprFuncs are the ways to show values that have a name.
var reprFuncs = []string{"safe_repr", "fields", "repr"}

// reprFunc reads how values become text: by one of our own names, or by a callable, which runs the
// program's code and is asked for in the bridge by its name.
func (b *builder) reprFunc(a *Action, k argument) bool {
	o := k.value
	switch {
	case o.kind == objValue && o.value.Kind == Str && slices.Contains(reprFuncs, o.value.Str):
		a.ReprFunc = o.value.Str
	case o.kind == objValue && o.value.Kind == Builtin && o.value.Str == "repr":
		a.ReprFunc = "repr"
	case o.kind == objValue && o.value.callable():
		a.ReprFunc = o.value.Str
	default:
		d := diag.Diagnostic{Severity: diag.Error, Code: "bad-repr-func", Span: k.at,
			Summary: fmt.Sprintf("repr_func must be \"safe_repr\", \"fields\", \"repr\" or a callable, not %s", b.describe(o))}
		if o.kind == objValue && o.value.Kind == Str {
			if near := diag.Nearest(o.value.Str, reprFuncs); near != "" {
				d.Hint = fmt.Sprintf("Did you mean %q?", near)
			}
		}
		b.add(d)
		return false
	}
	return true
}

// klass is the text of a Debugger's class.
func (b *builder) klass(k argument) string {
	if k.value.kind == objMember {
		return k.value.name
	}
	if k.value.kind == objValue && k.value.value.callable() {
		return k.value.value.Str
	}
	b.errorf(k.at, "bad-option", "klass must be a debugger's class, such as pdb.Pdb")
	return ""
}
