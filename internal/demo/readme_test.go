package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

var (
	number = regexp.MustCompile(`^ *\d+ {2}`)
	place  = regexp.MustCompile(` +\S+\.py:\d+$`)
	hints  = regexp.MustCompile(`(×[0-9.kM]+).*$`)
)

// bare is a line without what differs from one machine to the next: where it stands
// on the page, whether its place is repeated, and which values were sampled.
func bare(line string) string {
	line = hints.ReplaceAllString(number.ReplaceAllString(strings.TrimRight(line, " "), ""), "$1")
	return strings.Join(strings.Fields(place.ReplaceAllString(line, "")), " ")
}

// TestTheReadmeShowsWhatTheDemoPrints keeps the picture at the top of the README true.
func TestTheReadmeShowsWhatTheDemoPrints(t *testing.T) {
	testkit.Long(t)
	python := testkit.Modern(t)
	bin := testkit.Binary(t)
	t.Chdir(testkit.Root())
	t.Setenv("VIRTUAL_ENV", "")
	only := t.TempDir()
	for _, name := range []string{"python3", "python"} {
		if err := os.WriteFile(filepath.Join(only, name), []byte("#!/bin/sh\nexec '"+python.Path+"' \"$@\"\n"), 0o755); err != nil {
			t.Skip("skipped: no scripts here")
		}
	}
	t.Setenv("PATH", only+string(os.PathListSeparator)+os.Getenv("PATH"))
	var out bytes.Buffer
	if err := demo(&out, bin); err != nil {
		t.Fatal(err)
	}
	printed := map[string]bool{}
	for line := range strings.Lines(out.String()) {
		printed[bare(strings.TrimSuffix(line, "\n"))] = true
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, picture, _ := strings.Cut(string(readme), "```\n")
	picture, _, _ = strings.Cut(picture, "```")
	shown := 0
	for line := range strings.Lines(picture) {
		line = strings.TrimSuffix(line, "\n")
		if !strings.HasPrefix(line, "   ") {
			continue // a title
		}
		if shown++; !printed[bare(line)] {
			t.Errorf("the demo does not print\n%s", line)
		}
	}
	if shown < 12 {
		t.Errorf("only %d lines are shown", shown)
	}
}
