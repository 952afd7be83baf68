package rules

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

const module = "github.com/tallyho-dev/tallyho"

// pkg is what `go list` says of a package; imports of its tests are not in it.
type pkg struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	Imports    []string
	Deps       []string
	Standard   bool
}

// house lists the packages of the module by their path below it ("" is main).
func house(t *testing.T) map[string]pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-deps=false", "-json=ImportPath,Dir,GoFiles,Imports,Deps,Standard", "./...")
	cmd.Dir = testkit.Root()
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	all := map[string]pkg{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all[strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")] = p
	}
	if len(all) < 10 {
		t.Fatalf("only %d packages found", len(all))
	}
	return all
}

func isStandard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

// inside reports whether path is root or lies below it.
func inside(path, root string) bool { return path == root || strings.HasPrefix(path, root+"/") }

func TestWhoMayImportWhom(t *testing.T) {
	own := func(p string) string { return module + "/" + p }
	// Each row: only these may import that. Paths are prefixes.
	only := []struct {
		what string
		may  []string
	}{
		{"github.com/google/go-dap", []string{"dap", "dap/wire", "dap/console"}},
		{"go.lsp.dev", []string{"lsp"}},
		{"github.com/spf13/cobra", []string{"cmd"}},
		{"github.com/modelcontextprotocol/go-sdk", []string{"mcp"}},
		{"github.com/nats-io", []string{"fleet/bus"}},
		{own("fleet/bus"), []string{"cmd", "dap"}},
		{own("fleet/local"), []string{"cmd"}},
		{own("fleet/session"), []string{"dap"}},
		{own("fleet/remote"), []string{"dap", "fleet/local", "fleet/session"}},
		{own("fleet"), []string{"cmd", "dap", "dap/config", "fleet/local", "fleet/remote", "fleet/session"}},
		{own("mcp"), []string{"cmd"}},
		{"go.opentelemetry.io", []string{"engine/otlp", "internal/testkit"}},
		{own("engine/otlp"), []string{"cmd"}},
		{own("engine/report"), []string{"mcp", "cmd", "lsp", "engine/page", "internal/results"}},
		{own("engine/page"), []string{"cmd", "lsp", "internal/results"}},
		{own("dap"), []string{"cmd"}},
		{own("lsp"), []string{"cmd"}},
		{own("cmd"), []string{""}},
		{own("engine/link"), []string{"engine", "engine/planner"}},
		{own("engine/planner"), []string{"engine"}},
		{own("engine/recording"), []string{"engine", "engine/replay", "engine/export", "cmd", "dap", "dap/config", "lsp", "mcp", "internal/bench", "internal/results"}},
		{own("engine/replay"), []string{"cmd", "dap", "engine/export", "lsp", "mcp"}},
		{own("engine/export"), []string{"cmd", "internal/results"}},
		{"github.com/klauspost/compress", []string{"engine/recording"}},
		{own("engine/query/pyregex"), []string{"engine/query"}},
		{own("pybridge"), []string{"engine", "cmd"}},
		{own("engine/launch"), []string{"engine", "engine/planner", "cmd", "pybridge/tests"}},
		{own("dap/wire"), []string{"dap", "dap/console"}},
		{own("dap/console"), []string{"dap"}},
		{own("dap/config"), []string{"dap", "dap/console"}},
		{own("internal/framing"), []string{"dap/wire", "lsp"}},
		{"github.com/bmatcuk/doublestar", []string{"internal/globs"}},
		{own("internal/testkit"), []string{"internal/bench", "internal/dapschema", "internal/scoreboard", "e2e", "pybridge/tests"}},
		{"testing", []string{"internal/testkit", "internal/bench", "e2e", "pybridge/tests"}},
	}
	for name, p := range house(t) {
		for _, imported := range p.Imports {
			for _, rule := range only {
				if inside(imported, rule.what) && !inside(p.ImportPath, rule.what) && !slices.Contains(rule.may, name) {
					t.Errorf("%q imports %s; only %q may", name, imported, rule.may)
				}
			}
		}
	}
}

