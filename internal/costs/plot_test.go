package costs

import (
	"encoding/xml"
	"io"
	"strings"
	"testing"
)

func TestPlot(t *testing.T) {
	section := Parse(printed("\nCost & hits\tours\ttheirs", "10\t1.00×\t1.01×", "1,000\t1.02×\t90.5×", "100,000\t1.4×\t").Markdown()).Sections[0]
	svg := Plot(section)
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatalf("%v in\n%s", err, svg)
		}
	}
	for _, want := range []string{">Cost &amp; hits<", ">ours<", ">theirs<", ">100×<", ">100 k<", "prefers-color-scheme:dark"} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %s in\n%s", want, svg)
		}
	}
	if strings.Contains(svg, "%!") {
		t.Errorf("a number is written wrong in\n%s", svg)
	}
	if circles := strings.Count(svg, "<circle"); circles != 5 {
		t.Errorf("%d points, want 5: what was not measured is not drawn", circles)
	}
}
