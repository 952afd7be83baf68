// Package docs runs what the documents show.
package docs

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

var update = flag.Bool("update", false, "rewrite the documents with what their examples print")

var block = regexp.MustCompile("(?s)```console\n\\$ (.*?)\n(.*?)```")

// TestExamples runs each console block of the documents in examples/ and
// compares what it prints, stdout after stderr.
func TestExamples(t *testing.T) {
	testkit.Long(t)
	python := testkit.Modern(t)
	bin := filepath.Dir(testkit.Binary(t))
	for _, doc := range []string{"query.md"} {
		path := filepath.Join(testkit.Root(), "docs", doc)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		blocks := block.FindAllStringSubmatch(string(text), -1)
		if len(blocks) == 0 {
			t.Fatalf("%s shows no example", doc)
		}
		for _, b := range blocks {
			got := run(t, bin, python.Path, b[1])
			if *update {
				text = bytes.Replace(text, []byte(b[0]), []byte("```console\n$ "+b[1]+"\n"+got+"```"), 1)
			} else if got != b[2] {
				t.Errorf("%s: %s\ngot:\n%s\nwant:\n%s", doc, b[1], got, b[2])
			}
		}
		if *update {
			if err := os.WriteFile(path, text, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

var address = regexp.MustCompile(`0x[0-9a-f]{6,}`)

func run(t *testing.T, bin, python, command string) string {
	t.Helper()
	cmd := exec.Command("sh", "-c", strings.Replace(command, "tallyho run ", "tallyho run --no-tally --python '"+python+"' ", 1))
	cmd.Dir = filepath.Join(testkit.Root(), "examples")
	cmd.Env = append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "PYTHONDONTWRITEBYTECODE=1")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run() // a mistake in a query is an example too
	return address.ReplaceAllString(errs.String()+out.String(), "0xADDR")
}
