package lsp

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestParseSettings(t *testing.T) {
	base := DefaultSettings()
	for _, row := range []struct {
		name, in string
		want     func(*Settings)
		mistakes []string
	}{
		{"nothing", ``, nil, nil},
		{"null", `null`, nil, nil},
		{"nested", `{"hints":{"maxLength":60,"ascii":true}}`, func(s *Settings) { s.MaxLength, s.ASCII = 60, true }, nil},
		{"dotted", `{"hints.maxLength":60}`, func(s *Settings) { s.MaxLength = 60 }, nil},
		{"with the section", `{"tallyho":{"codeLens":false}}`, func(s *Settings) { s.CodeLens = false }, nil},
		{"dotted with the section", `{"tallyho.codeLens":false}`, func(s *Settings) { s.CodeLens = false }, nil},
		{"null is the default", `{"codeLens":null}`, nil, nil},
		{"a list", `{"exclude":["**/x.py"]}`, func(s *Settings) { s.Exclude = []string{"**/x.py"} }, nil},
		{"no object", `[1]`, nil, []string{`settings: want an object, got [1]`}},
		{"wrong types", `{"enable":"yes","hints":{"maxLength":"40"},"diagnostics":"all","exclude":[1]}`, nil, []string{
			`tallyho.diagnostics: want one of off, ended, silenced, got "all"`,
			`tallyho.enable: want true or false, got "yes"`,
			`tallyho.exclude: want a list of globs, got 1 in it`,
			`tallyho.hints.maxLength: want a whole number from 12 to 200, got "40"`,
		}},
		{"out of range", `{"refreshMs":10,"hints":{"maxLength":40.5}}`, nil, []string{
			`tallyho.hints.maxLength: want a whole number from 12 to 200, got 40.5`,
			`tallyho.refreshMs: want a whole number from 500 to 60000, got 10`,
		}},
		{"no glob", `{"exclude":["a[b"]}`, nil, []string{
			`tallyho.exclude: "a[b" is no glob: a [ or { is not closed, or a \ is at the end; \ before such a character means the character`,
		}},
		{"misspelt", `{"codelens":false}`, nil, []string{`tallyho.codelens: there is no such setting; did you mean codeLens?`}},
		{"the client's own", `{"path":"/bin/tallyho","trace":{"server":"off"},"codeLens":false}`, func(s *Settings) { s.CodeLens = false }, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			want := *base
			if row.want != nil {
				row.want(&want)
			}
			got, mistakes := ParseSettings(base, []byte(row.in), "path", "trace")
			if !reflect.DeepEqual(*got, want) || !slices.Equal(mistakes, row.mistakes) {
				t.Errorf("%s\ngot  %+v\nwant %+v\nmistakes %q\nwant     %q", row.in, *got, want, mistakes, row.mistakes)
			}
		})
	}
}

func TestTableReachesEverySetting(t *testing.T) {
	fields := reflect.TypeFor[Settings]().NumField()
	if n := len(Table()); n != fields {
		t.Errorf("%d settings in the table, %d fields", n, fields)
	}
	for _, one := range Table() {
		var v any
		switch one.Type {
		case "boolean":
			v = !one.Default.(bool)
		case "integer":
			v = one.Max
		case "string":
			v = one.Enum[len(one.Enum)-1]
			if v == one.Default {
				v = one.Enum[0]
			}
		default:
			v = []string{"x"}
		}
		in, _ := json.Marshal(map[string]any{one.Name: v})
		got, mistakes := ParseSettings(DefaultSettings(), in)
		if reflect.DeepEqual(got, DefaultSettings()) || len(mistakes) > 0 {
			t.Errorf("%s changes nothing (%q)", in, mistakes)
		}
		if one.Doc == "" {
			t.Errorf("%s is not documented", one.Name)
		}
	}
}

// TestSettingsPage keeps docs/settings.md to the table.
func TestSettingsPage(t *testing.T) {
	path := filepath.Join(testkit.Root(), "docs", "settings.md")
	page := read(t, path)
	const begin, end = "<!-- language server: from lsp/settings.go -->\n", "<!-- end -->\n"
	before, rest, ok := strings.Cut(page, begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no %q … %q", path, begin, end)
	}
	var b strings.Builder
	b.WriteString("\n| setting | default | what it does |\n|---|---|---|\n")
	for _, one := range Table() {
		def, _ := json.Marshal(one.Default)
		doc := strings.ReplaceAll(one.Doc, "|", `\|`)
		switch {
		case one.Enum != nil:
			doc += " One of `" + strings.Join(one.Enum, "`, `") + "`."
		case one.Type == "integer":
			doc += fmt.Sprintf(" From %d to %d.", one.Min, one.Max)
		}
		fmt.Fprintf(&b, "| `%s.%s` | `%s` | %s |\n", Section, one.Name, def, doc)
	}
	b.WriteString("\n")
	want := before + begin + b.String() + end + after
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if page != want {
		t.Errorf("%s is not what the table says; run: go test ./lsp -run SettingsPage -update", path)
	}
}

// FuzzSettings: whatever a client sends leaves every setting within its bounds,
// and what is said of it are short lines without control characters.
func FuzzSettings(f *testing.F) {
	for _, seed := range []string{`{"hints":{"maxLength":60}}`, `{"tallyho.hints.maxLength":1e300,"enable":"\u0000"}`, `{"exclude":["[",7]}`,
		`{"tallyho":{"tallyho":{"refreshMs":-1}}}`, `[1]`, `null`, `{"":{"":{"":null}}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, mistakes := ParseSettings(DefaultSettings(), data)
		if s.MaxLength < 12 || s.MaxLength > 200 || s.RefreshMS < 500 || s.RefreshMS > 60000 || s.HoverRows < 1 || s.HoverRows > 100 {
			t.Errorf("%q: out of bounds: %+v", data, s)
		}
		if !slices.Contains([]string{"off", "ended", "silenced"}, s.Diagnostics) || !slices.Contains([]string{"off", "hover", "diagnostics"}, s.Fallback) {
			t.Errorf("%q: %q, %q", data, s.Diagnostics, s.Fallback)
		}
		for _, m := range mistakes {
			if len(m) > 400 || strings.ContainsFunc(m, func(r rune) bool { return r < ' ' }) {
				t.Errorf("%q: %q", data, m)
			}
		}
	})
}
