package page

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// hostileDiff is two runs of which every text wants to be markup, or holds a secret.
func hostileDiff() Comparison {
	const markup = `</style></script><img src=x onerror=alert(1)>"'&`
	side := Side{Name: "a.rec" + markup, Facts: []string{"a.py --token hunter2 " + markup, markup}}
	return Comparison{A: side, B: side, Notes: []string{markup},
		First: &Parting{Place: "<b>.py:2", Function: "<b>f</b>", Thread: markup, Name: "x", A: markup, B: "http://a:hunter2@b", Line: 2,
			Led: []string{"password = 'hunter2'", "y = " + markup, "url = http://a:hunter2@b"}, Source: "password = 'hunter2'\nx = 1 # " + markup + "\n"},
		Statements: []Differing{{Place: "<b>.py:2", Function: markup, Text: markup, HitsA: "×1", HitsB: "×2",
			Values: []TwoValues{{"token", "'hunter2'", "None"}, {"x", markup, "http://a:hunter2@b"}}}},
		OnlyA: []string{markup}, OnlyB: []string{"<b>"}}
}

func writeDiff(t *testing.T, c Comparison) string {
	t.Helper()
	var w bytes.Buffer
	if err := WriteDiff(&w, c); err != nil {
		t.Fatal(err)
	}
	return w.String()
}

func TestNothingIsLoadedByAPageOfTwoRuns(t *testing.T) {
	branch := hostileDiff()
	branch.First.Name, branch.First.A, branch.First.B = "", `line f:2 password = "hunter2"`, "the end"
	for name, c := range map[string]Comparison{"a value": hostileDiff(), "a branch": branch, "nothing": {Same: true}} {
		page := writeDiff(t, c)
		if !strings.HasPrefix(page, DiffMark) {
			t.Errorf("%s: the page does not begin with its mark", name)
		}
		for _, bad := range []string{"<img", "<b>f", "<b>.py", "hunter2", "<script", "url(", "@import", "http://", "https://"} {
			if strings.Contains(strings.ReplaceAll(page, "http://a:{redacted}@b", ""), bad) {
				t.Errorf("%s: the page has %q", name, bad)
			}
		}
		for _, tag := range regexp.MustCompile(`<[a-z][^>]*>`).FindAllString(page, -1) {
			for _, address := range regexp.MustCompile(`(?:src|href|srcset|action)\s*=\s*["']?([^"'\s>]*)`).FindAllStringSubmatch(tag, -1) {
				if !strings.HasPrefix(address[1], "#") {
					t.Errorf("%s: the page leads elsewhere: %s", name, tag)
				}
			}
		}
		if !strings.Contains(page, "default-src &#39;none&#39;") && !strings.Contains(page, "default-src 'none'") {
			t.Errorf("%s: the page has no policy", name)
		}
		if n := strings.Count(page, "</style>"); n != 1 {
			t.Errorf("%s: %d styles end in the page", name, n)
		}
	}
}

// TestALargeDiffFits: what is left out is said.
func TestALargeDiffFits(t *testing.T) {
	c := Comparison{}
	for i := range mostDiffering + 1234 {
		c.Statements = append(c.Statements, Differing{Place: fmt.Sprintf("a.py:%d", i+1), Text: strings.Repeat("x", 5000),
			Values: []TwoValues{{"v", strings.Repeat("y", 5000), "1"}}})
	}
	for i := range mostOnly + 17 {
		c.OnlyA = append(c.OnlyA, fmt.Sprintf("f%d", i))
	}
	page := writeDiff(t, c)
	if len(page) > 10_000_000 {
		t.Errorf("the page has %d bytes", len(page))
	}
	for _, want := range []string{"1,234 statements more that differ are left out.", "… and 17 more", fmt.Sprintf("a.py:%d ", mostDiffering)} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(page, fmt.Sprintf("a.py:%d ", mostDiffering+1)) {
		t.Error("the page has what is said to be left out")
	}
	if len(c.Statements) != mostDiffering+1234 || len(c.Statements[0].Text) != 5000 {
		t.Error("writing has changed what was to be written")
	}
}
