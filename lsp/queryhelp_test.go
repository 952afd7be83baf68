package lsp

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/tally"
)

// ask is an editor in which a file with queries is open; ¦ marks the cursor.
func ask(t *testing.T, name, content string) (e *editor, path string, line, column int) {
	t.Helper()
	before, after, _ := strings.Cut(content, "¦")
	dir := t.TempDir()
	path = filepath.Join(dir, name)
	e = startEditor(t, Options{})
	e.initialize(dir, fullClient(), nil)
	program := filepath.Join(dir, "loop.py")
	e.open(program, "python", loopSource)
	e.open(path, map[bool]string{true: "jsonc", false: "tallyho"}[strings.HasSuffix(name, ".json")], before+after)
	e.runs(snapshot("one", tally.Ended, loopFile(t, program, 3)))
	line = strings.Count(before, "\n")
	column = len([]rune(before[strings.LastIndex(before, "\n")+1:]))
	return e, path, line, column
}

const launch = `{
  // Tallyho's
  "configurations": [{"type": "tallyho", "trace": ["QUERY"]}]
}`

func inLaunch(q string) string { return strings.Replace(launch, "QUERY", q, 1) }

func TestQueryCompletion(t *testing.T) {
	for _, row := range []struct {
		name, file, text string
		want, insert     string // an item that has to be there, and what it writes
		none             bool
	}{
		{"a field", "a.tally", "# all\nQ(modu¦", "module", "module=", false},
		{"a seen function", "a.tally", `function="¦"`, "f", "f", false},
		{"an empty line", "a.tally", "¦", "Q", "Q(", false},
		{"in launch.json", "launch.json", inLaunch("Q(modu¦"), "module", "module=", false},
		{"escaped in launch.json", "launch.json", inLaunch(`kind=¦`), "call", `'call'`, false},
		{"outside a query", "launch.json", strings.Replace(launch, "type", "ty¦pe", 1), "", "", true},
		{"a comment", "a.tally", "# mod¦", "", "", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			e, path, line, column := ask(t, row.file, row.text)
			list, _ := e.call("textDocument/completion", at(path, line, column)).([]any)
			if row.none {
				if len(list) > 0 {
					t.Errorf("%d items where no query is", len(list))
				}
				return
			}
			var labels []string
			for _, one := range list {
				item := one.(J)
				labels = append(labels, item["label"].(string))
				if item["label"] == row.want {
					if got := item["textEdit"].(J)["newText"]; got != row.insert {
						t.Errorf("%s writes %q, want %q", row.want, got, row.insert)
					}
				}
			}
			if !slices.Contains(labels, row.want) {
				t.Errorf("%q is not among %q", row.want, labels)
			}
		})
	}
}

func TestPythonFilesAreLeftAlone(t *testing.T) {
	e, _, _, _ := ask(t, "a.tally", "")
	var program string
	for u := range e.server.world.Load().docs {
		if strings.HasSuffix(string(u), ".py") {
			program = strings.TrimPrefix(string(u), "file://")
		}
	}
	for _, method := range []string{"textDocument/completion", "textDocument/signatureHelp"} {
		if got := e.call(method, at(program, 1, 4)); got != nil {
			t.Errorf("%s answered %v", method, got)
		}
	}
	for _, method := range []string{"textDocument/semanticTokens/full", "textDocument/formatting"} {
		params := J{"textDocument": J{"uri": fileURI(program)}}
		if method == "textDocument/formatting" {
			params["options"] = J{"tabSize": 4, "insertSpaces": true}
		}
		got := e.call(method, params)
		tokens, _ := got.(J)
		if edits, ok := got.([]any); ok && len(edits) == 0 || tokens != nil && len(tokens["data"].([]any)) == 0 {
			continue
		}
		if got != nil {
			t.Errorf("%s answered %v", method, got)
		}
	}
}

func TestRegisteredOnlyForQueries(t *testing.T) {
	e := startEditor(t, Options{})
	caps := fullClient()
	for _, name := range []string{"completion", "signatureHelp", "semanticTokens", "formatting"} {
		one := J{"dynamicRegistration": true}
		if name == "semanticTokens" {
			one["requests"], one["tokenTypes"], one["tokenModifiers"], one["formats"] = J{}, []any{}, []any{}, []any{}
		}
		caps["textDocument"].(J)[name] = one
	}
	got := e.initialize("", caps, nil)
	for _, provider := range []string{"completionProvider", "signatureHelpProvider", "semanticTokensProvider", "documentFormattingProvider"} {
		if got[provider] != nil {
			t.Errorf("%s is offered for every file", provider)
		}
	}
	e.until("registrations", func(notes []note) bool {
		methods := map[string]bool{}
		for _, n := range notes {
			if n.Method == "client/registerCapability" {
				for _, r := range n.Params.(J)["registrations"].([]any) {
					methods[r.(J)["method"].(string)] = true
				}
			}
		}
		return methods["textDocument/completion"] && methods["textDocument/semanticTokens"]
	})
}

