package hub

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/tallyho-dev/tallyho/engine/tally"
)

func endedRun(session string, started int64, lines int) *tally.Snapshot {
	r := newRun(session, 1, lines)
	r.End(time.Unix(started+1, 0).UTC())
	s := *r.hit(0, 2)
	s.Started = time.Unix(started, 0).UTC()
	return &s
}

func TestTheLastRunsSurvive(t *testing.T) {
	s := OpenStore(filepath.Join(t.TempDir(), "runs"))
	if all, err := s.Load(nil); err != nil || all != nil {
		t.Fatalf("an empty store gives %v, %v", all, err)
	}
	work, other := t.TempDir(), t.TempDir()
	for i := range 8 {
		if err := s.Save(work, endedRun(fmt.Sprint("run", i), int64(1000+i), 3)); err != nil {
			t.Fatal(err)
		}
	}
	again := endedRun("run7", 1007, 5)
	for workspace, snap := range map[string]*tally.Snapshot{work: again, other: endedRun("other", 900, 1)} {
		if err := s.Save(workspace, snap); err != nil {
			t.Fatal(err)
		}
	}
	all, err := s.Load([]string{filepath.Join(work, "deeper")})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, snap := range all {
		got = append(got, snap.Session)
	}
	if want := []string{"run7", "run6", "run5", "run4", "run3"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if !reflect.DeepEqual(all[0], again) {
		t.Errorf("got %+v, want what was saved last: %+v", all[0], again)
	}
	if all, _ := s.Load(nil); len(all) != 6 {
		t.Errorf("without folders there are %d runs, want 6", len(all))
	}
}

func TestTheStoreStaysSmall(t *testing.T) {
	s := OpenStore(t.TempDir())
	s.Bytes, s.Workspaces = 1, 2
	var last string
	for i := range 4 {
		last = t.TempDir()
		for j := range 3 {
			if err := s.Save(last, endedRun(fmt.Sprint(i, j), int64(j), 100)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if all, _ := s.Load([]string{last}); len(all) != 1 || all[0].Session != "3 2" {
		t.Errorf("got %d runs, want the newest alone", len(all))
	}
	if dirs, _ := os.ReadDir(s.dir); len(dirs) != 2 {
		t.Errorf("%d workspaces are kept, want 2", len(dirs))
	}
}

func TestWhatIsBrokenIsPassedOver(t *testing.T) {
	s := OpenStore(t.TempDir())
	work := t.TempDir()
	good := endedRun("good", 1000, 1)
	if err := s.Save(work, good); err != nil {
		t.Fatal(err)
	}
	dirs, _ := filepath.Glob(filepath.Join(s.dir, "*"))
	for name, text := range map[string][]byte{
		"cut":     zipped(`{"session":"x","state":"ended"}`)[:20],
		"text":    []byte("hello"),
		"outside": zipped(`{"state":"ended","files":[{"path":"/a","statements":[{"line":7,"end_line":7,"head_line":7}]}]}`),
	} {
		if err := os.WriteFile(filepath.Join(dirs[0], name+runSuffix), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if all, err := s.Load([]string{work}); err != nil || len(all) != 1 || all[0].Session != "good" {
		t.Errorf("got %v, %v, want the good one", all, err)
	}
}

func zipped(text string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(text))
	_ = z.Close()
	return b.Bytes()
}

// runOf is a run that tallied some files.
func runOf(session string, started int64, paths ...string) *tally.Snapshot {
	s := &tally.Snapshot{Session: session, State: tally.Ended, Started: time.Unix(started, 0).UTC(), Ended: time.Unix(started+1, 0).UTC()}
	for _, path := range paths {
		s.Files = append(s.Files, &tally.File{Path: path, Source: "x = 1\n", Statements: []tally.Statement{{
			Line: 1, EndLine: 1, EndCol: 5, HeadLine: 1, HeadCol: 5, Kind: "assign", Function: "<module>", Hits: uint64(started)}}})
	}
	return s
}

// TestTheNewestTallyOfEachFile: whatever else runs, a file's newest Tally stays until the
// file is gone or its time has passed.
func TestTheNewestTallyOfEachFile(t *testing.T) {
	s := OpenStore(t.TempDir())
	now := time.Unix(1000, 0)
	s.Now = func() time.Time { return now }
	work := t.TempDir()
	file := func(name string) string {
		path := filepath.Join(work, name)
		if err := os.WriteFile(path, []byte("x = 1\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	main, shop, gone, old := file("main.py"), file("shop.py"), file("gone.py"), file("old.py")
	save := func(session string, started int64, paths ...string) {
		if err := s.Save(work, runOf(session, started, paths...)); err != nil {
			t.Fatal(err)
		}
	}
	has := func() string {
		all, err := s.Load([]string{work})
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, snap := range all {
			for _, f := range snap.Files {
				out = append(out, fmt.Sprint(snap.Session, ":", filepath.Base(f.Path), map[bool]string{true: "*"}[snap.Part]))
			}
		}
		return fmt.Sprint(out)
	}
	save("a", 1000, main, shop, gone, old)
	save("b", 1001, main, old)
	for i := range 5 {
		save(fmt.Sprint(i), int64(1002+i), main)
	}
	if got, want := has(), "[4:main.py 3:main.py 2:main.py 1:main.py 0:main.py b:old.py* a:shop.py* a:gone.py*]"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	os.Remove(gone)
	save("c", 1010, main, old)
	if got, want := has(), "[c:main.py c:old.py 4:main.py 3:main.py 2:main.py 1:main.py a:shop.py*]"; got != want {
		t.Errorf("once a file is gone and another ran:\ngot  %s\nwant %s", got, want)
	}
	now = now.Add(s.Age)
	save("d", now.Unix(), main)
	if got, want := has(), "[d:main.py c:main.py c:old.py 4:main.py 3:main.py 2:main.py]"; got != want {
		t.Errorf("once its time has passed:\ngot  %s\nwant %s", got, want)
	}
	names, _ := filepath.Glob(filepath.Join(s.dir, "*", "*"+namesSuffix))
	if len(names) != 5 {
		t.Errorf("%d lists of files are left, want 5", len(names))
	}
}
