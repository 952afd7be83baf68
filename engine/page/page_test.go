package page

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tallyho-dev/tallyho/engine/tally"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// large is a run of 200 files and 50,000 statements with ten samples each.
func large() *tally.Snapshot {
	s := &tally.Snapshot{Session: "large", State: tally.Ended, Python: "3.12.1", Program: "large.py",
		Started: time.Unix(1_700_000_000, 0), Ended: time.Unix(1_700_000_009, 0)}
	for n := range 200 {
		f := &tally.File{Path: fmt.Sprintf("/project/package_%d/module_%d.py", n/20, n)}
		var source strings.Builder
		for i := range 250 {
			text := fmt.Sprintf("    total_%d = compute_the_total(previous_%d, factor=%d)", i, i, n)
			fmt.Fprintf(&source, "%s\n    # what the line above is for\n", text)
			st := tally.Statement{Line: 2*i + 1, Col: 4, EndLine: 2*i + 1, EndCol: len(text), HeadLine: 2*i + 1, HeadCol: len(text),
				Kind: "assign", Function: "work", Ran: true}
			if i%10 != 9 {
				st.Hits = uint64(i*i*n + 10)
				for hit := range 10 {
					st.Samples = append(st.Samples, tally.Sample{Hit: uint64(hit + 1), Vars: []tally.Var{
						{Name: fmt.Sprintf("total_%d", i), Type: "float", Repr: fmt.Sprint(float64(i*n*hit) / 7)},
						{Name: fmt.Sprintf("previous_%d", i), Type: "list", Repr: fmt.Sprintf("['item %d of %d', %d, None]", hit, i, n)}}})
				}
			}
			f.Statements = append(f.Statements, st)
		}
		f.Source = source.String()
		s.Files = append(s.Files, f)
	}
	return s
}

// written is the page of large, which takes seconds to make, for all tests that want it.
var written = sync.OnceValues(func() (string, error) {
	var w strings.Builder
	err := Write(&w, Run{Snapshot: large()})
	return w.String(), err
})

// largePage is what written holds.
func largePage(t testing.TB) string {
	t.Helper()
	page, err := written()
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// hostile is a run of which every text wants to be markup, or holds a secret.
func hostile() Run {
	const markup = `</script><img src=x onerror=alert(1)>"'&`
	source := "password = 'hunter2'\nx = f(" + `"</script><b>"` + ")\ndef f(a):\n    return a\n    never()\n"
	f := &tally.File{Path: "/project/<b>a&b</b>.py", Source: source, Note: "<i>note</i>", Statements: []tally.Statement{
		{Line: 1, EndLine: 1, EndCol: 20, HeadLine: 1, HeadCol: 20, Kind: "assign", Function: "<module>", Hits: 1, Ran: true,
			Samples: []tally.Sample{{Hit: 1, Vars: []tally.Var{{Name: "password", Type: "str", Repr: "'hunter2'"}}}}},
		{Line: 2, EndLine: 2, EndCol: 21, HeadLine: 2, HeadCol: 21, Kind: "assign", Function: "<module>", Hits: 1200, Raised: 1, Ran: true,
			Errors: []tally.ErrorCount{{Type: "Value<Error>", Message: markup, Count: 1}},
			Samples: []tally.Sample{{Hit: 1, Vars: []tally.Var{{Name: "x", Type: "str", Repr: markup}, {Name: "url", Type: "str", Repr: "'http://a:hunter2@b'"}},
				Raised: &tally.Var{Type: "ValueError", Repr: "http://a:hunter2@b"}}}},
		{Line: 3, EndLine: 5, EndCol: 11, HeadLine: 4, HeadCol: 4, Kind: "def", Function: "<module>", Hits: 1, Calls: 3, Ran: true,
			Timing: &tally.Timing{Calls: 3, Total: 30 * time.Millisecond, Sure: 3}},
		{Line: 4, Col: 4, EndLine: 4, EndCol: 12, HeadLine: 4, HeadCol: 12, Kind: "return", Function: "f", Hits: 3, Ran: true},
		{Line: 5, Col: 4, EndLine: 5, EndCol: 11, HeadLine: 5, HeadCol: 11, Kind: "expression", Function: "f", Ran: true},
	}}
	return Run{What: "a.py --token hunter2 " + markup, Ending: "exit code 1", Snapshot: &tally.Snapshot{
		State: tally.Ended, Python: "3.12.1", Files: []*tally.File{f},
		Exceptions: []tally.Exception{{Type: "ValueError", Message: "http://a:hunter2@b " + markup, Frames: []tally.Frame{{Path: f.Path, Line: 2, Function: "<module>"}, {Path: "/lib/x.py", Line: 9}}}},
	}, Records: []Record{{At: 1500 * time.Millisecond, Query: 1, Thread: "MainThread", Path: f.Path, Line: 4, Text: "a => http://a:hunter2@b " + markup + "\n"}},
		LeftOut: 12345, LeftOutAfter: 1}
}

func write(t testing.TB, r Run) string {
	t.Helper()
	var w bytes.Buffer
	if err := Write(&w, r); err != nil {
		t.Fatal(err)
	}
	return w.String()
}

// read is what the script of a page reads.
func read(t testing.TB, page string) (d data, files []fileData) {
	t.Helper()
	texts := unpacked(t, page)
	if err := json.Unmarshal(texts[0], &d); err != nil {
		t.Fatalf("the page has no data: %v", err)
	}
	files = make([]fileData, len(texts)-1)
	for i, text := range texts[1:] {
		if err := json.Unmarshal(text, &files[i]); err != nil {
			t.Fatal(err)
		}
	}
	return d, files
}

func unpacked(t testing.TB, page string) (out [][]byte) {
	t.Helper()
	for _, part := range strings.Split(page, `<script type="text/plain" `)[1:] {
		_, part, _ = strings.Cut(part, ">")
		letters, _, _ := strings.Cut(part, "</script>")
		z, err := gzip.NewReader(base64.NewDecoder(base64.StdEncoding, strings.NewReader(letters)))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, text)
	}
	return out
}

