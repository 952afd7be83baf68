package results

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/export"
	"github.com/tallyho-dev/tallyho/engine/page"
	"github.com/tallyho-dev/tallyho/engine/recording"
	"github.com/tallyho-dev/tallyho/engine/report"
)

// sources are the endings of Python's files: no result is ever called so.
var sources = []string{".py", ".pyw", ".pyi", ".pyx", ".pxd", ".ipynb"}

func isSource(name string) bool {
	return slices.Contains(sources, strings.ToLower(filepath.Ext(name)))
}

// headSize is how much of a file tells what it is.
const headSize = 16 << 10

// ours returns nil where a file was written by Tallyho, or is empty: an error
// goes on from the file's name.
func ours(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return errors.New("exists and cannot be read, so that it may be something else than results")
	}
	defer f.Close()
	head, err := io.ReadAll(io.LimitReader(f, headSize))
	if err != nil {
		return errors.New("exists and cannot be read, so that it may be something else than results")
	}
	if len(head) == 0 || bytes.HasPrefix(head, []byte(recording.Magic)) || isTally(head) || isInvariants(head) || isEvents(head) || isTrace(head) || bytes.HasPrefix(head, []byte(report.Mark)) || bytes.HasPrefix(head, []byte(page.Mark)) || bytes.HasPrefix(head, []byte(page.DiffMark)) ||
		export.IsOurs(head) {
		return nil
	}
	return errors.New("exists and does not look like results of Tallyho")
}

// isTally knows `run --tally`'s object by its first keys, however it is laid out.
func isTally(head []byte) bool {
	d := json.NewDecoder(bytes.NewReader(head))
	for _, want := range []any{json.Delim('{'), "version", nil, "python", nil} {
		got, err := d.Token()
		if err != nil || want != nil && got != want {
			return false
		}
	}
	return true
}

// isInvariants knows what `replay --invariants` and `--watch` save, by the first key.
func isInvariants(head []byte) bool {
	d := json.NewDecoder(bytes.NewReader(head))
	for _, want := range []any{json.Delim('{'), "tallyho", nil} {
		got, err := d.Token()
		if err != nil || want != nil && got != want {
			return false
		}
		if _, text := got.(string); want == nil && !text {
			return false
		}
	}
	return true
}

// isEvents knows the JSON Lines of `run --events` and of a named trace file.
func isEvents(head []byte) bool {
	line, _, _ := bytes.Cut(head, []byte("\n"))
	var keys map[string]json.RawMessage
	if json.Unmarshal(line, &keys) != nil {
		return false
	}
	for _, all := range [][]string{{"kind", "module", "filename", "lineno", "function"}, {"output", "text"},
		{"seq", "time", "kind", "thread"}} {
		if !slices.ContainsFunc(all, func(key string) bool { return keys[key] == nil }) {
			return true
		}
	}
	return false
}

var (
	colors = regexp.MustCompile("\x1b\\[[0-9;]*m")
	// printed is what is in the first line of every printer of hunter's, but for
	// those that frame others (framing): file, colon, line, and the kind or callers.
	printed = regexp.MustCompile(`(?:[^\s\d]|^ {8}.*\S):\d+(?: +(?:call|line|return|exception) |:\S+ <= )`)
	framing = regexp.MustCompile(`^(?:>{20,} tracing |-{20,} function exit|tallyho: )`)
	// logged is a line of a trace file: seconds and thread and place, or what stream
	// the program wrote to.
	logged = regexp.MustCompile(`^ *\d+\.\d{6} \S.* \S+:\d+ |^ {12,13}(stdout|stderr|console) `)
)

// isTrace knows what printers print, and a trace file, by the first line.
func isTrace(head []byte) bool {
	line, _, _ := bytes.Cut(colors.ReplaceAll(head, nil), []byte("\n"))
	return framing.Match(line) || logged.Match(line) || printed.Match(line)
}
