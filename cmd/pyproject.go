package cmd

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/spf13/pflag"

	"github.com/tallyho-dev/tallyho/engine/diag"
)

// projectFile is where a project says what its runs are to be started with: the table
// [tool.tallyho] holds flags of run by their names.
const projectFile = "pyproject.toml"

var (
	// notInProject are flags that belong to one command line.
	notInProject = []string{"help", "module", "code"}
	// projectPaths are flags that name files: they are seen from the project's folder.
	projectPaths = []string{"tally", "html", "report", "events", "output", "file", "python", "recording"}
)

// projectFlags sets the flags that the command line does not from the project's file: the
// nearest one around the working directory.
// The command line always wins; the file wins over what a flag has as its default.
func projectFlags(flags *pflag.FlagSet) error {
	path := findProject()
	if path == "" {
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil // it is there, and not for us
	}
	if err := setFromProject(flags, string(text), filepath.Dir(path)); err != nil {
		return usageError("%s: %v", path, err)
	}
	return nil
}

// findProject is the project's file of the working directory, "" where there is none. One
// that somebody else could have put there is not looked at: it may name an interpreter.
// The search ends at the first file of that name, with or without our table: a project
// inside another one is not given the outer one's settings.
func findProject() string {
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	for {
		path := filepath.Join(dir, projectFile)
		if about, err := os.Stat(path); err == nil && about.Mode().IsRegular() {
			if isTrusted(about) {
				return path
			}
			return ""
		}
		above := filepath.Dir(dir)
		if above == dir {
			return ""
		}
		dir = above
	}
}

// setFromProject reads the table of a project's file in a folder.
// Keys are read in the order of their names: TOML keeps none, and the first mistake is to be the same each time.
func setFromProject(flags *pflag.FlagSet, text, dir string) error {
	var file struct {
		Tool struct {
			Tallyho map[string]any `toml:"tallyho"`
		} `toml:"tool"`
	}
	if _, err := toml.Decode(text, &file); err != nil {
		if !strings.Contains(text, "tool.tallyho") {
			return nil // whatever it is, it is nothing of ours
		}
		var wrong toml.ParseError
		if errors.As(err, &wrong) {
			return fmt.Errorf("line %d: %s", wrong.Position.Line, wrong.Message)
		}
		return err
	}
	keys := make([]string, 0, len(file.Tool.Tallyho))
	for key := range file.Tool.Tallyho {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		if table, ok := file.Tool.Tallyho[key].(map[string]any); ok && key == recordTable {
			if err := setRecordFlags(flags, table, dir); err != nil {
				return fmt.Errorf("[tool.tallyho.%s]: %w", recordTable, err)
			}
			continue
		}
		if err := setFlag(flags, key, file.Tool.Tallyho[key], dir); err != nil {
			return fmt.Errorf("[tool.tallyho]: %w", err)
		}
	}
	return nil
}

// recordTable is the table within that holds flags of record alone.
const recordTable = "record"

// setRecordFlags reads that table; other commands pass it over.
func setRecordFlags(flags *pflag.FlagSet, table map[string]any, dir string) error {
	if flags.Lookup("dump-on") == nil {
		return nil
	}
	for _, key := range slices.Sorted(maps.Keys(table)) {
		if err := setFlag(flags, key, table[key], dir); err != nil {
			return err
		}
	}
	return nil
}

// setFlag sets a flag to what a key holds. Mistakes are told also where the command line has set
// the flag: they would bite the next time.
// A key is the flag's name, with dashes or with underscores. A flag that may be repeated
// takes a list or one value, and the list takes the place of its default.
func setFlag(flags *pflag.FlagSet, key string, value any, dir string) error {
	name := strings.ReplaceAll(key, "_", "-")
	f := flags.Lookup(name)
	if f == nil || slices.Contains(notInProject, name) {
		return unknownKey(flags, key)
	}
	list, isList := value.([]any)
	if !isList {
		list = []any{value}
	}
	texts := make([]string, len(list))
	for i, one := range list {
		text, ok := plainValue(one)
		if !ok {
			return fmt.Errorf("%s is neither a text, a number, true, false nor a list of these", key)
		}
		if slices.Contains(projectPaths, name) && isRelative(name, text) {
			text = filepath.Join(dir, filepath.FromSlash(text))
		}
		texts[i] = text
	}
	if f.Changed {
		return nil
	}
	if several, ok := f.Value.(pflag.SliceValue); ok {
		if err := several.Replace(texts); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		return nil
	}
	if isList {
		return fmt.Errorf("%s is one value, and no list", key)
	}
	if err := f.Value.Set(texts[0]); err != nil {
		return fmt.Errorf("%s = %s is no %s", key, texts[0], f.Value.Type())
	}
	return nil
}

// isRelative reports whether a text names a file as seen from a folder: an interpreter
// without a slash is looked for on PATH, and "-" is standard output.
func isRelative(name, text string) bool {
	if name == "python" && !strings.ContainsAny(text, `/\`) {
		return false
	}
	return text != "" && text != "-" && !filepath.IsAbs(text)
}

// plainValue is a value of TOML as a flag takes it; dates and tables are none.
func plainValue(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case bool, int64, float64:
		return fmt.Sprint(v), true
	}
	return "", false
}

// unknownKey says that there is no such flag, and which one it may have been meant to be.
func unknownKey(flags *pflag.FlagSet, key string) error {
	var names []string
	flags.VisitAll(func(f *pflag.Flag) {
		if !f.Hidden && !slices.Contains(notInProject, f.Name) {
			names = append(names, f.Name)
		}
	})
	if near := diag.Nearest(strings.ReplaceAll(key, "_", "-"), names); near != "" {
		return fmt.Errorf("run has no flag %q that a project can set; did you mean %q?", key, near)
	}
	return fmt.Errorf("run has no flag %q that a project can set", key)
}