// TestOnlyLinkKnowsTheWire: what goes to the bridge, or comes from it, is encoded
// nowhere else in the engine: others have no JSON of their own, but for what is
// named here.
func TestOnlyLinkKnowsTheWire(t *testing.T) {
	own := map[string]string{
		"engine/comeback.go":          "goes through the client, by DAP",
		"engine/keeper.go":            "orders of ours, in a file",
		"engine/attach.go":            "quotes texts for a script",
		"engine/record.go":            "puts tallies into a recording's file",
		"engine/export/trace.go":      "another tool's format",
		"engine/export/speedscope.go": "another tool's format",
		"engine/hub/attachable.go":    "what a program that lets itself be attached to says of itself, in a file",
		"engine/hub/info.go":          "what a Session says of itself, in a file",
		"engine/hub/message.go":       "between a Session and who finds it",
		"engine/hub/prune.go":         "reads such a file",
		"engine/hub/server.go":        "between a Session and who finds it",
		"engine/hub/store.go":         "last runs, in files",
		"engine/page/page.go":         "what a page's script reads",
		"engine/planner/message.go":   "the lines of the planner, which is another process",
		"engine/planner/planner.go":   "the lines of the planner, which is another process",
		"engine/recording/reader.go":  "a recording's definitions, in its file",
		"engine/recording/writer.go":  "a recording's definitions, in its file",
		"engine/render/event.go":      "an event for who asked for JSON",
		"engine/replay/invariants.go": "what was so in a run, in a file",
		"engine/replay/number.go":     "numbers in that file",
		"engine/replay/snapshot.go":   "tallies in a recording's file",
		"engine/tally/json.go":        "the file that --tally writes",
	}
	for name, p := range house(t) {
		if !inside(p.ImportPath, module+"/engine") || name == "engine/link" {
			continue
		}
		for _, file := range p.GoFiles {
			where := name + "/" + file
			tree, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, file), nil, parser.SkipObjectResolution)
			if err != nil || own[where] != "" {
				continue
			}
			for _, imported := range tree.Imports {
				if imported.Path.Value == `"encoding/json"` {
					t.Errorf("%s imports encoding/json", where)
				}
			}
			ast.Inspect(tree, func(n ast.Node) bool {
				if m, ok := n.(*ast.MapType); ok && types.ExprString(m) == "map[string]any" {
					t.Errorf("%s has a map[string]any, which is no message", where)
				}
				return true
			})
		}
	}
}

func TestTheLanguageServerCanStartNothing(t *testing.T) {
	lsp := house(t)["lsp"]
	for _, dep := range lsp.Deps {
		for _, forbidden := range []string{"dap", "cmd", "engine/launch", "engine/link", "pybridge"} {
			if dep == module+"/"+forbidden {
				t.Errorf("lsp depends on %s", dep)
			}
		}
		if dep == module+"/engine" {
			t.Error("lsp depends on engine")
		}
	}
	if slices.Contains(lsp.Imports, "os/exec") {
		t.Error("lsp imports os/exec")
	}
}

// floor are the packages that everything else may import, and that need nothing but the standard library.
var floor = []string{"engine/text", "engine/diag", "engine/query", "engine/query/pyregex", "engine/query/reference", "engine/syntax"}

func TestTheGroundFloorStandsOnItsOwn(t *testing.T) {
	all := house(t)
	for _, name := range floor {
		for _, imported := range all[name].Imports {
			below := slices.Contains(floor, strings.TrimPrefix(imported, module+"/"))
			if !isStandard(imported) && !below {
				t.Errorf("%s imports %s, which is not of the standard library", name, imported)
			}
			switch imported {
			case "os", "net", "net/http", "time", "io/fs", "os/exec", "syscall", "math/rand", "math/rand/v2", "context":
				t.Errorf("%s imports %s: no I/O, no goroutines, no clock", name, imported)
			}
		}
	}
}

// TestWordsNobodyMayUse: the packages underneath the language server have a
// router that loses the order of messages (lsp has its own), and goroutines
// have no place on the ground floor.
func TestWordsNobodyMayUse(t *testing.T) {
	for name, p := range house(t) {
		for _, file := range p.GoFiles {
			path := filepath.Join(p.Dir, file)
			source, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			tree, err := parser.ParseFile(token.NewFileSet(), path, source, parser.SkipObjectResolution)
			if err != nil {
				continue // the compiler says it better
			}
			ast.Inspect(tree, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.SelectorExpr:
					if x, ok := n.X.(*ast.Ident); ok && x.Name == "protocol" && (n.Sel.Name == "NewServer" || n.Sel.Name == "Handlers") {
						t.Errorf("%s uses protocol.%s", path, n.Sel.Name)
					}
				case *ast.GoStmt:
					if slices.Contains(floor, name) {
						t.Errorf("%s starts a goroutine", path)
					}
				}
				return true
			})
		}
	}
}

// TestTheMapHasAllPackages: whoever looks for a package finds it in the map of docs/architecture.md.
func TestTheMapHasAllPackages(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(testkit.Root(), "docs", "architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## The house\n")
	section, _, _ = strings.Cut(section, "\nThe bridge has rooms too.")
	var stack []string // the folders that a line of the map is in
	onMap := map[string]bool{"": true}
	for line := range strings.Lines(section) {
		name, _, isFolder := strings.Cut(strings.TrimSpace(line), "/ ")
		depth := (len(line)-len(strings.TrimLeft(line, " ")))/2 - 2
		if !isFolder || strings.Contains(name, " ") || depth < 0 || depth > len(stack) {
			continue
		}
		stack = append(stack[:depth], name)
		onMap[strings.Join(stack, "/")] = true
	}
	for name := range house(t) {
		if first, _, _ := strings.Cut(name, "/"); first == "e2e" || first == "pybridge" {
			name = first // their packages are parts of the tests
		}
		if !onMap[name] {
			t.Errorf("docs/architecture.md, The house: there is no %s", name)
		}
	}
}
