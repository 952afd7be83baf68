package cmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tallyho-dev/tallyho/engine/diag"
)

// Exit codes for what cannot be run, as shells have them.
const (
	exitUnusable = 126 // it is there, and cannot be run
	exitMissing  = 127
)

// runError gives an error of starting a program the exit code that a shell would.
// Scripts tell "not found" from "found and broken" by it.
// Only the engine's own errors tell which it is (a method Missing); all others keep the
// code 1.
func runError(err error) error {
	var program interface{ Missing() bool }
	switch {
	case err == nil || !errors.As(err, &program):
		return err
	case program.Missing():
		return &codeError{exitMissing, err.Error()}
	}
	return &codeError{exitUnusable, err.Error()}
}

// flagMistake says what is wrong with flags, and what was perhaps meant.
// A flag of one letter is not guessed at: every other letter would be near.
func flagMistake(flags *pflag.FlagSet, err error) error {
	text := err.Error()
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) && len(unknown.GetSpecifiedName()) > 1 {
		var names []string
		flags.VisitAll(func(f *pflag.Flag) {
			if !f.Hidden {
				names = append(names, f.Name)
			}
		})
		if near := diag.Nearest(unknown.GetSpecifiedName(), names); near != "" {
			text += fmt.Sprintf("; did you mean --%s?", near)
		}
	}
	return usageError("%s", text)
}

// noSubcommand is the Args of a command that only holds others.
// A program's name where a command belongs is the commonest first mistake.
func noSubcommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	text := fmt.Sprintf("there is no command %q", c.CommandPath()+" "+args[0])
	switch near := diag.Nearest(args[0], names); {
	case near != "":
		text += fmt.Sprintf("; did you mean %q?", c.CommandPath()+" "+near)
	case !c.HasParent() && looksLikeProgram(args[0]):
		text += fmt.Sprintf("; a program is run with %q", "tallyho run "+args[0])
	default:
		text += "; there are " + strings.Join(names, ", ")
	}
	return usageError("%s", text)
}

// looksLikeProgram reports a word that is meant to be run, and not a command of ours.
func looksLikeProgram(word string) bool {
	return strings.HasSuffix(word, ".py") || strings.ContainsAny(word, `/\`)
}

// generic are flags of ours that many programs have as well.
var generic = []string{"output", "config", "include", "exclude", "python", "file", "help", "module", "code", "query"}

// misplaced are flags of ours among the arguments of the program. Those that many
// programs have count only where the program did not end well.
func misplaced(flags *pflag.FlagSet, args []string, failed bool) []string {
	var found []string
	for _, arg := range args {
		if arg == "--" {
			break
		}
		name, long := strings.CutPrefix(arg, "--")
		name, _, _ = strings.Cut(name, "=")
		if long && flags.Lookup(name) != nil && !slices.Contains(found, "--"+name) && (failed || !slices.Contains(generic, name)) {
			found = append(found, "--"+name)
		}
	}
	return found
}

// askedForJSON reports whether the arguments of a command ask for JSON.
// It looks at the words, for flags may not have been parsed when a mistake is told; what
// stands after run belongs to a program.
func askedForJSON(args []string) bool {
	for _, arg := range args {
		if arg == "--" || arg == "run" {
			return false
		}
		if arg == "--json" || arg == "--json=true" {
			return true
		}
	}
	return false
}

// jsonError tells a program what went wrong, where it was promised JSON.
func jsonError(w io.Writer, text string) {
	_ = json.NewEncoder(w).Encode(struct {
		OK    bool   `json:"ok"`
		Error string `json:"error"`
	}{Error: text})
}
