package query

import (
	"slices"
	"sort"
	"strings"
)

// Known holds values that fields were seen to have, by field: modules,
// functions and files of the program.
type Known map[string][]string

// Item is one way to go on at a place of a query.
type Item struct {
	Label  string `json:"label"`
	Kind   string `json:"kind"` // field, operator, predicate, action, option, value, member
	Detail string `json:"detail"`
	Insert string `json:"insert"` // what replaces Span
	Span   Span   `json:"span"`
}

// maxItems bounds a completion.
const maxItems = 200

// Complete lists what can stand at the byte offset of a query, best first.
// The text is what ParseTrace reads; it need not be right.
func Complete(text string, offset int, known Known) []Item {
	return complete(at(text, offset, "trace"), known)
}

// complete is what may stand where the cursor is. Nothing is offered within a text, but for the
// value of a keyword argument, nor where the grammar takes nothing.
func complete(c *cursor, known Known) []Item {
	var items []Item
	switch {
	case c.after == "." && !c.inStr:
		items = c.members()
	case c.keyword() != "":
		items = c.values(c.keyword(), known)
	case c.inStr:
	case c.top().fresh:
		items = c.arguments()
	case c.after == "&" || c.after == "|" || c.after == "~" || c.after == "(":
		items = predicates()
	}
	return c.filter(items)
}

// filter keeps what the word at the cursor begins, sorted by how closely.
// A word within a label still counts, last: whoever types "name" may look for filename. The sort is
// stable, so that the order of the lists, usual things first, stays within each rank.
func (c *cursor) filter(items []Item) []Item {
	prefix := strings.ToLower(c.prefix)
	rank := func(label string) int {
		low := strings.ToLower(label)
		switch {
		case strings.HasPrefix(label, c.prefix):
			return 0
		case strings.HasPrefix(low, prefix):
			return 1
		case strings.Contains(low, prefix):
			return 2
		}
		return 3
	}
	var out []Item
	for _, i := range items {
		if rank(i.Label) < 3 {
			i.Span = c.word
			out = append(out, i)
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return rank(out[i].Label) < rank(out[j].Label) })
	return out[:min(len(out), maxItems)]
}

// members are what follows a dot.
func (c *cursor) members() []Item {
	var out []Item
	switch c.before {
	case "hunter":
		for _, s := range Signatures() {
			out = append(out, call(s))
		}
	case ")":
		s, _ := SignatureOf("filter")
		i := call(s)
		i.Kind = "member"
		return []Item{i}
	default:
		var names []string
		for name := range modules[c.before] {
			names = append(names, name)
		}
		sort.Strings(names)
		for _, n := range names {
			out = append(out, Item{Label: n, Kind: "member", Detail: c.before + "." + n, Insert: n})
		}
	}
	return out
}

// call is the item of something that is called.
func call(s Signature) Item {
	kind := "predicate"
	if actionClasses[s.Name] != nil {
		kind = "action"
	}
	return Item{Label: s.Name, Kind: kind, Detail: s.Label + "\n" + s.Doc, Insert: s.Name + "("}
}

// predicates are the functions that may begin a part of a query.
func predicates() []Item {
	var out []Item
	for _, s := range Signatures() {
		if actionClasses[s.Name] == nil && s.Name != "trace" && s.Name != "Query" {
			out = append(out, call(s))
		}
	}
	return out
}

// actions are the actions, as they are inserted: by their bare name, which means the defaults, but
// for the one that is of no use without names.
func actions() []Item {
	var out []Item
	for _, c := range ActionClasses {
		i := call(c.signature())
		if c.Name != "VarsPrinter" {
			i.Insert = c.Name
		}
		out = append(out, i)
	}
	return out
}

// arguments are what can begin an argument of the function the cursor is in.
// Each function takes its own: a When begins with a condition and goes on with actions, a Query has
// nothing but criteria.
func (c *cursor) arguments() []Item {
	name := c.callee()
	if c.top().callee == "" {
		return append(predicates(), actions()...)
	}
	if actionClasses[name] != nil {
		return options(name)
	}
	switch name {
	case "When":
		if c.top().index > 0 {
			return actions()
		}
		return predicates()
	case "Query":
		return fields(c.prefix)
	case "Q", "trace", "And", "Or", "Not", "filter":
		return usualFirst(append(append(fields(c.prefix), options(name)...), predicates()...))
	case "From", "Backlog":
		return append(append(options(name), fields(c.prefix)...), predicates()...)
	}
	return nil
}

