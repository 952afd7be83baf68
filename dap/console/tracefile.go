package console

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tallyho-dev/tallyho/engine/render"
	"github.com/tallyho-dev/tallyho/internal/results"
)

// keptTraces is how many trace files that nobody named are kept.
const keptTraces = 20

// TraceFile is where every record of a run goes, whatever the console shows, and
// where the person named it, what the program wrote. It is made with the first. A nil TraceFile takes nothing. The console
// goroutine owns it.
type TraceFile struct {
	name   string
	named  bool // by the person, who finds it after every run
	file   io.WriteCloser
	w      *bufio.Writer
	failed bool
	json   *json.Encoder // of a .jsonl file
	head   []byte        // of the record being written
	stream string        // of line
	line   []byte        // of the program's output, not ended
}

// NewTraceFile names the file; dir holds those that the person did not name.
func NewTraceFile(named, program string) *TraceFile {
	if named != "" {
		return &TraceFile{name: named, named: true}
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	base := strings.TrimSuffix(filepath.Base(program), ".py")
	if program == "" {
		base = "code"
	}
	stamp := time.Now().Format("20060102-150405.000")
	return &TraceFile{name: filepath.Join(cache, "tallyho", "traces", fmt.Sprintf("%s-%s-%d.log", base, stamp, os.Getpid()))}
}

// path is where records went; "" if nowhere.
func (t *TraceFile) path() string {
	if t == nil || t.file == nil || t.failed {
		return ""
	}
	return t.name
}

// write adds one record: its time and place before each of its lines, or in a
// file whose name ends in .jsonl one JSON object. The first failure is returned;
// after it nothing more is written.
func (t *TraceFile) write(r *render.Record, text []byte) error {
	if t == nil || t.failed {
		return nil
	}
	err := t.open()
	if err == nil {
		err = t.endLine()
	}
	if bytes.IndexByte(text, '\x1b') >= 0 {
		text = []byte(withoutColors(string(text)))
	}
	switch {
	case err == nil && strings.HasSuffix(t.name, ".jsonl"):
		err = t.json.Encode(traceRecordOf(r, text))
	case err == nil:
		t.head = appendHead(t.head[:0], r)
		for line := range bytes.Lines(text) {
			_, _ = t.w.Write(t.head)
			_, err = t.w.Write(line) // the writer remembers its first error
		}
	}
	t.failed = err != nil
	return err
}

// writeOutput adds what the program wrote, between the records it came between,
// where the person asked for the file. A line that is not ended waits for its
// end or for what comes between.
func (t *TraceFile) writeOutput(stream string, text []byte) error {
	if t == nil || t.failed || !t.named {
		return nil
	}
	var err error
	if t.stream != stream {
		err = t.endLine()
	}
	t.stream, t.line = stream, append(t.line, text...)
	if end := bytes.LastIndexByte(t.line, '\n') + 1; err == nil && end > 0 {
		err = t.writeLines(stream, t.line[:end])
		t.line = append(t.line[:0], t.line[end:]...)
	}
	t.failed = err != nil
	return err
}

// endLine writes what waits of a line.
func (t *TraceFile) endLine() error {
	if len(t.line) == 0 {
		return nil
	}
	err := t.writeLines(t.stream, t.line)
	t.line = t.line[:0]
	return err
}

// writeLines writes output: each line with its stream in place of time and place,
// or in a .jsonl file an object.
func (t *TraceFile) writeLines(stream string, text []byte) error {
	if err := t.open(); err != nil {
		return err
	}
	if strings.HasSuffix(t.name, ".jsonl") {
		return t.json.Encode(traceOutput{Output: stream, Text: string(text)})
	}
	var err error
	for line := range bytes.Lines(text) {
		_, err = fmt.Fprintf(t.w, "%*s %s %s\n", timeWidth, "", stream, bytes.TrimRight(line, "\r\n"))
	}
	return err
}

// timeWidth is of the column of times.
const timeWidth = 12

// appendHead adds seconds since the start, thread and place.
func appendHead(b []byte, r *render.Record) []byte {
	b = strconv.AppendFloat(b, float64(r.Time)/1e9, 'f', 6, 64)
	if pad := timeWidth - len(b); pad > 0 {
		b = append(b, "            "[:pad]...)
		copy(b[pad:], b)
		copy(b, "            "[:pad])
	}
	b = append(append(b, ' '), r.Thread...)
	b = append(append(b, ' '), r.Filename...)
	b = strconv.AppendInt(append(b, ':'), int64(r.Line), 10)
	return append(b, ' ')
}

func (t *TraceFile) open() error {
	if t.file != nil {
		return nil
	}
	dir := filepath.Dir(t.name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := t.create()
	if err != nil {
		return err
	}
	t.file, t.w = f, bufio.NewWriterSize(f, 64<<10)
	t.json = json.NewEncoder(t.w)
	t.json.SetEscapeHTML(false)
	if !t.named {
		forgetOldTraces(dir)
	}
	return nil
}

// create makes the file; one that a person named stands over nothing but an older
// trace.
func (t *TraceFile) create() (io.WriteCloser, error) {
	if !t.named {
		return os.OpenFile(t.name, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	}
	f, err := results.Check(t.name, 0o600)
	if err != nil {
		return nil, err
	}
	return f, f.Place()
}

// forgetOldTraces removes the oldest files beyond keptTraces; their names sort
// by time only within a program, so their times decide.
func forgetOldTraces(dir string) {
	type old struct {
		path string
		at   time.Time
	}
	var all []old
	paths, _ := filepath.Glob(filepath.Join(dir, "*.log"))
	for _, p := range paths {
		if info, err := os.Stat(p); err == nil {
			all = append(all, old{p, info.ModTime()})
		}
	}
	slices.SortFunc(all, func(a, b old) int { return b.at.Compare(a.at) })
	for _, o := range all[min(keptTraces, len(all)):] {
		_ = os.Remove(o.path)
	}
}

func (t *TraceFile) flush() {
	if t != nil && t.w != nil && !t.failed {
		t.failed = t.w.Flush() != nil
	}
}

// close ends the file. One that nobody named is kept only if it is needed: if
// it holds what the console did not show.
func (t *TraceFile) close(needed bool) {
	if t == nil {
		return
	}
	_ = t.endLine()
	if t.file == nil {
		return
	}
	t.flush()
	_ = t.file.Close()
	if !t.named && !needed {
		_ = os.Remove(t.name)
	}
}
