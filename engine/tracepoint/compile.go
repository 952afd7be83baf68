package tracepoint

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/diag"
	"github.com/tallyho-dev/tallyho/engine/query"
)

// Options are what all Tracepoints of a Set have in common. The zero value has
// no defaults and no events.
type Options struct {
	Config *query.Config // what PYTHONHUNTERCONFIG holds, nil: nothing
	Events bool          // every Tracepoint also records each event that it is true of
	// Careful refuses all that would run Python code in the program but plain
	// names, attributes and items.
	Careful bool
	// Stops says that a person can look at a stopped program.
	Stops bool
	// Blind says that exceptions and data cannot be asked about: the bridge was
	// started without what sees them.
	Blind bool
}

// NewOptions reads a PYTHONHUNTERCONFIG. What it cannot use is discarded, as
// hunter does; the Diagnostics tell.
func NewOptions(config string) (Options, diag.List) {
	if config == "" {
		return Options{}, nil
	}
	c, problems := query.ParseConfig(config)
	return Options{Config: c}, problems
}

// Compiled is a Spec that can be armed. It is immutable.
type Compiled struct {
	Program *query.Program
	Classes []string      // of exceptions, by bare name; none: all
	event   *query.Action // records each event, nil if that is not asked
}

// Compile turns a Spec into a Program. It returns nil if and only if the
// Diagnostics have errors; their spans are in the text that is wrong, which is
// the Spec's Query, Function, Condition, HitCondition or LogMessage.
func Compile(s Spec, o Options) (*Compiled, diag.List) {
	program, problems := programOf(s, o)
	problems = query.Strict(problems)
	if s.Exceptions != "" {
		problems = append(problems, CheckFilter(s.Exceptions)...)
	}
	if s.Condition != "" && (s.Query == "" || program != nil) {
		condition, more := ParseCondition(s)
		problems = append(problems, query.Strict(more)...)
		if program != nil && condition != nil {
			program = program.With(condition.Root)
		}
	}
	if s.HitCondition != "" {
		hit, more := query.ParseHit(s.HitCondition)
		problems = append(problems, more...)
		if program != nil {
			with := *program
			with.Hit = hit
			program = &with
		}
	}
	if program != nil && o.Careful {
		problems = append(problems, program.Python()...)
	}
	if program == nil || problems.HasErrors() {
		return nil, problems
	}
	c := &Compiled{Program: program, Classes: s.classes()}
	if o.Events {
		a := query.NewAction("Event")
		a.ID = len(program.Actions)
		c.event = &a
	}
	return c, problems
}

// programOf is the Spec without its refinements.
func programOf(s Spec, o Options) (*query.Program, diag.List) {
	if s.Query != "" && s.LogMessage == "" && !s.Stop && !s.Count {
		return query.ParseTrace(s.Query, o.Config)
	}
	actions, problems := actionsOf(s)
	if problems.HasErrors() {
		return nil, problems
	}
	switch {
	case s.Query != "":
		condition, more := query.ParseCondition(s.Query)
		if condition == nil {
			return nil, append(problems, more...)
		}
		return query.NewProgram(s.Query, condition.Root, actions...), append(problems, more...)
	case s.Time != "":
		return query.NewProgram(s.Function, timedRoot(s), actions...), problems
	case s.Function != "":
		root, more := functionRoot(s.Function)
		if root == nil {
			return nil, append(problems, more...)
		}
		return query.NewProgram(s.Function, root, actions...), append(problems, more...)
	}
	// The bridge finds the line (and moves it to one with code), the exception
	// or the value: nothing is left to test.
	return query.NewProgram("", nil, actions...), problems
}

// actionsOf is what is shown of a hit: what was asked for, nothing where hits
// are counted or the person can look for themselves, else the call.
func actionsOf(s Spec) ([]query.Action, diag.List) {
	switch {
	case s.Time != "":
		return []query.Action{query.NewAction("Event")}, nil
	case s.Count:
		return nil, nil
	case s.Exceptions == Silenced && s.LogMessage == "":
		// Also where it stops: what led to it is not in the frames.
		return []query.Action{query.NewAction("Silenced")}, nil
	case s.LogMessage != "":
		action, problems := query.ParseLog(s.LogMessage)
		return []query.Action{action}, problems
	case s.Stop:
		return nil, nil
	}
	return []query.Action{query.NewAction("CallPrinter")}, nil
}

var classList = regexp.MustCompile(`^\s*[\pL_][\pL\pN_]*(\.[\pL_][\pL\pN_]*)*(\s*,\s*[\pL_][\pL\pN_]*(\.[\pL_][\pL\pN_]*)*)*\s*$`)

