package console

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/tallyho-dev/tallyho/dap/wire"
	"github.com/tallyho-dev/tallyho/engine/query"
	"github.com/tallyho-dev/tallyho/engine/render"
)

// consoleStage is a console whose clock the test turns, and what it sent.
type consoleStage struct {
	*Console
	out   *wire.Writer
	clock time.Time
	sent  *bytes.Buffer
}

func newConsoleStage(trace *TraceFile) *consoleStage {
	sent := &bytes.Buffer{}
	s := consoleTo(sent, trace)
	s.sent = sent
	return s
}

func consoleTo(w io.Writer, trace *TraceFile) *consoleStage {
	s := &consoleStage{clock: time.Unix(1000, 0)}
	s.out = wire.NewWriter(w)
	s.Console = New(s.out)
	s.Console.now = func() time.Time { return s.clock }
	s.Console.trace = trace
	go s.out.Run()
	return s
}

// finish returns what was sent.
func (s *consoleStage) finish(t *testing.T) *audience {
	s.takeSync()
	s.Console.trace.close(s.hidden > 0)
	s.out.Finish()
	p := listen(t, s.sent)
	p.ended()
	return p
}

// TestRateLimit: of a flood a second shows recordRate records; how many more
// there are is exact, and all are in the file.
func TestRateLimit(t *testing.T) {
	file := filepath.Join(t.TempDir(), "trace.log")
	s := newConsoleStage(NewTraceFile(file, ""))
	total := 0
	for second, n := range []int{2500, 10, 1001} {
		s.clock = time.Unix(1000+int64(second), 0)
		for range n {
			r := logged(1, "/src/a.py", 3, fmt.Sprint("n=", total))
			s.takeRecord(&r)
			total++
		}
	}
	p := s.finish(t)
	lines := strings.Split(strings.TrimSpace(p.output("console")), "\n")
	var told []string
	for i, line := range lines {
		if strings.HasPrefix(line, "…") {
			told = append(told, fmt.Sprintf("%d: %s", i, line))
		}
	}
	want := []string{"1000: … 1,500 more, see " + file, "2011: … 1 more, see " + file}
	if fmt.Sprint(told) != fmt.Sprint(want) || len(lines) != 1000+1+10+1000+1 {
		t.Errorf("%d lines, told %q, want %q", len(lines), told, want)
	}
	data, err := os.ReadFile(file)
	if err != nil || bytes.Count(data, []byte("\n")) != total {
		t.Errorf("%d lines in the trace file, want %d (%v)", bytes.Count(data, []byte("\n")), total, err)
	}
	if first, _, _ := strings.Cut(string(data), "\n"); first != "    0.000000 MainThread /src/a.py:3 n=0" {
		t.Errorf("the first line is %q", first)
	}
}

// TestTraceFileOnlyWhereNeeded: a run whose records were all shown leaves no
// file that nobody asked for.
func TestTraceFileOnlyWhereNeeded(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	for _, n := range []int{3, recordRate + 1} {
		trace := NewTraceFile("", "/src/shop.py")
		s := newConsoleStage(trace)
		for range n {
			r := logged(1, "/src/a.py", 3, "x")
			s.takeRecord(&r)
		}
		s.finish(t)
		if _, err := os.Stat(trace.name); (err == nil) != (n > recordRate) {
			t.Errorf("after %d records: %v", n, err)
		}
	}
}

// TestTraceFileFails: a trace file that cannot be written is said once, and the
// console goes on.
func TestTraceFileFails(t *testing.T) {
	dir := t.TempDir()
	s := newConsoleStage(NewTraceFile(dir, "")) // a directory, not a file
	for range 3 {
		r := logged(1, "/src/a.py", 3, "x")
		s.takeRecord(&r)
	}
	p := s.finish(t)
	if got := p.output("console"); got != "x\nx\nx\n" {
		t.Errorf("console %q", got)
	}
	if got := p.output("important"); strings.Count(got, "cannot write the trace file") != 1 {
		t.Errorf("said %q", got)
	}
}

