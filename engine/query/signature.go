package query

import "strings"

// Param is one parameter of a function or action.
type Param struct {
	Name    string `json:"name"`
	Default string `json:"default,omitempty"`
	Doc     string `json:"doc"`
}

// Signature describes something a query can call.
type Signature struct {
	Name   string  `json:"name"`
	Label  string  `json:"label"` // as a person would write it down
	Doc    string  `json:"doc"`
	Params []Param `json:"params"`
	Active int     `json:"active"` // SignatureAt: the parameter under the cursor, -1 for none
}

// criteria is the parameter of everything that takes fields.
var criteria = Param{"**criteria", "", "field=value or field_operator=value; all must hold"}

var backlogParams = []Param{{"*conditions", "", "what ends the wait"}, {"size", "100", "how many events are kept"}, {"stack", "10", "how many outer calls are shown"},
	{"vars", "False", "keep values too"}, {"strip", "True", "forget what was kept when the outermost call ends"},
	{"action", "CallPrinter", "a printer for what was kept"}, {"filter", "None", "what is kept at all"}, criteria}

// signatures are the functions of a query.
var signatures = []Signature{
	{Name: "Q", Doc: "Holds where all of its predicates and criteria hold; runs the actions there.", Params: []Param{
		{"*predicates", "", "all must hold"}, {"action", "", "what to do where it holds"}, {"actions", "", "several of them, in a list"}, criteria}},
	{Name: "Query", Doc: "Holds where all of its criteria hold.", Params: []Param{criteria}},
	{Name: "And", Doc: "Holds where all hold; asks from left to right.", Params: []Param{{"*predicates", "", "all must hold"}, criteria}},
	{Name: "Or", Doc: "Holds where one holds; each keyword counts by itself.", Params: []Param{{"*predicates", "", "one must hold"}, criteria}},
	{Name: "Not", Doc: "Holds where its predicates and criteria do not all hold. ~Q(…) is short for it.", Params: []Param{{"*predicates", "", "not all may hold"}, criteria}},
	{Name: "When", Doc: "Runs actions where the condition holds; holds there itself.", Params: []Param{{"condition", "", "a predicate"}, {"*actions", "", "what to do, in order"}}},
	{Name: "From", Doc: "Lets events through from where the condition first holds until the depth falls back. Inside, depth and calls are counted from the start.", Params: []Param{
		{"condition", "None", "what starts it"}, {"predicate", "None", "what gets through then"}, {"watermark", "0", "how far the depth may fall: 0 ends with the caller, 1 with the function itself"},
		{"**criteria", "", "those about depth and calls belong to the predicate, the others to the condition"}}},
	{Name: "Backlog", Doc: "Keeps events, and shows what came before where the condition holds.", Params: backlogParams},
	{Name: "trace", Doc: "The whole query: as Q, with CallPrinter where no action is named.", Params: []Param{
		{"*predicates", "", "all must hold"}, {"action", "CallPrinter", "what to do where it holds"}, {"actions", "", "several of them, in a list"},
		{"profile", "False", "events of C functions instead of lines"}, {"threading_support", "None", "trace new threads and show names; False: this thread only"},
		{"clear_env_var", "False", "leave child processes alone"}, criteria}},
	{Name: "filter", Doc: "The same Backlog, keeping only what also passes these.", Params: []Param{{"*predicates", "", "all must hold"}, criteria}},
}

// Signatures are the functions and actions a query can call.
// filter is left out: it is a method of a Backlog, and stands behind a dot alone.
func Signatures() []Signature {
	var out []Signature
	for _, s := range signatures {
		if s.Name != "filter" {
			out = append(out, s.labelled())
		}
	}
	for _, c := range ActionClasses {
		out = append(out, c.signature())
	}
	return out
}

// SignatureOf finds one of Signatures, or filter.
func SignatureOf(name string) (Signature, bool) {
	for _, s := range signatures {
		if s.Name == name {
			return s.labelled(), true
		}
	}
	if c := actionClasses[name]; c != nil {
		return c.signature(), true
	}
	return Signature{}, false
}

// signature is an action as a call, for editors.
func (c *ActionClass) signature() Signature {
	s := Signature{Name: c.Name, Doc: strings.ToUpper(c.Doc[:1]) + c.Doc[1:] + "."}
	if len(c.positional) > 0 && c.positional[0] == "*" {
		s.Params = append(s.Params, Param{"*names", "", "variables or expressions, as texts"})
	}
	for _, o := range c.Options {
		s.Params = append(s.Params, Param(o))
	}
	return s.labelled()
}

// labelled puts the label together, which editors show; no parameter is the active one yet.
func (s Signature) labelled() Signature {
	var parts []string
	for _, p := range s.Params {
		if p.Default != "" {
			parts = append(parts, p.Name+"="+p.Default)
		} else {
			parts = append(parts, p.Name)
		}
	}
	s.Label = s.Name + "(" + strings.Join(parts, ", ") + ")"
	s.Active = -1
	return s
}
