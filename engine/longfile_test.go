package engine

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tallyho-dev/tallyho/engine/link"
)

// TestLongFilesAreRead: what a bridge does not send is the file that it has read,
// or nothing.
func TestLongFilesAreRead(t *testing.T) {
	for name, test := range map[string]struct {
		data   string
		change func(r *link.File, path string)
		source string // "": the file is another one
	}{
		"as it was":     {data: "x = 1\n", source: "x = 1\n"},
		"line ends":     {data: "\ufeffx = 1\r\ny = 2\rz = 'ä'", source: "x = 1\ny = 2\nz = 'ä'"},
		"no UTF-8":      {data: "x = '\xe4'\n"},
		"another time":  {data: "x = 1\n", change: func(r *link.File, _ string) { r.Read.MTime++ }},
		"another size":  {data: "x = 1\n", change: func(r *link.File, _ string) { r.Read.Size++ }},
		"no such file":  {data: "x = 1\n", change: func(_ *link.File, path string) { _ = os.Remove(path) }},
		"a directory":   {data: "x = 1\n", change: func(r *link.File, path string) { r.Path = filepath.Dir(path) }},
		"sent as it is": {data: "x = 1\n", change: func(r *link.File, _ string) { r.Read, r.Source, r.SHA256 = nil, "sent", "its" }, source: "sent"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "long.py")
			if err := os.WriteFile(path, []byte(test.data), 0o600); err != nil {
				t.Fatal(err)
			}
			at := time.Unix(1_700_000_000, 123_456_789)
			if err := os.Chtimes(path, at, at); err != nil {
				t.Fatal(err)
			}
			about, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			r := link.File{ID: 1, Path: path, ByLine: true, Read: &link.Stamp{MTime: about.ModTime().UnixNano(), Size: about.Size()}}
			if test.change != nil {
				test.change(&r, path)
			}
			s := &Session{planning: newPlanning()}
			defer s.planning.cancel()
			ok := s.readFile(&r)
			if ok != (test.source != "") || ok && (r.Source != test.source || r.SHA256 == "") {
				t.Errorf("%v, %+v", ok, r)
			}
			if told := len(s.planning.changed) == 1; told == ok {
				t.Errorf("files told of as changed: %v", s.planning.changed)
			}
		})
	}
}