func TestNothingIsLoadedAndNothingBecomesMarkup(t *testing.T) {
	page := write(t, hostile())
	if !strings.HasPrefix(page, Mark) {
		t.Error("the page does not begin with its mark")
	}
	if n := strings.Count(page, "</script>"); n != 3 {
		t.Errorf("%d scripts end in the page, want 3", n)
	}
	for _, bad := range []string{"<img", "<b>", "<i>", "hunter2", "onerror=alert(1)>", "url(", "@import", "http://", "https://"} {
		if at := strings.Index(strings.ReplaceAll(page, "http://a:{redacted}@b", ""), bad); at >= 0 {
			t.Errorf("the page has %q", bad)
		}
	}
	if data := string(bytes.Join(unpacked(t, page), nil)); strings.Contains(data, "hunter2") {
		t.Errorf("the data have a secret: %s", data)
	}
	for _, tag := range regexp.MustCompile(`<[a-z][^>]*>`).FindAllString(page, -1) {
		for _, address := range regexp.MustCompile(`(?:src|href|srcset|action)\s*=\s*["']?([^"'\s>]*)`).FindAllStringSubmatch(tag, -1) {
			if !strings.HasPrefix(address[1], "#") {
				t.Errorf("the page leads elsewhere: %s", tag)
			}
		}
	}
	for _, policy := range []string{"default-src 'none'", "script-src 'sha256-", "style-src 'sha256-"} {
		if !strings.Contains(strings.ReplaceAll(page, "&#39;", "'"), policy) {
			t.Errorf("the page's policy lacks %s", policy)
		}
	}
}

func TestWhatStandsInThePage(t *testing.T) {
	page := write(t, hostile())
	for _, want := range []string{"exit code 1", "Python 3.12.1", "1,205 hits in 1 file", "✗ ValueError: http://a:{redacted}@b", `<td class="number">80%</td>`,
		"12,345 records of tracepoints are left out after the first 1", "Records of tracepoints: 1", "10 ms a call, 3 calls", "×1,200", "/lib/x.py:9"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	d, files := read(t, page)
	f := files[0]
	if want := "password = '{redacted}'\n"; !strings.HasPrefix(f.Source, want) {
		t.Errorf("the source is %q, want %q first", f.Source, want)
	}
	got, _ := json.Marshal(f.Labels)
	if !strings.Contains(string(got), `[2,"×1200","x=`) && !strings.Contains(string(got), `[2,"×1.2k","x=`) {
		t.Errorf("labels: %s", got)
	}
	if !strings.Contains(string(got), `"password={redacted}"`) {
		t.Errorf("labels: %s", got)
	}
	got, _ = json.Marshal(f.Statements[1])
	if want := `[2,1200,0,{"errors":[["Value\u003cError\u003e",`; !strings.HasPrefix(string(got), want) {
		t.Errorf("the second statement is %s, want %s", got, want)
	}
	if n := len(f.Statements); n != 5 {
		t.Errorf("%d statements", n)
	}
	if d.Most != 1200 || len(d.Records) != 1 || d.Records[0][2] != float64(0) {
		t.Errorf("most %d, records %v", d.Most, d.Records)
	}
}

func TestAPageOfNothing(t *testing.T) {
	page := write(t, Run{What: "x.py"})
	if !strings.Contains(page, "No file was counted.") {
		t.Error("the page does not say that there is nothing")
	}
}

// TestALargeRunFits: what makes room is samples, and the page says how many it has.
func TestALargeRunFits(t *testing.T) {
	testkit.Long(t)
	page := largePage(t)
	if len(page) >= 10_000_000 {
		t.Errorf("the page has %d bytes", len(page))
	}
	d, files := read(t, page)
	statements, samples := 0, 0
	for _, f := range files {
		statements += len(f.Statements)
		for _, st := range f.Statements {
			if len(st) > 3 {
				samples = max(samples, len(st[3].(map[string]any)["samples"].([]any)))
			}
		}
	}
	if statements != 50_000 || samples == 0 || samples > d.Samples {
		t.Errorf("%d statements, up to %d samples of each (%d are said)", statements, samples, d.Samples)
	}
	t.Logf("%d bytes, %d samples of a statement", len(page), d.Samples)
}
