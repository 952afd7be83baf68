//go:build !windows

package dap

import (
	"os"
	"path/filepath"
	"testing"
)

// TestLinkedWorkspace: in a folder that is reached by a symbolic link, all that
// is told of files has the names that the client uses.
func TestLinkedWorkspace(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		real := filepath.Join(t.TempDir(), "data", "proj")
		if err := os.MkdirAll(filepath.Join(real, "sub"), 0o700); err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string]string{
			"main.py":     "import mod, other\nprint(mod.f(other.g))  # main\n",
			"mod.py":      "def f(g):\n    return g()  # mod\n",
			"other.py":    "import sub.deep\ndef g():\n    return sub.deep.h()  # other\n",
			"sub/deep.py": "def h():\n    return 1  # deep\n",
		} {
			if err := os.WriteFile(filepath.Join(real, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		link := filepath.Join(t.TempDir(), "ws")
		if err := os.Symlink(real, link); err != nil {
			t.Fatal(err)
		}
		d := &debuggee{adapterProcess: startBinary(t), path: filepath.Join(link, "main.py")}
		d.must("initialize", object{"adapterID": "tallyho"})
		d.must("launch", object{"program": d.path, "python": python, "cwd": link})
		d.event("initialized")
		for name, b := range map[string]object{"sub/deep.py": {"line": 2}, "other.py": {"line": 3, "logMessage": "here"}} {
			d.must("setBreakpoints", object{"source": object{"path": filepath.Join(link, name)}, "breakpoints": []object{b}})
		}
		d.must("configurationDone", nil)
		stop := d.nextStop("the module")
		var paths []string
		for _, f := range d.frames(stop["threadId"]) {
			paths = append(paths, f.(object)["source"].(object)["path"].(string))
		}
		want := []string{"sub/deep.py", "other.py", "mod.py", "main.py"}
		for i, name := range want {
			if i >= len(paths) || paths[i] != filepath.Join(link, name) {
				t.Fatalf("the frames are in %q, want %q in %s", paths, want, link)
			}
		}
		for _, s := range d.must("loadedSources", nil)["sources"].([]any) {
			if path, _ := s.(object)["path"].(string); filepath.Dir(path) == real {
				t.Errorf("%s is a loaded source", path)
			}
		}
		logged := false
		for _, e := range d.events("output") {
			if source, ok := e["source"].(object); ok && e["output"] == "here\n" {
				logged = source["path"] == filepath.Join(link, "other.py")
			}
		}
		if !logged {
			t.Error("the log message has another path, or none")
		}
		d.step("continue", stop["threadId"])
		d.end("1\n")
	})
}

func TestNamesOfLinks(t *testing.T) {
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	at := func(name string) string { return filepath.Join(root, name) }
	for _, dir := range []string{"data/proj/sub", "other"} {
		if err := os.MkdirAll(at(dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"data/proj/a.py", "data/proj/sub/b.py", "other/c.py", "data/d.py"} {
		if err := os.WriteFile(at(file), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"ws": "data/proj", "alias": "ws", "data/proj/linked.py": "other/c.py", "data/proj/more": "other"} {
		if err := os.Symlink(at(to), at(link)); err != nil {
			t.Fatal(err)
		}
	}
	for _, row := range []struct {
		files, folders []string
		path, want     string
	}{
		{[]string{"ws/a.py"}, nil, "data/proj/a.py", "ws/a.py"},
		{[]string{"ws/a.py"}, nil, "data/proj/sub/b.py", "ws/sub/b.py"},
		{[]string{"ws/a.py"}, nil, "data/d.py", "data/d.py"},
		{nil, []string{"ws"}, "data/proj/sub/b.py", "ws/sub/b.py"},
		{nil, []string{"alias/sub"}, "data/proj/sub/b.py", "alias/sub/b.py"},
		{[]string{"ws/linked.py"}, nil, "other/c.py", "ws/linked.py"},
		{[]string{"ws/more/c.py"}, nil, "other/c.py", "ws/more/c.py"},
		{[]string{"data/proj/a.py"}, []string{"ws"}, "data/proj/a.py", "data/proj/a.py"},
		{[]string{"ws/gone.py"}, nil, "data/proj/a.py", "data/proj/a.py"},
		{nil, nil, "data/proj/a.py", "data/proj/a.py"},
	} {
		l := &links{}
		for _, f := range row.folders {
			l.learnFolder(at(f))
		}
		for _, f := range row.files {
			l.learnFile(at(f))
		}
		if got := l.shown(at(row.path)); got != at(row.want) {
			t.Errorf("%q, %q: %s is shown as %s, want %s", row.files, row.folders, row.path, got, at(row.want))
		}
	}
}
