package tally

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// TestFormsInTwentyCharacters: what a value is shown as where there is room for 20 characters.
func TestFormsInTwentyCharacters(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		// Numbers and arrays.
		{"1.3788888", "1.379"},
		{"ndarray 3 float64 [0.5, 1.0, nan]", "[0.5 1 nan]"},
		{"ndarray 0 float64 []", "0 f8 []"},
		{"ndarray 1000×1000 float64 3 nan", "1000×1000 f8 3nan"},
		{"ndarray 24×24 int64", "24×24 i8"},
		{"ndarray 20 float64 [0.123456, 1.0, 2.0, …]", "20 f8 0.1235 1 2 …"},
		{"ndarray 400 float64 [943.4012, 1001.25, 2.0, …]", "400 f8 943.4 …"},
		{"ndarray 4 str ['Bern', 'Basel', 'Genf', 'Chur']", "4 str Bern Basel …"},
		{"ndarray 3 datetime64 [2024-01-01, 2024-01-02, 2024-01-03]", "3 datetime64"},
		{"Tensor 3×4 float32 cpu", "3×4 f4 cpu"},
		{"ndarray 0-d float64 2.5", "2.5"},
		{"(ndarray 24×24 float64, 0.05167456745)", "(24×24 f8, 0.05167)"},
		{"[ndarray 1000×1000 float64, ndarray 1000×1000 float64, ndarray 1000 float64 [1.0, …], ndarray 2 int64 [1, 2]]", "4 × ndarray"},
		// Tables.
		{"DataFrame 1307×6: city, price, rooms, since", "1307×6 city,price…"},
		{"DataFrame 2×2: a, b", "2×2 a,b"},
		{"Series 1307 float64 [943.4012, 1.5, …]", "1307 f8 943.4 1.5 …"},
		{"Series 5 object {'city': 'Bern', 'price': 98.0, 'rooms': 3}", "city=Bern price=98 …"},
		{"Series 3 int64 {'usual': 212, 'dear': 150, 'cheap': 34}", "usual=212 dear=150 …"},
		{"(DataFrame 396×5: city, price, …, 4)", "(396×5 city…, 4)"},
		// Moments.
		{"datetime.datetime(2024, 1, 1, 1, 0)", "2024-01-01 01:00"},
		{"datetime.datetime(2024, 1, 1, 1, 0, 7, 500000)", "2024-01-01…1:00:07.5"},
		{"datetime.datetime(2024, 1, 1, 1, 0, tzinfo=datetime.timezone.utc)", "2024-01-01 01:00Z"},
		{"Timestamp('2024-01-01 01:00:00')", "2024-01-01 01:00"},
		{"datetime.date(2024, 2, 29)", "2024-02-29"},
		{"datetime.time(8, 30)", "08:30"},
		{"datetime.timedelta(days=83, seconds=18000)", "83d 05:00"},
		{"Timedelta(days=60)", "60d"},
		{"datetime.timedelta(seconds=5, microseconds=250000)", "5.25s"},
		{"datetime.timedelta(0)", "0s"},
		{"NaT", "NaT"},
		// Objects.
		{"Point(x=1, y=2)", "Point(1, 2)"},
		{"Item(name='tent', count=5, price=99.5, tags=[])", "Item('tent', 5, …)"},
		{"Circle(name='wheel', radius=2)", "Circle('wheel', 2)"},
		{"Response(headers=Headers({'Content-Type': 'text/html'}), body=None, status=200)", "Response(…, 200)"},
		{"Response(body='a long text of many words', kind=[], status=200, more=1, z=2, y=3)", "Response(…, z=2, …)"},
		{"{'headers': {'Content-Type': 'text/html'}, 'id': 17}", "{…, 'id': 17}"},
		{"{'headers': {'Content-Type': 'text/html'}, 'body': {'name': 'a'}}", "{'headers': …, …}"},
		{"namespace(pos=0, name='robot')", "namespace(pos=0, …)"},
		{"Config(debug=True, level=3, path=None, name='x', size=4)", "Config(debug=True…)"},
		{"<Suit.SPADES: 1>", "Suit.SPADES"},
		{"(<Suit.SPADES: 2>, 3)", "(Suit.SPADES, 3)"},
		{"[Item(name='tent', count=5), Item(name='rope', count=12)]", "[Item('tent', 5), …]"},
		{"Node(value=3, next=Node(value=1, next=Node(value=2, next=None)))", "Node(3, …)"},
		{"ZeroDivisionError('division by zero')", "ZeroDivisionError(…)"},
		{"Pipeline(StandardScaler(), LogisticRegression()) fit", "Scaler→LogReg fit"},
		{"StandardScaler() fit", "StandardScaler() fit"},
		{"LogisticRegression(max_iter=500) fit", "LogReg fit"},
		// Kinds of the standard library.
		{"Fraction(1, 3)", "1/3"},
		{"Fraction(4, 1)", "4"},
		{"PosixPath('/home/ann/projects/shop/data.csv')", "…/shop/data.csv"},
		{"PosixPath('/home/ann/a_rather_long_name.csv')", "a_rather_l…_name.csv"},
		{"PosixPath('data.csv')", "data.csv"},
		{"Decimal('12.50')", "12.50"},
		{"UUID('12345678-1234-5678-1234-56781234567f')", "12345678-1…81234567f"},
		{"IPv4Address('10.0.0.1')", "10.0.0.1"},
		{"Counter({'a': 3})", "{'a': 3}"},
		{"deque([1, 2, 3], maxlen=5)", "deque([1, 2, 3], 5)"},
		{"range(0, 10)", "range(10)"},
		{"range(2, 10, 3)", "range(2, 10, 3)"},
		{"re.compile('a+b', flags=re.UNICODE)", "re 'a+b'"},
		{"<re.Match object; span=(0, 3), match='a=1'>", "match 'a=1'"},
		{"<_io.TextIOWrapper name='/tmp/x/data.csv' mode='w' encoding='UTF-8'>", "file /tmp/x/data.csv"},
		// Containers.
		{"[19.599034287, 20.1, 20.3, 21.0]", "[19.60, 20.1, …]"},
		{"{'pos': 0, 'steps': 10, 'name': 'robot'}", "{'pos': 0, …}"},
		{"['Chur', 'Bern', 'Genf', 'Basel']", "['Chur', 'Bern', …]"},
		{"'a text that is far too long'", "'a text th…too long'"},
		{"(1,)", "(1,)"},
		{"{redacted}", "{redacted}"},
		{"set()", "set()"},
		{"frozenset({1, 2})", "{1, 2}"},
		{"<shop.Cart object at 0x7f001122>", "<Cart>"},
	} {
		w := formWriter{dots: "…", times: "×"}
		if got := w.fit(readForm(c.text), 20); got != c.want {
			t.Errorf("%s\n got %q\nwant %q", c.text, got, c.want)
		}
	}
}

