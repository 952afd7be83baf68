package query

import (
	"bufio"
	"encoding/json"
	"os"
	"sort"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/engine/diag"
)

type conformanceCase struct {
	ID, Family, Query, Config string
	Predicate                 string
	Phase                     string
	ErrorClass                string `json:"error_class"`
	ConfigMessages            string `json:"config_messages"`
	Events                    []any
	Pure                      *struct {
		Phase      string
		ErrorClass string `json:"error_class"`
	}
}

func readCases(t testing.TB) []conformanceCase {
	f, err := os.Open("../../testdata/conformance/hunter/cases.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []conformanceCase
	in := bufio.NewScanner(f)
	in.Buffer(nil, 16<<20)
	for in.Scan() {
		var c conformanceCase
		if err := json.Unmarshal(in.Bytes(), &c); err != nil {
			t.Fatalf("%s: %v", in.Text()[:60], err)
		}
		out = append(out, c)
	}
	if err := in.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestRecordedQueries reads every recorded query and compares whether it is
// refused, with which class of error, and what its predicate prints as.
func TestRecordedQueries(t *testing.T) {
	type tally struct{ match, all int }
	families := map[string]*tally{}
	for _, c := range readCases(t) {
		if families[c.Family] == nil {
			families[c.Family] = &tally{}
		}
		families[c.Family].all++
		if problem := judge(c); problem != "" {
			t.Errorf("%s: trace(%s): %s", c.ID, c.Query, problem)
			continue
		}
		families[c.Family].match++
	}
	var names []string
	for n := range families {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		t.Logf("%-14s %3d of %3d", n, families[n].match, families[n].all)
	}
}

// judge is "" if a case comes out as recorded.
func judge(c conformanceCase) string {
	config, _ := ParseConfig(c.Config)
	if got := strings.Join(config.Messages, "\n"); strings.TrimSpace(got) != strings.TrimSpace(c.ConfigMessages) {
		return "config messages are\n" + got + "\nwant\n" + c.ConfigMessages
	}
	p, list := ParseTrace(c.Query, config)
	class := errorClass(list)
	switch {
	case (p == nil) != list.HasErrors():
		return "the Program and the errors disagree"
	case c.Phase == "build" && p != nil:
		return "was accepted, want " + c.ErrorClass
	case c.Phase == "build" && class != c.ErrorClass:
		return "is a " + class + ", want " + c.ErrorClass
	case c.Phase == "run" && p == nil && (class != c.ErrorClass && (c.Pure == nil || c.Pure.ErrorClass != class)):
		return "is refused as " + class + " before it runs, want " + c.ErrorClass
	case c.Phase == "run" && p == nil && len(c.Events) > 0:
		return "is refused, but events matched before it failed"
	case c.Phase == "" && p == nil:
		return "is refused: " + list[0].Error()
	case c.Predicate != "" && p.String() != c.Predicate:
		return "prints as\n" + p.String() + "\nwant\n" + c.Predicate
	}
	return ""
}

// errorClass is the name of the Python exception hunter would raise for the
// first error in list: "SyntaxError", "TypeError", "error" (of re, which Python
// 3.13 calls PatternError)… It is "" when there is no error, or when only we
// refuse the text.
func errorClass(list diag.List) string {
	for _, d := range list {
		if d.Severity == diag.Error {
			return classes[d.Code]
		}
	}
	return ""
}
