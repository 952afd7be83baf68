package cmd

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/tallyho-dev/tallyho/engine/diag"
	"github.com/tallyho-dev/tallyho/engine/query"
	"github.com/tallyho-dev/tallyho/internal/modules"
)

// newQuery is `tallyho query`: what can be said of queries without a program.
// None of its subcommands starts a program, connects to one or writes a file: they parse,
// and print.
func newQuery(w *world) *cobra.Command {
	c := &cobra.Command{
		Use:   "query",
		Short: "Check, explain and format queries",
		Args:  noSubcommand,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newCheck(w), newExplain(w), newFields(w), newFormat(w))
	return c
}

// texts are the queries of a subcommand: its arguments, files of them, or
// standard input where there is neither.
// One that was typed at a prompt has a newline at its end, which is no part of it.
func (w *world) texts(args, files []string) ([]namedText, error) {
	var all []namedText
	for _, text := range args {
		all = append(all, namedText{"query", text})
	}
	for _, name := range files {
		more, err := readQueries(name)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	if len(args)+len(files) == 0 {
		text, err := io.ReadAll(w.stdin)
		if err != nil {
			return nil, fmt.Errorf("the query cannot be read: %w", err)
		}
		all = append(all, namedText{"query", strings.TrimRight(string(text), "\r\n")})
	}
	return all, nil
}

// newCheck is `tallyho query check`, for scripts and editors.
// The exit code is 1 as soon as one query would be refused; warnings alone leave it 0.
func newCheck(w *world) *cobra.Command {
	var files []string
	var asJSON bool
	c := &cobra.Command{
		Use:   "check [QUERY…]",
		Short: "Say what is wrong with queries; exit 1 if something is",
		RunE: func(_ *cobra.Command, args []string) error {
			texts, err := w.texts(args, files)
			if err != nil {
				return err
			}
			return w.check(texts, asJSON)
		},
	}
	c.Flags().StringArrayVarP(&files, "file", "f", nil, "a file of queries, as run takes it")
	c.Flags().BoolVar(&asJSON, "json", false, "for programs")
	return c
}

// checked is what `query check --json` says of one query. Start and End are
// byte offsets in the text.
type checked struct {
	Text     string    `json:"text"`     // the query as it was given
	OK       bool      `json:"ok"`       // a run would take it
	Problems []problem `json:"problems"` // warnings too; never null
}

// problem is one mistake; Fix, where there is one, stands for the text from Start to End.
type problem struct {
	Severity string `json:"severity"`         // as diag.Severity names it
	Code     string `json:"code"`             // stable, for scripts and editors
	Summary  string `json:"summary"`          // one sentence
	Detail   string `json:"detail,omitempty"` // more about it, where there is more
	Hint     string `json:"hint,omitempty"`   // what to do
	Fix      string `json:"fix,omitempty"`    // takes the place of Start to End
	Start    int    `json:"start"`            // in bytes of Text, from 0
	End      int    `json:"end"`              // the byte behind the last
}

// check looks at each query as strictly as a run would: what a run refuses is an error here too.
func (w *world) check(texts []namedText, asJSON bool) error {
	all := []checked{}
	bad := false
	for _, t := range texts {
		_, problems := query.ParseTrace(t.text, nil)
		problems = query.Strict(problems)
		bad = bad || problems.HasErrors()
		all = append(all, checkedOf(t.text, problems))
		if !asJSON {
			fmt.Fprint(readable(w.stderr), diag.Render(t.name, t.text, problems))
		}
	}
	if asJSON {
		if err := w.json(all); err != nil {
			return err
		}
	}
	if bad {
		return &codeError{code: 1}
	}
	return nil
}

// checkedOf is what was found in one text, for programs.
func checkedOf(text string, problems diag.List) checked {
	c := checked{Text: text, OK: !problems.HasErrors(), Problems: []problem{}}
	for _, d := range problems {
		c.Problems = append(c.Problems, problem{d.Severity.String(), d.Code, d.Summary, d.Detail, d.Hint, d.Fix, d.Span.Start, d.Span.End})
	}
	return c
}

// newExplain is `tallyho query explain`.
// Files are read and never imported: where a query would be armed is worked out from their
// text.
func newExplain(w *world) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "explain QUERY [FILE.py…]",
		Short: "Say what a query asks, what it costs, and where in files it would be armed",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError("explain needs a query")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return w.explain(args[0], args[1:], asJSON) },
	}
	c.Flags().BoolVar(&asJSON, "json", false, "for programs")
	return c
}