// TestPythonKeepsItsFormatter: an editor that can be told nothing of files is offered neither
// formatting nor signatures for all of them, which it would take from this server alone.
func TestPythonKeepsItsFormatter(t *testing.T) {
	for name, row := range map[string]struct {
		formatting, signature bool
		want                  []string
	}{
		"helix":  {false, false, nil},
		"neovim": {true, false, []string{"signatureHelpProvider"}},
		"vscode": {true, true, nil},
	} {
		caps := fullClient()
		caps["textDocument"].(J)["formatting"] = J{"dynamicRegistration": row.formatting}
		caps["textDocument"].(J)["signatureHelp"] = J{"dynamicRegistration": row.signature}
		got := startEditor(t, Options{}).initialize("", caps, nil)
		for _, provider := range []string{"documentFormattingProvider", "signatureHelpProvider"} {
			if (got[provider] != nil) != slices.Contains(row.want, provider) {
				t.Errorf("%s: %s is %v", name, provider, got[provider])
			}
		}
	}
}

func TestQuerySignature(t *testing.T) {
	e, path, line, column := ask(t, "launch.json", inLaunch(`Q(action=VarsPrinter(\"a\", ¦`))
	help := e.call("textDocument/signatureHelp", at(path, line, column)).(J)
	sig := help["signatures"].([]any)[0].(J)
	if !strings.HasPrefix(sig["label"].(string), "VarsPrinter(*names") || help["activeParameter"] != 0.0 {
		t.Errorf("%v", help)
	}
}

func TestQueryHover(t *testing.T) {
	for _, row := range []struct{ text, want string }{
		{`Q(mod¦ule="a")`, "dotted name of the module"},
		{`Q¦(module="a")`, "Holds where all"},
		{`Q(module="a¦b")`, "once for each function"},
		{`Q(modul="a¦b")`, "null"},
		{"#¦ nothing", "null"},
	} {
		e, path, line, column := ask(t, "a.tally", row.text)
		if got := e.hover(path, line, column); !strings.Contains(got, row.want) {
			t.Errorf("%s: got %q, want %q in it", row.text, got, row.want)
		}
	}
}

func TestQueryProblemsAndFixes(t *testing.T) {
	for _, row := range []struct {
		name, file, text, code, span string
		fixed                        string // the text after the fix, "" where there is none
	}{
		{"misspelt", "a.tally", "# one\nQ(modul=\"a\")", "unknown-field", "modul", "# one\nQ(module=\"a\")"},
		{"after escapes", "launch.json", inLaunch(`function=\"\u00e9\", modul=\"a\"`), "unknown-field", "modul", inLaunch(`function=\"\u00e9\", module=\"a\"`)},
		{"unclosed", "a.tally", "Q(module=\"a\"", "", "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			e, path, _, _ := ask(t, row.file, row.text)
			d := e.problems(path, 1)[0]
			if row.code != "" && d["code"] != row.code {
				t.Errorf("code %v, want %s: %v", d["code"], row.code, d["message"])
			}
			if row.span == "" {
				return
			}
			if got := cut(row.text, d["range"].(J)); got != row.span {
				t.Errorf("it is at %q, want %q", got, row.span)
			}
			start := d["range"].(J)["start"].(J)
			actions := e.actions(path, int(start["line"].(float64)), int(start["character"].(float64)), J{"only": []string{"quickfix"}})
			for _, action := range actions {
				edit := action["edit"].(J)["changes"].(J)[fileURI(path)].([]any)[0].(J)
				if got := replaceRange(row.text, edit["range"].(J), edit["newText"].(string)); got != row.fixed {
					t.Errorf("fixed to %q, want %q", got, row.fixed)
				}
			}
			if len(actions) != 1 {
				t.Errorf("%d fixes: %q", len(actions), titles(actions))
			}
		})
	}
}

// bounds are the byte offsets of a range in an ASCII text.
func bounds(text string, r J) (start, end int) {
	lines := strings.SplitAfter(text, "\n")
	offset := func(p J) int {
		n := 0
		for _, line := range lines[:int(p["line"].(float64))] {
			n += len(line)
		}
		return n + int(p["character"].(float64))
	}
	return offset(r["start"].(J)), offset(r["end"].(J))
}

