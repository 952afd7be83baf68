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