// TestFormsFit: no form is longer than its room, whatever the room, none is empty, and in
// enough room none is cut.
func TestFormsFit(t *testing.T) {
	texts := []string{
		"ndarray 400 float64 [943.4012, 1001.25, 2.0, …]", "DataFrame 1307×6: city, price, rooms, since", "Pipeline(StandardScaler(), LogisticRegression()) fit",
		"[Item(name='tent', count=5), Item(name='rope', count=12)]", "{'a': {'b': [1, 2, (3,)]}, 'c': b'x'}", "PosixPath('/home/ann/projects/shop/data.csv')",
		"Series 5 object {'city': 'Bern', 'price': 98.0}", "'日本語日本語日本語'", "[[[[[[[[[[[[[[[[[[1", "{", "(", "<", "Name(", "'", "x=", "=", ")", ", ", ": ", "ndarray 3", "a 1 b",
		"\xff\xfe", "DataFrame 1×1: ", "Name(a=, b=)", "{1: }", "-", "...", "…", "<<<>", "<'", "[<a at 0x1>, <b at 0x", "datetime.date(2024)", "Fraction(1, 0)",
	}
	for _, text := range texts {
		for _, w := range []formWriter{{dots: "…", times: "×"}, {dots: "..", times: "x", ascii: true}} {
			for room := 8; room < 200; room++ {
				got := w.fit(readForm(text), room)
				if width(got) > room || got == "" || !utf8.ValidString(got) {
					t.Errorf("%q in %d: %q", text, room, got)
				}
				if w.ascii && strings.ContainsFunc(got, func(r rune) bool { return r > '~' }) {
					t.Errorf("%q in ASCII: %q", text, got)
				}
			}
		}
	}
}

func FuzzForms(f *testing.F) {
	f.Add("[Item(name='tent', count=5), ndarray 3 float64 [1.0]]", 20)
	f.Fuzz(func(t *testing.T, text string, room int) {
		if len(text) > 4096 || room < 8 || room > 200 {
			return
		}
		w := formWriter{dots: "…", times: "×"}
		if got := w.fit(readForm(text), room); width(got) > room {
			t.Errorf("%q in %d: %q", text, room, got)
		}
	})
}
