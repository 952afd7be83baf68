package docs

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/costs"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// sheet is docs/costs.md.
func sheet(t *testing.T) *costs.Sheet {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(testkit.Root(), "docs", "costs.md"))
	if err != nil {
		t.Fatal(err)
	}
	return costs.Parse(string(text))
}

// figure is a number of a document that was measured, with the address that it
// has in docs/costs.md behind it.
var (
	figure = regexp.MustCompile(`(\d[\d,]*(?:\.\d+)?)(\S*(?: \w+)?)<!-- cost: (.*?) -->`)
	number = regexp.MustCompile(`\d[\d,]*(?:\.\d+)?`)
)

// TestCosts holds the figures that documents mark to what the benches found, to
// as many digits as are written; -update writes them anew.
func TestCosts(t *testing.T) {
	all, marked := sheet(t), 0
	for _, doc := range documents(t) {
		path := filepath.Join(testkit.Root(), doc)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		anew := figure.ReplaceAllStringFunc(string(text), func(found string) string {
			m := figure.FindStringSubmatch(found)
			marked++
			cell, err := all.Find(m[3])
			if err != nil {
				t.Errorf("%s: %v", doc, err)
				return found
			}
			want := rounded(number.FindString(cell), m[1])
			if want != m[1] && !*update {
				t.Errorf("%s says %s%s where docs/costs.md has %s (%s)", doc, m[1], m[2], cell, m[3])
			}
			return strings.Replace(found, m[1], want, 1)
		})
		if *update && anew != string(text) {
			if err := os.WriteFile(path, []byte(anew), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if marked == 0 {
		t.Error("no document marks a figure: <!-- cost: SECTION / ROW / COLUMN -->")
	}
}

// rounded writes a figure with as many places behind the point as another has.
func rounded(cell, like string) string {
	value, err := strconv.ParseFloat(strings.ReplaceAll(cell, ",", ""), 64)
	if err != nil {
		return cell
	}
	places := 0
	if at := strings.Index(like, "."); at >= 0 {
		places = len(like) - at - 1
	}
	return fmt.Sprintf("%.*f", places, value)
}

// TestEstimates holds what query explain says of each question that the benches
// asked to twice or half of what they found.
func TestEstimates(t *testing.T) {
	rows := 0
	for _, section := range sheet(t).Sections {
		if !strings.HasPrefix(section.Title, "Questions, ") {
			continue
		}
		for _, r := range section.Rows {
			inC, errC := strconv.ParseFloat(section.Cell(r.Case, "ns a round, C"), 64)
			inPython, errPython := strconv.ParseFloat(section.Cell(r.Case, "ns a round, Python"), 64)
			if errC != nil || errPython != nil {
				continue // the round alone
			}
			rows++
			guess, err := costs.Estimate(r.Case)
			if err != nil {
				t.Error(err)
				continue
			}
			if !costs.Near(inC, float64(guess.Native)) || !costs.Near(inPython, float64(guess.Python)) {
				t.Errorf("%s: %s adds %.0f and %.0f ns to a round, estimated %d and %d", section.Title, r.Case, inC, inPython, guess.Native, guess.Python)
			}
		}
	}
	if rows < 20 {
		t.Errorf("docs/costs.md has %d questions", rows)
	}
}

// A cost is what prose calls a measured one: so many times as long, so many
// microseconds.
var (
	cost  = regexp.MustCompile(`(?i)(?:[\w.,]+(?: to [\w.,]+)? times as (?:long|slow|much)|\btwice as (?:long|slow|much)|\b\d[\d.,]*×(?:\W|$)|\b\d[\d.,]* (?:µs|ns)\b)`)
	aside = regexp.MustCompile("(?s)```.*?```|`[^`\n]*`|<!-- cost: .*? -->")
)

// unaddressed are the costs that have no address, document by document, as their
// prose has them. Documents that commands write are not read.
var unaddressed = map[string][]string{
	// Of tests, and of a callback that is none of ours.
	"CONTRIBUTING.md":      {"twenty times as long"},
	"docs/architecture.md": {"1.65 times as long"},
	// An example's printed duration.
	"docs/language-server.md": {"2 µs"},
	// Below 3.12, of which docs/costs.md has no section; the first is a picture's name.
	"docs/query.md": {"many times as long", "up to three times as long", "20 ns", "1 µs", "ten times as long"},
	// The first is of a Python without the GIL.
	"docs/tally.md": {"ten times as much", "three to six times as long"},
	// Recordings, of which docs/costs.md has no table.
	"README.md":         {"several to fifty times as slow"},
	"docs/recording.md": {"eight times as long", "10 times as long", "10 µs", "hundred times as long", "0.7 µs", "4 µs"},
}

// TestEachCostHasItsAddress: a figure that nothing holds to the benches is wrong one day.
func TestEachCostHasItsAddress(t *testing.T) {
	for _, doc := range documents(t) {
		if doc == "docs/costs.md" || doc == "docs/scoreboard.md" || doc == "CHANGELOG.md" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(testkit.Root(), doc))
		if err != nil {
			t.Fatal(err)
		}
		prose := aside.ReplaceAllString(figure.ReplaceAllString(string(text), ""), "")
		found := cost.FindAllString(strings.Join(strings.Fields(prose), " "), -1)
		if want := unaddressed[doc]; !slices.Equal(found, want) {
			t.Errorf("%s has figures without <!-- cost: SECTION / ROW / COLUMN -->:\n%q\nknown are\n%q", doc, found, want)
		}
	}
}