// TestBatches: text of one place goes in one event, another place starts
// another, and none is larger than maxBatch or cuts a character.
func TestBatches(t *testing.T) {
	s := newConsoleStage(nil)
	for _, at := range []int{3, 3, 4, 3} {
		r := logged(1, "/src/a.py", at, fmt.Sprint("at ", at))
		s.takeRecord(&r)
	}
	s.takeOutput("stdout", []byte(strings.Repeat("é", maxBatch)+"\n"))
	p := s.finish(t)
	var lines []string
	size := 0
	for _, e := range p.events("output") {
		text := e["output"].(string)
		if len(text) > maxBatch || strings.ContainsRune(text, utf8.RuneError) {
			t.Errorf("an event of %d bytes, %q…", len(text), text[:10])
		}
		if e["category"] == "console" {
			lines = append(lines, fmt.Sprint(e["line"], " ", text))
		} else {
			size += len(text)
		}
	}
	if got, want := fmt.Sprintf("%q", lines), `["3 at 3\nat 3\n" "4 at 4\n" "3 at 3\n"]`; got != want {
		t.Errorf("events %s, want %s", got, want)
	}
	if size != 2*maxBatch+1 {
		t.Errorf("%d bytes of stdout, want %d", size, 2*maxBatch+1)
	}
}

// TestOutputCutInCharacters: a character that is cut between two writes arrives
// whole; one that never ends is shown as broken.
func TestOutputCutInCharacters(t *testing.T) {
	s := newConsoleStage(nil)
	for _, b := range []byte("für 日本 \xff€") {
		s.takeOutput("stdout", []byte{b})
	}
	s.takeOutput("stderr", []byte("\xe6\x97"))
	p := s.finish(t)
	if got := p.output("stdout"); got != "für 日本 \ufffd€" {
		t.Errorf("stdout %q", got)
	}
	if got := p.output("stderr"); got != "\ufffd" {
		t.Errorf("stderr %q", got)
	}
}

// TestSlowClient: records never wait for a client that does not read; how many
// were not shown is told when it reads again.
func TestSlowClient(t *testing.T) {
	read, write := io.Pipe()
	s := consoleTo(write, nil)
	const n = 3000
	for i := range n {
		s.clock = s.clock.Add(time.Second) // no limit by rate
		r := logged(1, "/src/a.py", 1+i%2, "x")
		s.takeRecord(&r)
		s.flush(false)
	}
	p := listen(t, read)
	s.takeSync()
	s.out.Finish()
	_ = write.Close()
	p.ended()
	shown := strings.Count(p.output("console"), "x\n")
	if shown == n || uint64(shown)+s.hidden != n {
		t.Errorf("%d shown and %d hidden of %d", shown, s.hidden, n)
	}
	told := uint64(0)
	for _, line := range strings.Split(p.output("console"), "\n") {
		var some uint64
		if _, err := fmt.Sscanf(strings.ReplaceAll(line, ",", ""), "… %d more", &some); err == nil {
			told += some
		}
	}
	if told != s.hidden {
		t.Errorf("%d hidden, %d told", s.hidden, told)
	}
}

// TestTraceFileAsJSON: a file whose name ends in .jsonl is for programs; colours
// are the console's alone.
func TestTraceFileAsJSON(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sub", "trace.jsonl")
	s := newConsoleStage(NewTraceFile(file, ""))
	s.printers = render.NewPrinters(true)
	r := logged(1, "/src/a.py", 3, "n=1")
	r.Action = &query.Action{Kind: "VarsPrinter", FilenameAlignment: 10, ReprLimit: 100, Names: []string{"n"}}
	r.Values = []render.Value{{Name: "n", Text: "1"}}
	r.Seq, r.Time, r.PID, r.Qualname, r.Module = 7, 1_500_000_000, 4, "f.g", "a"
	s.takeRecord(&r)
	if got := s.finish(t).output("console"); !strings.Contains(got, "\x1b[") {
		t.Errorf("no colours in %q", got)
	}
	data, err := os.ReadFile(file)
	want := `{"seq":7,"time":1.5,"pid":4,"thread":"MainThread","kind":"line","module":"a","function":"f.g",` +
		`"filename":"/src/a.py","path":"/src/a.py","line":3,"values":[{"name":"n","text":"1"}],"text":" /src/a.py:3     line      [n => 1]"}` + "\n"
	if err != nil || string(data) != want {
		t.Errorf("%v\n got %s\nwant %s", err, data, want)
	}
}

// TestOffersKeepTheirOrder: what the adapter offers to a console that has no room
// is taken in order, and a sync comes behind it.
func TestOffersKeepTheirOrder(t *testing.T) {
	s := newConsoleStage(nil)
	const notes = 2 * consoleWaiting
	for i := range notes {
		s.Note(fmt.Sprint(i))
	}
	go s.Run()
	s.Sync()
	s.Close()
	s.out.Finish()
	p := listen(t, s.sent)
	p.ended()
	got := strings.Fields(p.output("console"))
	for i := range notes {
		if i >= len(got) || got[i] != fmt.Sprint(i) {
			t.Fatalf("%d of %d notes; number %d is out of order: %v", len(got), notes, i, got[max(0, i-2):min(len(got), i+3)])
		}
	}
}