func cut(text string, r J) string {
	start, end := bounds(text, r)
	return text[start:end]
}

func replaceRange(text string, r J, with string) string {
	start, end := bounds(text, r)
	return text[:start] + with + text[end:]
}

func TestQueryTokens(t *testing.T) {
	e, path, _, _ := ask(t, "a.tally", "# note\nQ(module=\"a\")  # why\n")
	data := e.call("textDocument/semanticTokens/full", J{"textDocument": J{"uri": fileURI(path)}}).(J)["data"].([]any)
	var got []string
	for i := 0; i < len(data); i += 5 {
		got = append(got, fmt.Sprintf("%v,%v+%v %s", data[i], data[i+1], data[i+2], tokenTypes[int(data[i+3].(float64))].kind))
	}
	want := []string{"0,0+6 comment", "1,0+1 predicate", "0,2+6 criterion", "0,7+3 string", "0,6+5 comment"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestQueryFormatting(t *testing.T) {
	text := "# one\nQ( module = \"a\",kind=\"call\" )\n\nQ(b=\nline=3\n"
	e, path, _, _ := ask(t, "a.tally", text)
	edits := e.call("textDocument/formatting", J{"textDocument": J{"uri": fileURI(path)}, "options": J{"tabSize": 4, "insertSpaces": true}}).([]any)
	if len(edits) != 1 {
		t.Fatalf("%v", edits)
	}
	edit := edits[0].(J)
	want := strings.Replace(text, "Q( module = \"a\",kind=\"call\" )", `Q(module="a", kind="call")`, 1)
	if got := replaceRange(text, edit["range"].(J), edit["newText"].(string)); got != want {
		t.Errorf("got %q, want %q", got, want)
	}

	text = inLaunch(`Q( module = \"a\" )`)
	e, path, _, _ = ask(t, "launch.json", text)
	if got := e.call("textDocument/formatting", J{"textDocument": J{"uri": fileURI(path)}, "options": J{"tabSize": 4, "insertSpaces": true}}); got != nil && len(got.([]any)) > 0 {
		t.Errorf("launch.json has a formatter of its own: %v", got)
	}
	action := e.actions(path, 2, strings.Index(strings.Split(text, "\n")[2], "module"), J{})["Format this query"]
	if action == nil {
		t.Fatal("no action to format it")
	}
	edit = action["edit"].(J)["changes"].(J)[fileURI(path)].([]any)[0].(J)
	if got, want := replaceRange(text, edit["range"].(J), edit["newText"].(string)), inLaunch(`Q(module=\"a\")`); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWhatAQueryWouldArm(t *testing.T) {
	dir := t.TempDir()
	program, queries := filepath.Join(dir, "loop.py"), filepath.Join(dir, "a.tally")
	e := startEditor(t, Options{})
	e.initialize(dir, fullClient(), nil)
	e.open(program, "python", loopSource)
	e.open(queries, "tallyho", "")
	if got := e.hints(program); len(got) > 0 {
		t.Errorf("hints before anything is written: %q", got)
	}
	version := 1
	write := func(query string) {
		version++
		e.replace(queries, version, query)
	}
	for _, row := range []struct{ query, total, hints string }{
		{`function="f"`, "◇ 1 function, 5 lines in 1 open file", "0:9 ◇ call, line, return, exception"},
		{`function="f", kind="call"`, "◇ 1 function, 1 line in 1 open file", "0:9 ◇ call"},
		{`lineno=4`, "◇ 1 function, 1 line in 1 open file", "3:18 ◇ call, line, return, exception"},
		{`function="nobody"`, "◇ matches nothing in the open files", ""},
		{`function=`, "", ""},
		{`module="loop", lineno_lt=3, kind="line"`, "", "1:13 ◇ line"},
	} {
		write(row.query)
		total, hints := strings.Join(e.hints(queries), "\n"), strings.Join(e.hints(program), "\n")
		if !strings.Contains(total, row.total) || row.query == "function=" && total != "" {
			t.Errorf("%s: behind it stands %q, want %q", row.query, total, row.total)
		}
		if !strings.Contains(hints, row.hints) || row.hints == "" && hints != "" {
			t.Errorf("%s: got %q, want %q", row.query, hints, row.hints)
		}
	}
	write(`function="f"`)
	e.notify("textDocument/didSave", J{"textDocument": J{"uri": fileURI(queries)}})
	if got := append(e.hints(program), e.hints(queries)...); len(got) > 0 {
		t.Errorf("hints after saving: %q", got)
	}
}
