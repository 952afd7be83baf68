package costs

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// printed is a Sheet as the driver prints it.
func printed(lines ...string) *Sheet {
	s := &Sheet{}
	for _, l := range lines {
		fmt.Fprintln(s, l)
	}
	return s
}

var sample = []string{
	"\nPython 3.13\tratio\tadded", "tallies\t\t5 ms bare", "  values, C\t1.870\t 7 ns", "  counts | both\t1.720\t6 ns", "never\t1.002",
	"\nNanoseconds\tin C", "module_in=('a', 'b*')\t3",
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	s := printed(sample...)
	again := Parse("# Title\n\ntext\n" + s.Markdown())
	if got, want := again.Markdown(), s.Markdown(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for address, want := range map[string]string{
		"Python 3.13 / tallies / values, C / ratio":     "1.870",
		"Python 3.13 / tallies / counts | both / added": "6 ns",
		"Python 3.13 / never / ratio":                   "1.002",
		"Nanoseconds / module_in=('a', 'b*') / in C":    "3",
		"Python 3.13 / never / added":                   "",
		"Python 3.14 / never / ratio":                   "",
	} {
		got, err := again.Find(address)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q (%v), want %q", address, got, err, want)
		}
	}
}

func TestMergeLeavesWhatWasNotMeasured(t *testing.T) {
	s := Parse(printed(sample...).Markdown())
	s.Merge(printed("\nPython 3.13\tratio\tadded", "tallies\t\t4 ms bare", "  values, C\t1.400\t", "new\t1.0", "\nEmpty\tx"))
	if got, _ := s.Find("Python 3.13 / tallies / values, C / added"); got != "7 ns" {
		t.Errorf("a cell that is empty this time has become %q", got)
	}
	var got []string
	for _, r := range s.Section("Python 3.13").Rows {
		got = append(got, strings.Join([]string{r.Case, r.Name, r.Cells[0]}, "|"))
	}
	want := []string{"tallies||", "tallies|values, C|1.400", "never||1.002", "new||1.0"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if s.Section("Empty") != nil || s.Section("Nanoseconds") == nil {
		t.Errorf("sections: %s", s.Markdown())
	}
}
