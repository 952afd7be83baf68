package config

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

func TestSplitWords(t *testing.T) {
	for in, want := range map[string]string{
		``:                        `[]`,
		`  a  b `:                 `["a" "b"]`,
		`a "b c" 'd e'`:           `["a" "b c" "d e"]`,
		`--x="1 2"'3'4`:           `["--x=1 234"]`,
		`"a\"b" "c\d" 'e\f' g\ h`: `["a\"b" "c\\d" "e\\f" "g h"]`,
		`''`:                      `[""]`,
		`"a`:                      `!`,
		`a\`:                      `!`,
	} {
		words, err := splitWords(in)
		got := fmt.Sprintf("%q", words)
		if err != nil {
			got = "!"
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

func TestReadEnvFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), ".env")
	t.Setenv("HERE", "outside")
	t.Setenv("A", "not this")
	for text, want := range map[string]string{
		"\ufeff# a comment\nA=1\n export B = two words # not this \nC='it''s $A'\nD=\"a\\nb\\\"\\$\"\nno line\nE=\n=x\r\nF=#1\r\n": `map["A":"1" "B":"two words" "C":"it''s $A" "D":"a\nb\"$" "E":"" "F":"#1"]`,
		"A=a\nB=${A}/x\nC=${HERE}-${NOWHERE}-${B}\n":             `map["A":"a" "B":"a/x" "C":"outside--a/x"]`,
		"B=${A}\nA=late\n":                                       `map["A":"late" "B":"not this"]`,
		"A='${HERE}'\nB=\"${HERE}\"\nC=\"\\${HERE}\"\nD=$HERE\n": `map["A":"${HERE}" "B":"outside" "C":"${HERE}" "D":"$HERE"]`,
		"A=${NOWHERE:-else} # c\nB=${HERE:-else}\n":              `map["A":"else" "B":"outside"]`,
		"A=\"multi\nline\" # c\nB=last":                          `map["A":"multi\nline" "B":"last"]`,
		"K='-----BEGIN\r\na=b # no comment\r\n\r\nEND'\r\nB=1":   `map["B":"1" "K":"-----BEGIN\na=b # no comment\n\nEND"]`,
		"A=\"a\\\"\nb\"\nB=1":                                    `map["A":"a\"\nb" "B":"1"]`,
		"A=\"never closed\nB=1\nC='nor this\n":                   `map["A":"\"never closed" "B":"1" "C":"'nor this"]`,
		"A=\"x\" # say \"hi\"\nB=\"open\nC=\"1\"\n":              `map["A":"x" "B":"\"open" "C":"1"]`,
		"A=\"x\"y\nB=\"2\"\n":                                    `map["A":"\"x\"y" "B":"2"]`,
		"A=\"\"\nB=''\nC=\"":                                     `map["A":"" "B":"" "C":"\""]`,
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		env, err := readEnvFile(path)
		if got := fmt.Sprintf("%q", env); err != nil || got != want {
			t.Errorf("%q\ngot  %s %v\nwant %s", text, got, err, want)
		}
	}
}

func TestReadTraceFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "queries")
	text := "\ufeff# what the shop does\nmodule=\"shop\"\n\nQ(\n  kind=\"call\")\t\r\n# no\nkind=\"return\""
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	entries, err := readTraceFile(path)
	got := ""
	for _, e := range entries {
		got += strings.TrimPrefix(e.Origin, path) + " " + e.Spec.Query + "\n"
	}
	if want := ":2 module=\"shop\"\n:4 Q(\n  kind=\"call\")\n:7 kind=\"return\"\n"; err != nil || got != want {
		t.Errorf("got %q %v, want %q", got, err, want)
	}
}

// TestKeysAreOfOneKind: a key is ours, debugpy's without effect, or the
// editor's.
func TestKeysAreOfOneKind(t *testing.T) {
	for _, key := range append(slices.Clone(idleSettings), clientSettings...) {
		if settings[key] != nil || slices.Contains(idleSettings, key) && slices.Contains(clientSettings, key) {
			t.Errorf("%s is of two kinds", key)
		}
	}
}

// TestEveryKeyIsDocumented keeps docs/debugging.md whole.
func TestEveryKeyIsDocumented(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(testkit.Root(), "docs", "debugging.md"))
	if err != nil {
		t.Fatal(err)
	}
	for key := range settings {
		if !strings.Contains(string(page), "`"+key+"`") {
			t.Errorf("docs/debugging.md does not tell of %s", key)
		}
	}
}

// TestExitCodes: debugpy's breakOnSystemExit and breakOnSystemExitZero.
func TestExitCodes(t *testing.T) {
	for _, row := range []struct{ in, want string }{
		{`{}`, `[]`},
		{`{"breakOnSystemExit":null}`, `[]`},
		{`{"breakOnSystemExit":[]}`, `[] never`},
		{`{"breakOnSystemExit":[2,null,{"from":3,"to":5},[-4,-1]]}`, `[[2 2] [0 0] [3 5] [-4 -1]]`},
		{`{"breakOnSystemExit":[7.0],"breakOnSystemExitZero":true}`, `[[7 7] [0 0]]`},
		{`{"breakOnSystemExitZero":true}`, `[[-2147483648 2147483647] [0 0]]`},
		{`{"flask":true,"django":false}`, `[[-2147483648 -1] [1 2] [4 2147483647]]`},
		{`{"django":true,"breakOnSystemExit":[3]}`, `[[3 3]]`},
		{`{"breakOnSystemExit":3}`, `! launch configuration: "breakOnSystemExit" must be a list of exit codes, not a number`},
		{`{"breakOnSystemExit":[1,"x"]}`, `! launch configuration: "breakOnSystemExit" item 2 must be an exit code, or a range {"from": 3, "to": 5}, not a string`},
		{`{"breakOnSystemExit":[1.5]}`, `! launch configuration: "breakOnSystemExit" item 1 must be an exit code, or a range {"from": 3, "to": 5}, not a number`},
		{`{"breakOnSystemExit":[{"from":5,"to":3}]}`, `! launch configuration: "breakOnSystemExit" item 1 is a range that ends before it begins`},
		{`{"breakOnSystemExit":[{"from":5}]}`, `! launch configuration: "breakOnSystemExit" item 1 must be an exit code, or a range {"from": 3, "to": 5}, not an object`},
		{`{"breakOnSystemExit":[[1,null]]}`, `! launch configuration: "breakOnSystemExit" item 1 must be an exit code, or a range {"from": 3, "to": 5}, not a list`},
	} {
		s, err := Decode([]byte(row.in))
		got := ""
		if err != nil {
			got = "! " + err.Error()
		} else if codes := s.breakingExitCodes(); codes != nil && len(codes) == 0 {
			got = "[] never"
		} else {
			got = fmt.Sprint(codes)
		}
		if got != row.want {
			t.Errorf("%s gives\n%s, want\n%s", row.in, got, row.want)
		}
	}
}

// TestAutoReload: debugpy's, off by default.
func TestAutoReload(t *testing.T) {
	for _, row := range []struct{ in, want string }{
		{`{}`, `off`},
		{`{"autoReload":null}`, `off`},
		{`{"autoReload":{}}`, `off`},
		{`{"autoReload":{"enable":false,"pollingInterval":2}}`, `off`},
		{`{"autoReload":{"enable":true}}`, `{[] [] 1}`},
		{`{"autoReload":{"enable":true,"include":["**/*.py"],"exclude":["a/"],"pollingInterval":0.25}}`, `{[**/*.py] [a/] 0.25}`},
		{`{"autoReload":true}`, `! launch configuration: "autoReload" must be an object {enable, include, exclude, pollingInterval}, not true`},
		{`{"autoReload":{"enabled":true}}`, `! launch configuration: "autoReload" has an unknown key "enabled"; the keys are enable, include, exclude, pollingInterval`},
		{`{"autoReload":{"enable":1}}`, `! launch configuration: "autoReload" enable must be true or false, not a number`},
		{`{"autoReload":{"pollingInterval":0}}`, `! launch configuration: "autoReload" pollingInterval must be a number of seconds greater than 0, not 0`},
		{`{"autoReload":{"include":"x"}}`, `! launch configuration: "autoReload" include must be a list of strings, not a string`},
	} {
		s, err := Decode([]byte(row.in))
		got := "off"
		if err != nil {
			got = "! " + err.Error()
		} else if s.reload != nil {
			got = fmt.Sprint(*s.reload)
		}
		if got != row.want || s.Warning() != "" {
			t.Errorf("%s gives\n%s, want\n%s", row.in, got, row.want)
		}
	}
}

// TestRulesAndPresentation: debugpy's lists of code and of variables.
func TestRulesAndPresentation(t *testing.T) {
	for _, row := range []struct{ in, want string }{
		{`{}`, `[] [] map[]`},
		{`{"include":["a"],"exclude":["b"],"rules":[{"path":"/x/**","include":true},{"module":"shop.cart","include":false}]}`,
			`[a /x/**] [b **/shop/cart.py **/shop/cart/**] map[]`},
		{`{"variablePresentation":{"all":"hide","special":"group"}}`, `[] [] map[class:hide function:hide protected:hide special:group]`},
		{`{"variablePresentation":{"protected":"group"}}`, `[] [] map[protected:group]`},
		{`{"include":["/x/*","a/[b]","c/"],"rules":[{"path":"/x/proj/","include":true},{"path":"C:/x/proj","include":false}]}`,
			`[/x/* a/[b] c/ /x/proj/] [C:/x/proj] map[]`},
		{`{"exclude":["a","[b"]}`, `! launch configuration: "exclude" has a mistake: "[b" is no glob: a [ or { is not closed, or a \ is at the end; \ before such a character means the character`},
		{`{"rules":[{"path":"{a","include":true}]}`, `! launch configuration: "rules" item 1: "{a" is no glob: a [ or { is not closed, or a \ is at the end; \ before such a character means the character`},
		{`{"rules":{}}`, `! launch configuration: "rules" must be a list of objects {path or module, include}, not an object`},
		{`{"rules":[{"path":"a"}]}`, `! launch configuration: "rules" item 1 needs "include", and one of "path" and "module"`},
		{`{"rules":[{"path":"a","module":"b","include":true}]}`, `! launch configuration: "rules" item 1 needs "include", and one of "path" and "module"`},
		{`{"rules":["a"]}`, `! launch configuration: "rules" item 1 must be an object {path or module, include}, not a string`},
		{`{"variablePresentation":{"special":"no"}}`, `! launch configuration: "variablePresentation" must say group, inline or hide, not "no"`},
		{`{"variablePresentation":{"x":"hide"}}`,
			`! launch configuration: "variablePresentation" has an unknown key "x"; the keys are all, special, function, class, protected`},
		{`{"variablePresentation":"hide"}`, `! launch configuration: "variablePresentation" must be an object of strings, not a string`},
	} {
		s, err := Decode([]byte(row.in))
		got := fmt.Sprint(s.included(), s.excluded(), s.presentation)
		if err != nil {
			got = "! " + err.Error()
		}
		if got != row.want {
			t.Errorf("%s gives\n%s, want\n%s", row.in, got, row.want)
		}
	}
}

func TestEager(t *testing.T) {
	for text, want := range map[string]string{
		`{}`: "all as ever", `{"eager": 0}`: "0", `{"eager": -1}`: "-1", `{"eager": 100000}`: "100000",
		`{"eager": "all"}`: "!", `{"eager": 1.5}`: "!", `{"eager": [1]}`: "!",
	} {
		s, err := Decode([]byte(text))
		got := "all as ever"
		switch {
		case err != nil && strings.Contains(err.Error(), "eager"):
			got = "!"
		case s.eager != nil:
			got = fmt.Sprint(*s.eager)
		}
		if got != want {
			t.Errorf("%s: got %s (%v), want %s", text, got, err, want)
		}
	}
}

// TestRecordIsChecked: what "record" of a launch cannot be.
func TestRecordIsChecked(t *testing.T) {
	for _, bad := range []string{`"yes"`, `{"what": "all"}`, `{"last": "much"}`, `{"depth": 9}`, `{"characters": 5}`, `5`} {
		if err := record(&Settings{}, []byte(bad)); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
	var s Settings
	if err := record(&s, []byte(`{"depth": 3, "items": 20}`)); err != nil || s.record.Limits.String() != "depth 3" {
		t.Errorf("%v %v", err, s.record)
	}
}
