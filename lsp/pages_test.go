package lsp

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/tally"
)

func TestAPageFollowsItsRun(t *testing.T) {
	e, path := shop(t, fullClient(), nil)
	page := string(target{Session: "one", Path: path, Line: 4}.virtual())
	fetch := func() string {
		return e.call("workspace/textDocumentContent", J{"uri": page}).(J)["text"].(string)
	}
	before := fetch()
	e.runs(snapshot("one", tally.Ended, loopFile(t, path, 77)))
	e.until("a refresh of the page", func(notes []note) bool {
		return slices.ContainsFunc(notes, func(n note) bool {
			return n.Method == "workspace/textDocumentContent/refresh" && n.Params.(J)["uri"] == page
		})
	})
	if after := fetch(); after == before || !strings.Contains(after, "77") {
		t.Errorf("it is still\n%s", after)
	}
}

func TestAPageInAFileFollowsItsRun(t *testing.T) {
	e, path := shop(t, J{"window": J{"showDocument": J{"support": true}}}, nil)
	e.onCall(func(string, any) (any, bool) { return J{"success": true}, true })
	e.execute(e.actions(path, 3, 9, J{})["Show all samples of line 4"])
	file := strings.ReplaceAll(strings.TrimPrefix(e.shown(), "file://"), "%20", " ")
	e.runs(snapshot("one", tally.Ended, loopFile(t, path, 77)))
	e.eventually("the newer page", func() bool { return strings.Contains(read(t, file), "×77") })
	if left, err := os.ReadDir(filepath.Dir(file)); err != nil || len(left) != 1 {
		t.Errorf("%v %v", left, err)
	}
}

func TestPagesOfOneNameAreApart(t *testing.T) {
	var p pageFiles
	defer p.remove()
	paths := map[string]bool{}
	for _, dir := range []string{"/a", "/b", "/a", "/b", "/c"} {
		path, err := p.write(target{Path: dir + "/shop.py", Line: 3}, "page of "+dir)
		if err != nil {
			t.Fatal(err)
		}
		if paths[path] = true; read(t, path) != "page of "+dir {
			t.Errorf("%s: %s", path, read(t, path))
		}
	}
	if len(paths) != 3 {
		t.Errorf("%d files", len(paths))
	}
}

func TestAllSamples(t *testing.T) {
	for _, row := range []struct {
		name string
		caps J
	}{
		{"virtual", fullClient()},
		{"file", J{"window": J{"showDocument": J{"support": true}}}},
		{"file unseen", J{}},
	} {
		t.Run(row.name, func(t *testing.T) {
			e, path := shop(t, row.caps, nil)
			e.onCall(func(method string, _ any) (any, bool) { return J{"success": true}, true })
			e.execute(e.actions(path, 3, 9, J{})["Show all samples of line 4"])
			var text, file string
			switch row.name {
			case "virtual":
				uri := e.shown()
				text = e.call("workspace/textDocumentContent", J{"uri": uri}).(J)["text"].(string)
				if r := e.try("workspace/textDocumentContent", J{"uri": string(target{Session: "gone", Path: "x", Line: 1}.virtual())}); r.Error == nil {
					t.Error("a run that is not kept has a page")
				}
			case "file":
				file = strings.TrimPrefix(e.shown(), "file://")
			default:
				e.until("a sentence", func(notes []note) bool {
					for _, n := range notes {
						if m, ok := n.Params.(J); ok && n.Method == "window/showMessage" {
							_, file, _ = strings.Cut(m["message"].(string), "All samples are in ")
						}
					}
					return file != ""
				})
			}
			if file != "" {
				file = strings.ReplaceAll(file, "%20", " ")
				text = read(t, file)
				if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
					t.Errorf("%v %v", info.Mode(), err)
				}
			}
			want := "# `line 4`\n\n`loop.py` in `shop.py` — run 2026-03-01 14:02:11, ended 14:02:14\n\n" +
				"## line 4 `total += i` ×12\n\n| hit | 1 | 12 |\n|---|---|---|\n| `total` | `0` | `1` |\n\n2 of 12 hits were sampled.\n\n✗ 2 × `ValueError`: `bad i`\n"
			if text != want {
				t.Errorf("got\n%s\nwant\n%s", text, want)
			}
			e.rw.Close()
			<-e.served
			if file != "" {
				if _, err := os.Stat(file); err == nil {
					t.Error("the file is left behind")
				}
			}
		})
	}
}

// shown is the URI that the server asked to show.
func (e *editor) shown() string {
	e.t.Helper()
	var uri string
	e.until("window/showDocument", func(notes []note) bool {
		for _, n := range notes {
			if n.Method == "window/showDocument" {
				uri = n.Params.(J)["uri"].(string)
			}
		}
		return uri != ""
	})
	return uri
}