// ParseCondition reads a Spec's Condition. The classes that one of exceptions may
// list are no program: nothing is left to ask.
func ParseCondition(s Spec) (*query.Program, diag.List) {
	if s.classes() != nil {
		return query.NewProgram(s.Condition, nil), nil
	}
	return query.ParseCondition(s.Condition)
}

// classes are the exception classes that a Condition lists, by bare name: people
// write the name that they import, which need not be where the class is made.
func (s Spec) classes() []string {
	if s.Exceptions == "" || !classList.MatchString(s.Condition) {
		return nil
	}
	var classes []string
	for _, class := range strings.Split(s.Condition, ",") {
		class = strings.TrimSpace(class)
		classes = append(classes, class[strings.LastIndex(class, ".")+1:])
	}
	return classes
}

// CheckFilter tells of a value of Spec.Exceptions that is none of the Filters.
func CheckFilter(name string) diag.List {
	if slices.Contains(Filters(), name) {
		return nil
	}
	return diag.List{{Severity: diag.Error, Code: "exception-filter", Span: diag.Span{End: len(name)},
		Summary: fmt.Sprintf("unknown exception filter %q", name),
		Detail:  "The filters are " + strings.Join(Filters(), ", ") + "."}}
}

// timedRoot is true of the events between which time passes, in any file: which
// one it is, is for who knows about files.
func timedRoot(s Spec) query.Pred {
	kinds := []query.Value{query.NewStr("call"), query.NewStr("return")}
	if s.Time == TimeLine {
		kinds = append(kinds, query.NewStr("line"))
	}
	return &query.Query{Tests: []query.Test{
		{Field: "kind", Op: query.In, Operand: query.Value{Kind: query.Tuple, Items: kinds}},
		{Field: "name", Op: query.Eq, Operand: query.NewStr(s.Function)},
	}}
}

// functionRoot is true of the calls of a function: "name", "Class.name",
// "module:qualname", or a query of its own.
func functionRoot(text string) (query.Pred, diag.List) {
	if isQuery(text) {
		program, problems := query.ParseCondition(text)
		if program == nil {
			return nil, problems
		}
		return program.Root, problems
	}
	tests := []query.Test{{Field: "kind", Op: query.Eq, Operand: query.NewStr("call")}}
	module, name, found := strings.Cut(text, ":")
	if !found {
		module, name = "", text
	}
	for _, part := range strings.Split(name, ".") {
		if !isName(part) {
			return nil, diag.List{{Severity: diag.Error, Code: "function-name", Span: diag.Span{End: len(text)},
				Summary: "this is no function's name",
				Detail:  `Write "name", "Class.name", "module:name", or a query such as function_sw="price".`}}
		}
	}
	if module != "" {
		tests = append(tests, query.Test{Field: "module", Op: query.Eq, Operand: query.NewStr(module)})
	}
	tests = append(tests, query.Test{Field: "name", Op: query.Eq, Operand: query.NewStr(name)})
	return &query.Query{Tests: tests}, nil
}

// isQuery tells the queries that a Spec's Function may be from functions' names.
func isQuery(function string) bool { return strings.ContainsAny(function, "(=") }

// NamesFunction reports whether the Spec is about the calls of a function that
// it names: a generator's is one, however often it goes on.
func (s Spec) NamesFunction() bool {
	return s.Function != "" && s.Time == "" && !isQuery(s.Function)
}

// isName reports Python names, and what Python itself puts into a qualified
// name: <locals>, <lambda>.
func isName(s string) bool {
	s = strings.TrimSuffix(strings.TrimPrefix(s, "<"), ">")
	if s == "" || s[0] >= '0' && s[0] <= '9' {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool {
		return r < 0x80 && !(r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z')
	})
}

// Action finds the action that a record names, nil if there is none.
func (c *Compiled) Action(id int) *query.Action {
	switch {
	case id >= 0 && id < len(c.Program.Actions):
		return c.Program.Actions[id]
	case c.event != nil && id == c.event.ID:
		return c.event
	}
	return nil
}

// MeansHit reports whether an action runs only where the whole Program is true,
// so that its records are hits.
func (c *Compiled) MeansHit(id int) bool {
	if c.event != nil && id == c.event.ID {
		return true
	}
	when, ok := c.Program.Root.(*query.When)
	return ok && slices.ContainsFunc(when.Do, func(a *query.Action) bool { return a.ID == id })
}

// Recording is the action that records events, nil if there is none. No predicate
// names it: it runs whenever the whole Program is true.
func (c *Compiled) Recording() *query.Action { return c.event }
