package query

import (
	"fmt"
	"strings"
	"testing"
)

func TestReadList(t *testing.T) {
	for _, row := range []struct{ file, want string }{
		{"", ""},
		{"line=1\nline=2", `1:"line=1" 2:"line=2"`},
		{"\ufeffline=1\r\n\r\n# no\r\nline=2\r\n", `1:"line=1" 4:"line=2"`},
		{"Q(a=1,\n  b=2)  \n\n# x\n    | Q(c=3)\nd=4", `1:"Q(a=1,\n  b=2)  \n\n# x\n    | Q(c=3)" 6:"d=4"`},
		{"  first=1\n\tsecond=2\n # end", `1:"first=1\n\tsecond=2"`},
		{"#\n  only=1", `2:"only=1"`},
	} {
		var got []string
		for _, q := range ReadList(row.file) {
			got = append(got, fmt.Sprintf("%d:%q", q.Line, q.Text))
			if row.file[q.Span.Start:q.Span.End] != q.Text {
				t.Errorf("%q: span %v is not %q", row.file, q.Span, q.Text)
			}
		}
		if strings.Join(got, " ") != row.want {
			t.Errorf("%q\ngot  %s\nwant %s", row.file, strings.Join(got, " "), row.want)
		}
	}
}
