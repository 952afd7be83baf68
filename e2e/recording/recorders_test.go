package recording

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/e2e"
	"github.com/tallyho-dev/tallyho/engine/recording"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// ofOneRun is what differs from one run to the next.
var ofOneRun = regexp.MustCompile(`0x[0-9a-f]+|\[\.\.\.\] [0-9a-fx]*>|_(native_id|ident)=3 \d+`)

// toldSteps are the steps of a recording as lines, each with every name of its frame.
type toldSteps struct {
	lines []string
	known map[string]string // what is said of a value, by its bytes: most stay as they are from step to step
}

func (s *toldSteps) Output(bool, []byte) {}

func (s *toldSteps) Step(_ uint64, p *recording.Process, t *recording.Thread, f *recording.Frame, step *recording.Step) bool {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %s %d:%d %s depth %d flags %d op %d column %d back %v |", t.ID, t.Name, step.Kind, f.Line, f.Code.Qualname, step.Depth,
		step.Flags&^(recording.FlagGlobals), step.Op, step.Column, f.Back != nil)
	for _, names := range []*recording.Names{f.Names, f.Module} {
		// In which order the names of one statement are told is nobody's concern.
		var all []string
		for _, one := range names.All() {
			all = append(all, " "+p.Texts[one.Name]+"="+s.said(p, one.Value))
		}
		slices.Sort(all)
		b.WriteString(strings.Join(all, "") + " /")
	}
	fmt.Fprintf(&b, " %s %s %s", s.said(p, step.Value), p.Texts[step.ErrorType], s.said(p, step.ErrorValue))
	s.lines = append(s.lines, b.String())
	return true
}

func (s *toldSteps) said(p *recording.Process, raw recording.Raw) string {
	key := fmt.Sprint(p.Number, " ", string(raw))
	text, ok := s.known[key]
	if !ok {
		text = ofOneRun.ReplaceAllString(said(p, raw, 3), "#")
		s.known[key] = text
	}
	return text
}

func said(p *recording.Process, raw recording.Raw, deep int) string {
	v := raw.Read()
	text := fmt.Sprintf("%d %d %g %q %s %q %v", v.Tag, v.Int, v.Float, v.Str, p.Texts[v.Type], v.Text, v.More)
	for _, one := range v.Fields {
		if deep > 0 {
			text += fmt.Sprintf(" .%s=%s", p.Texts[one.Name], said(p, one.Value, deep-1))
		}
	}
	return text
}

// TestBothRecordersSayTheSame records programs in C and in Python alone, on the versions
// where steps are recorded in C.
func TestBothRecordersSayTheSame(t *testing.T) {
	testkit.Long(t)
	cache := "XDG_CACHE_HOME=" + testkit.CacheHome(t)
	for _, python := range testkit.Pythons(t) {
		if !python.Monitoring() {
			continue
		}
		check := func(name, text string) {
			t.Run(python.Name()+" "+name, func(t *testing.T) { t.Parallel(); bothSayTheSame(t, python, cache, text) })
		}
		for name, text := range recorderPrograms {
			check(name, text)
		}
		for number := range testkit.Sized(1) {
			seed := int64(1000*number + 38 + python.Minor) // each version has others
			check(fmt.Sprint("random ", seed), randomSteps(seed))
		}
	}
}

func bothSayTheSame(t *testing.T, python testkit.Interpreter, cache, text string) {
	path := e2e.Program(t, "prog.py", text)
	var all [2][]string
	for i, native := range []string{"require", "off"} {
		file := filepath.Join(filepath.Dir(path), native+".rec")
		r := e2e.Tallyho(t, e2e.Run{Dir: filepath.Dir(path), Env: []string{"PYTHONHASHSEED=1", cache},
			Args: []string{"record", "--python", python.Path, "--native", native, "-o", file, "prog.py"}})
		if !strings.Contains(r.Stderr, "are recorded in") {
			t.Fatalf("it was not recorded: %s", r.Stderr)
		}
		rec, err := recording.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer rec.Close()
		told := toldSteps{known: map[string]string{}}
		if err := rec.Read(0, &told); err != nil {
			t.Fatal(err)
		}
		// Which thread runs when, no two runs agree on.
		slices.SortStableFunc(told.lines, func(a, b string) int { return strings.Compare(a[:1], b[:1]) })
		all[i] = told.lines
	}
	differ := 0
	for i := 0; i < max(len(all[0]), len(all[1])) && differ < 5; i++ {
		c, other := lineAt(all[0], i), lineAt(all[1], i)
		if c != other {
			differ++
			t.Errorf("step %d, in C\n%s\nin Python\n%s", i, around(c, other), around(other, c))
		}
	}
	if differ > 0 {
		t.Logf("the program:\n%s", text)
	}
}

func lineAt(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "nothing"
}

// around is a text where it begins to be another one, with its own beginning.
func around(text, other string) string {
	at := 0
	for at < min(len(text), len(other)) && text[at] == other[at] {
		at++
	}
	return text[:min(at, 60)] + " … " + text[max(0, at-200):min(len(text), at+200)]
}