// usual are the arguments that most queries have, in the order in which they are written.
// Behind two dozen fields nobody would see the actions.
var usual = []string{"function", "module", "kind", "action", "actions"}

// usualFirst puts what most queries are about first; the rest keeps its order.
func usualFirst(items []Item) []Item {
	var first, rest []Item
	for _, label := range usual {
		for _, i := range items {
			if i.Label == label {
				first = append(first, i)
			}
		}
	}
	for _, i := range items {
		if !slices.Contains(usual, i.Label) {
			rest = append(rest, i)
		}
	}
	return append(first, rest...)
}

// options are the keywords of a function or action that are no criteria.
func options(name string) []Item {
	s, _ := SignatureOf(name)
	var out []Item
	for _, p := range s.Params {
		if strings.HasPrefix(p.Name, "*") {
			continue
		}
		detail := p.Doc
		if p.Default != "" {
			detail += " (default " + p.Default + ")"
		}
		out = append(out, Item{Label: p.Name, Kind: "option", Detail: detail, Insert: p.Name + "="})
	}
	return out
}

// fields are the criteria; the operators of a field are among them once it is
// written.
// All of them at once would be 17 fields by 13 spellings of operators.
func fields(prefix string) []Item {
	var out []Item
	for _, f := range Fields {
		out = append(out, Item{Label: f.Name, Kind: "field", Detail: f.describe(), Insert: f.Name + "="})
		if !strings.HasPrefix(prefix, f.Name) {
			continue
		}
		for _, o := range Operators {
			if f.takes(o.Op) {
				name := f.Name + "_" + o.Name
				out = append(out, Item{Label: name, Kind: "operator", Detail: f.Name + ": " + o.Doc, Insert: name + "="})
			}
		}
	}
	return append(out, Item{Label: exprField, Kind: "field", Detail: "true where this Python expression is, in the frame", Insert: exprField + "="})
}

// takes reports whether an operator makes sense for a field's values.
// It says what is offered, not what is allowed: typecheck.go decides that.
func (f Field) takes(op Op) bool {
	switch f.Type {
	case TypeStr, TypeAny:
		return true
	case TypeBool:
		return op == In
	case TypeDict:
		return op == Contains
	}
	return op == In || op == Lt || op == Lte || op == Gt || op == Gte
}

// describe is a field in words, with its type.
func (f Field) describe() string { return f.Doc + " (" + article(f) + ")" }

// values are what can stand as the value of a keyword.
// Modules, functions and files are those that the language server has seen in the workspace or in a
// run (Known); nothing is invented.
func (c *cursor) values(keyword string, known Known) []Item {
	switch keyword {
	case "action", "actions":
		return actions()
	case "filter", "condition", "predicate":
		return predicates()
	case "repr_func":
		return c.quoted(reprFuncs, "")
	case "profile", "clear_env_var", "threading_support", "thread", "vars", "strip", "force_colors", "force_pid":
		return truths()
	}
	name, _, _ := strings.Cut(strings.Trim(keyword, "_"), "_")
	f, ok := publicField(name)
	switch {
	case !ok:
		return nil
	case name == "kind":
		return c.quoted(Kinds, "a kind of event")
	case f.Type == TypeBool:
		return truths()
	case name == "threadid":
		return []Item{{Label: "None", Kind: "value", Detail: "the main thread", Insert: "None"}}
	}
	return c.quoted(known[name], "seen as "+name)
}

// truths are the values of a field that is a bool.
func truths() []Item {
	return []Item{{Label: "True", Kind: "value", Insert: "True"}, {Label: "False", Kind: "value", Insert: "False"}}
}

// quoted makes items of texts, in quotes unless the cursor is in a string.
func (c *cursor) quoted(texts []string, detail string) []Item {
	var out []Item
	for _, t := range texts {
		insert := NewStr(t).Repr()
		if c.inStr {
			insert = insert[1 : len(insert)-1]
		}
		out = append(out, Item{Label: t, Kind: "value", Detail: detail, Insert: insert})
	}
	return out
}
