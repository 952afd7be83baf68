package link

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// TestAsksAreDocumented holds each Request against its row in docs/wire.md.
func TestAsksAreDocumented(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(testkit.Root(), "docs", "wire.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "`ask` messages")
	documented := map[string][]string{}
	name := regexp.MustCompile("`(\\w+)`")
	for line := range strings.Lines(section) {
		cells := strings.Split(line, "|")
		if len(cells) < 4 {
			continue
		}
		for _, what := range name.FindAllStringSubmatch(cells[1], -1) {
			documented[what[1]] = nil
			outside := regexp.MustCompile(`\([^)]*\)`).ReplaceAllString(cells[2], "")
			for _, argument := range name.FindAllStringSubmatch(outside, -1) {
				documented[what[1]] = append(documented[what[1]], argument[1])
			}
		}
	}
	for _, r := range []Request{AskThreads{}, AskStack{}, AskScopes{}, AskVariables{}, AskPlace{}, AskEvaluate{}, AskSetVariable{}, AskSetExpression{},
		AskException{}, AskCompletions{}, AskLines{}, AskModules{}, AskSources{}, AskSource{}, AskStepTargets{}, AskGotoTargets{}, AskResume{},
		AskPause{}, AskDataInfo{}, AskNames{}} {
		want, there := documented[r.what()]
		if !there {
			t.Errorf("docs/wire.md has no row for %s", r.what())
			continue
		}
		sent := map[string]any{}
		b, _ := json.Marshal(r)
		if err := json.Unmarshal(b, &sent); err != nil {
			t.Fatal(err)
		}
		for argument := range sent {
			if !slices.Contains(want, argument) {
				t.Errorf("%s is sent with %q, documented with %q", r.what(), argument, want)
			}
		}
	}
}
