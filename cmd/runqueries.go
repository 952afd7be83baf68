package cmd

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/tallyho-dev/tallyho/engine/diag"
	"github.com/tallyho-dev/tallyho/engine/query"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// The variables by which hunter is told what to trace.
const (
	hunterVariable       = "PYTHONHUNTER"
	hunterConfigVariable = "PYTHONHUNTERCONFIG"
)

// specs gathers every query and checks it; a mistake is shown under its text
// and nothing is started.
// PYTHONHUNTER comes last, and an empty one counts only where nothing else is asked:
// hunter's own habit is to trace everything then.
func (w *world) specs(o *runOptions) ([]tracepoint.Spec, error) {
	specs, err := w.compileQueries(o)
	if err != nil {
		return nil, err
	}
	options, _ := tracepoint.NewOptions(o.config)
	if q, set := os.LookupEnv(hunterVariable); set && (q != "" || len(specs) == 0) {
		specs = append(specs, w.fromEnvironment(q, options)...)
	}
	return specs, nil
}

// compileQueries gathers the queries of the command line and checks them.
// All of them are checked before one of them ends the command, so that a person mends them at once.
func (w *world) compileQueries(o *runOptions) ([]tracepoint.Spec, error) {
	if o.config == "" {
		o.config = os.Getenv(hunterConfigVariable)
	}
	texts := []namedText{}
	for _, q := range o.queries {
		texts = append(texts, namedText{"query", q})
	}
	for _, name := range o.files {
		more, err := readQueries(name)
		if err != nil {
			return nil, err
		}
		texts = append(texts, more...)
	}
	options, _ := tracepoint.NewOptions(o.config)
	if options.Config != nil {
		for _, message := range options.Config.Messages {
			fmt.Fprintln(w.stderr, message) // hunter's own words
		}
	}
	var specs []tracepoint.Spec
	bad := false
	for _, t := range texts {
		spec := tracepoint.Spec{Query: t.text}
		_, problems := tracepoint.Compile(spec, options)
		fmt.Fprint(readable(w.stderr), diag.Render(t.name, t.text, problems))
		bad = bad || problems.HasErrors()
		specs = append(specs, spec)
	}
	if bad {
		return nil, &codeError{code: exitUsage}
	}
	return specs, nil
}

// fromEnvironment reads PYTHONHUNTER as hunter does: what is wrong with it is
// told, and the program runs without it. An empty one is a query, of everything.
func (w *world) fromEnvironment(text string, options tracepoint.Options) []tracepoint.Spec {
	spec := tracepoint.Spec{Query: text}
	_, problems := tracepoint.Compile(spec, options)
	if problems.HasErrors() {
		fmt.Fprintln(w.stderr, query.FailedTrace(text, problems))
	}
	fmt.Fprint(readable(w.stderr), diag.Render(hunterVariable, text, problems))
	if problems.HasErrors() {
		return nil
	}
	return []tracepoint.Spec{spec}
}

// namedText is a query with what a problem in it is shown under: "query", or the file and line.
type namedText struct{ name, text string }

// readQueries reads a file of queries: one on a line, lines that begin with a
// blank go on the one before, # begins a comment line.
// Numbers of lines are those of the file, comments counted.
func readQueries(name string) ([]namedText, error) {
	var text []byte
	var err error
	if name == "-" {
		text, err = io.ReadAll(os.Stdin)
	} else {
		text, err = os.ReadFile(name)
	}
	if err != nil {
		return nil, fmt.Errorf("the queries cannot be read: %w", plainError(err))
	}
	var all []namedText
	for _, q := range query.ReadList(string(text)) {
		all = append(all, namedText{fmt.Sprintf("%s line %d", name, q.Line), q.Text})
	}
	return all, nil
}

// plainError is the system's sentence with the file's name.
func plainError(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return fmt.Errorf("%s: %w", path.Path, path.Err)
	}
	return err
}
