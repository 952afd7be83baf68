package cmd

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/engine/report"
	"github.com/tallyho-dev/tallyho/engine/tally"
)

// writeReport writes the file of --report.
// Without git, or outside of a repository, a report says less; only a revision that was named has to exist.
// It is written also where the program failed, and its exit code stays the program's.
func (out *runOutput) writeReport(ctx context.Context, o *runOptions, t target, exit engine.Exit, snapshot *tally.Snapshot) (err error) {
	if out.report == nil {
		return nil
	}
	r := report.Run{What: t.title(), Exit: exit.Code, Signal: exit.Signal, Snapshot: snapshot}
	r.Changed, r.Base, err = changedLines(ctx, o.reportSince)
	if err != nil && o.reportSince != "" {
		return fmt.Errorf("--report-since: %w", err)
	}
	if err := report.Markdown(out.report, r, allNames()); err != nil {
		return fmt.Errorf("%s cannot be written: %w", o.report, cause(err))
	}
	return placed(out.report)
}

// shortHere writes paths below the working directory as seen from there.
// The working directory is asked for once, so that all paths of one output are seen from
// the same place. Slashes go forward everywhere: reports are compared across systems.
func shortHere() func(path string) string {
	here, err := os.Getwd()
	return func(path string) string {
		if rest, errRel := filepath.Rel(here, path); err == nil && errRel == nil && filepath.IsLocal(rest) {
			return filepath.ToSlash(rest)
		}
		return path
	}
}

// title is the command line of a target, as a person would write it.
func (t target) title() string {
	words := []string{t.program}
	switch {
	case t.module != "":
		words = []string{"-m", t.module}
	case t.code != "":
		words = []string{"-c", "…"}
	}
	return strings.Join(append(words, t.args...), " ")
}

// gitPatience is how long git may take; a report does without it.
const gitPatience = 20 * time.Second

// changedLines asks git which lines of Python files differ from a revision: ""
// is HEAD, or the one before where nothing is uncommitted. The paths are absolute.
func changedLines(ctx context.Context, since string) (map[string][]int, string, error) {
	ctx, cancel := context.WithTimeout(ctx, gitPatience)
	defer cancel()
	top, err := git(ctx, "rev-parse", "--show-toplevel")
	if err != nil {
		return nil, "", err
	}
	root := strings.TrimSpace(string(top))
	for _, base := range []string{since, "HEAD", "HEAD~1"} {
		if base == "" {
			continue
		}
		text, err := git(ctx, "diff", "--unified=0", "--no-color", "--no-ext-diff", "--no-renames", "--end-of-options", base, "--", ":(top)*.py")
		if err != nil {
			return nil, "", err
		}
		// Nothing uncommitted: what the last commit changed is what a person wants reported.
		if changed := parseDiff(text, root); len(changed) > 0 || base == since || base == "HEAD~1" {
			return changed, base, nil
		}
	}
	return nil, "", nil
}

// git runs git here; its error is the first line of what git says.
// It changes nothing in the repository: rev-parse and diff are all that is asked for.
func git(ctx context.Context, arguments ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", arguments...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	text, err := cmd.Output()
	if err != nil && errs.Len() > 0 {
		return nil, fmt.Errorf("git says: %s", printable(strings.SplitN(errs.String(), "\n", 2)[0]))
	}
	return text, err
}

// parseDiff lists, by file, the new lines of a diff without context.
// "@@ -12,3 +14,2 @@": 2 lines from 14 on are new; without a comma it is one.
func parseDiff(text []byte, root string) map[string][]int {
	changed := map[string][]int{}
	path := ""
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		line := lines.Text()
		if name, ok := strings.CutPrefix(line, "+++ "); ok {
			path = ""
			// A file that was removed is /dev/null here, and has no lines.
			if name, ok := strings.CutPrefix(unquoted(name), "b/"); ok {
				path = filepath.Join(root, filepath.FromSlash(name))
			}
			continue
		}
		rest, ok := strings.CutPrefix(line, "@@ -")
		if !ok || path == "" {
			continue
		}
		_, rest, _ = strings.Cut(rest, " +")
		rest, _, _ = strings.Cut(rest, " ")
		first, count, more := strings.Cut(rest, ",")
		from, err := strconv.Atoi(first)
		n := 1
		if more {
			n, _ = strconv.Atoi(count)
		}
		for i := 0; err == nil && i < n; i++ {
			changed[path] = append(changed[path], from+i)
		}
	}
	return changed
}

// unquoted is a file's name as git writes it: in quotes where it is unusual.
func unquoted(name string) string {
	name = strings.TrimSuffix(name, "\t")
	if plain, err := strconv.Unquote(name); err == nil {
		return plain
	}
	return name
}
