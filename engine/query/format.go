package query

import (
	"cmp"
	"fmt"
	"sort"
	"strings"
)

// String is hunter's str() of the Query: operators in its order with their long names,
// fields in alphabetical order for each.
func (p *Query) String() string { return render(p) }

// String is hunter's str() of the And.
func (p *And) String() string { return render(p) }

// String is hunter's str() of the Or.
func (p *Or) String() string { return render(p) }

// String is hunter's str() of the Not.
func (p *Not) String() string { return render(p) }

// String is hunter's str() of the When.
func (p *When) String() string { return render(p) }

// String is hunter's str() of the From.
func (p *From) String() string { return render(p) }

// String is hunter's str() of the Backlog.
func (p *Backlog) String() string { return render(p) }

// String is hunter's str() of the action.
func (p *ActionPred) String() string { return p.Do.String() }

// String writes the criterion as it was given.
func (p *Expr) String() string { return render(p) }

// String is the callable's source where hunter shows an address, and a
// builtin's repr.
func (p *Lambda) String() string {
	if builtinTypes[p.Text] || builtinFunctions[p.Text] {
		return Value{Kind: Builtin, Str: p.Text}.Repr()
	}
	return p.Text
}

// render is a predicate as hunter's repr shows it.
func render(p Pred) string {
	var b strings.Builder
	write(&b, p)
	return b.String()
}

// write writes a predicate as hunter's repr does, name by name, so that what Tallyho prints can be
// compared with hunter's own output.
func write(b *strings.Builder, p Pred) {
	switch p := p.(type) {
	case nil:
		b.WriteString("None")
	case *Query:
		p.write(b)
	case *And:
		writeMany(b, "And(", p.Of)
	case *Or:
		writeMany(b, "Or(", p.Of)
	case *Not:
		writeMany(b, "Not(", []Pred{p.Of})
	case *When:
		b.WriteString("When(")
		write(b, p.If)
		for _, a := range p.Do {
			b.WriteString(", " + a.String())
		}
		b.WriteByte(')')
	case *From:
		b.WriteString("From(")
		write(b, p.If)
		b.WriteString(", ")
		write(b, p.Then)
		fmt.Fprintf(b, ", watermark=%d)", p.Watermark)
	case *Backlog:
		b.WriteString("Backlog(")
		write(b, p.If)
		fmt.Fprintf(b, ", size=%d, stack=%d, vars=%s, action=%s, filter=", p.Size, p.Stack, NewBool(p.Vars).Repr(), p.Do)
		write(b, p.Filter)
		b.WriteByte(')')
	case *Expr:
		b.WriteString("Query(expr=" + NewStr(p.Text).Repr() + ")")
	default:
		b.WriteString(p.String())
	}
}

// writeMany writes predicates in brackets.
func writeMany(b *strings.Builder, open string, of []Pred) {
	b.WriteString(open)
	for i, p := range of {
		if i > 0 {
			b.WriteString(", ")
		}
		write(b, p)
	}
	b.WriteByte(')')
}

// write writes the tests in hunter's order: by operator, then by field, however they were written.
func (p *Query) write(b *strings.Builder) {
	tests := append([]Test{}, p.Tests...)
	sort.SliceStable(tests, func(i, j int) bool {
		x, y := displayOrder[tests[i].Op], displayOrder[tests[j].Op]
		return x < y || x == y && tests[i].Field < tests[j].Field
	})
	b.WriteString("Query(")
	for i, t := range tests {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(t.String())
	}
	b.WriteByte(')')
}

// String is the test as a keyword, with the operator's long name.
func (t Test) String() string {
	key := t.Field
	if t.Op != Eq {
		key += "_" + string(t.Op)
	}
	return key + "=" + t.Operand.Repr()
}

// String is hunter's repr of the action, streams as <stream>.
func (a *Action) String() string {
	switch a.Kind {
	case "Stop":
		return "<hunter.Stop object>"
	case "Call":
		return a.Text
	case "Debugger":
		klass := a.Text
		if klass == "" {
			klass = "pdb.Pdb"
		}
		return fmt.Sprintf("Debugger(klass=<class '%s'>, kwargs=%s)", klass, a.extra())
	case "Manhole":
		return fmt.Sprintf("Manhole(options=%s)", a.extra())
	}
	stream := "<stream>"
	if a.Stream != "" {
		stream = "<" + a.Stream + ">"
	}
	// The missing comma before repr_limit is hunter's.
	return fmt.Sprintf("%s(stream=%s, force_colors=%s, filename_alignment=%d, thread_alignment=%d, pid_alignment=%d repr_limit=%d, repr_func=%s)",
		a.Kind, stream, NewBool(a.ForceColors).Repr(), a.FilenameAlignment, a.ThreadAlignment, a.PIDAlignment, a.ReprLimit, a.reprFuncText())
}

// reprFuncText is repr_func as hunter shows it.
func (a *Action) reprFuncText() string {
	if a.ReprFunc == "repr" || builtinFunctions[a.ReprFunc] || builtinTypes[a.ReprFunc] {
		return Value{Kind: Builtin, Str: a.ReprFunc}.Repr()
	}
	return cmp.Or(a.ReprFunc, "safe_repr")
}

// extra are the options that the action hands on to what it does not know, as a dict.
func (a *Action) extra() string {
	v := Value{Kind: Dict}
	for _, e := range a.Extra {
		v.Items = append(v.Items, NewStr(e.Name), e.Value)
	}
	return v.Repr()
}