// explain says what a query asks, and where in the files it would be armed. A file's module is
// worked out from the working directory, as an import from here would name it.
func (w *world) explain(text string, files []string, asJSON bool) error {
	p, problems := query.ParseTrace(text, nil)
	// With --json the mistake is the answer, and goes to stdout.
	if p == nil && asJSON {
		if err := w.json(checkedOf(text, problems)); err != nil {
			return err
		}
		return &codeError{code: 1}
	}
	fmt.Fprint(readable(w.stderr), diag.Render("query", text, problems))
	if p == nil {
		return &codeError{code: 1}
	}
	var sources []query.Source
	roots := []string{}
	if cwd, err := os.Getwd(); err == nil {
		roots = append(roots, cwd)
	}
	for _, name := range files {
		source, err := os.ReadFile(name)
		if err != nil {
			return fmt.Errorf("%s cannot be read: %w", name, cause(err))
		}
		at := name
		if abs, err := filepath.Abs(name); err == nil {
			at = abs
		}
		sources = append(sources, query.Source{Path: name, Modules: modules.Names(at, roots...), Text: string(source)})
	}
	e := p.ExplainSources(sources...)
	if asJSON {
		return w.json(e)
	}
	_, err := fmt.Fprint(readable(w.stdout), e)
	return err
}

// newFormat is `tallyho query format`; a query with mistakes is printed as it is.
func newFormat(w *world) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "format [QUERY…]",
		Short: "Write queries with the usual blanks; exit 1 if one has mistakes",
		RunE: func(_ *cobra.Command, args []string) error {
			texts, err := w.texts(args, nil)
			if err != nil {
				return err
			}
			return w.format(texts, asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "for programs")
	return c
}

// formatted is what `query format --json` says of one query.
type formatted struct {
	checked
	Formatted string `json:"formatted"` // the text itself where the query has mistakes
}

// format prints each query, so that the output can take the place of the input.
func (w *world) format(texts []namedText, asJSON bool) error {
	all := []formatted{}
	bad := false
	for _, t := range texts {
		text, problems := query.Format(t.text)
		bad = bad || problems.HasErrors()
		all = append(all, formatted{checkedOf(t.text, problems), text})
		if !asJSON {
			fmt.Fprint(readable(w.stderr), diag.Render(t.name, t.text, problems))
			fmt.Fprintln(w.stdout, text)
		}
	}
	if asJSON {
		if err := w.json(all); err != nil {
			return err
		}
	}
	if bad {
		return &codeError{code: 1}
	}
	return nil
}

// json writes one line for programs.
func (w *world) json(v any) error {
	e := json.NewEncoder(w.stdout)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// newFields is `tallyho query fields`.
func newFields(w *world) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "fields",
		Short: "List the fields, operators and actions of a query",
		Args:  noArgs,
		RunE:  func(*cobra.Command, []string) error { return w.fields(asJSON) },
	}
	c.Flags().BoolVar(&asJSON, "json", false, "for programs")
	return c
}

// named is a word of the language and a sentence on it.
type named struct {
	Name string `json:"name"`
	Doc  string `json:"doc"`
}

// vocabulary is what `query fields --json` says.
type vocabulary struct {
	Fields    []named `json:"fields"`    // what can be asked of an event, as function
	Operators []named `json:"operators"` // what may stand behind a field, as startswith
	Actions   []named `json:"actions"`   // what can be done where a query holds
}

// fields lists the language from the tables that the parser itself has.
func (w *world) fields(asJSON bool) error {
	var v vocabulary
	for _, f := range query.Fields {
		v.Fields = append(v.Fields, named{f.Name, f.Doc})
	}
	for _, o := range query.Operators {
		v.Operators = append(v.Operators, named{o.Name, o.Doc})
	}
	for _, a := range query.ActionClasses {
		v.Actions = append(v.Actions, named{a.Name, a.Doc})
	}
	if asJSON {
		return w.json(v)
	}
	t := tabwriter.NewWriter(readable(w.stdout), 0, 0, 2, ' ', 0)
	for _, part := range []struct {
		title string
		list  []named
	}{
		{"Fields: FIELD=value", v.Fields},
		{"\nOperators: FIELD_OPERATOR=value", v.Operators},
		{"\nActions: action=ACTION", v.Actions},
	} {
		fmt.Fprintln(t, part.title)
		for _, n := range part.list {
			fmt.Fprintf(t, "  %s\t%s\n", n.Name, n.Doc)
		}
	}
	return t.Flush()
}
