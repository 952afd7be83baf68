package link

import (
	"encoding/json"
	"reflect"
	"testing"
)

var tuples = []string{
	`[1,0,2,5,1,5,"assign","f.<locals>.g",false]`, `[1, 0, 2, 5, 1, 5, "assign", "ü", true]`, `[ 1,0,1,5,1,5,"a]b","c,d",false ]`,
	`[1,0,1,5,1,5,"a\"b","\u00fc",false]`, `[1,0,1,5,1,5,"a","b",false,7]`, `[1,2]`, `[]`, `null`, `[1,2,3]`, `[1,2,-1]`,
	`[0,18446744073709551615,1]`, `[0,-1]`, `[0,1e3]`, `[0,1.5]`, `["a",1]`, `[null,1]`, `[[1],2]`, `{"a":1}`, `[1,2,3,4]`, `[0,9223372036854775808]`,
	`[1,0,1,5,1,5,"a","b",0]`, `[1,0,1,5,1,5,"",",",true]`, `[1,0,1,5,1,5,"\\",",",true]`,
}

// sameTuple reads a list both ways: there is no difference but the time.
func sameTuple(t *testing.T, text []byte) {
	t.Helper()
	if !json.Valid(text) {
		return
	}
	var span, slowSpan Span
	got := span.UnmarshalJSON(text)
	want := unmarshalTuple(text, &slowSpan.Line, &slowSpan.Col, &slowSpan.EndLine, &slowSpan.EndCol, &slowSpan.HeadLine,
		&slowSpan.HeadCol, &slowSpan.Kind, &slowSpan.Function, &slowSpan.NoCode)
	if (got == nil) != (want == nil) || got == nil && span != slowSpan {
		t.Errorf("%s as a span: %+v, %v; want %+v, %v", text, span, got, slowSpan, want)
	}
	term, slowTerm := Term{}, Term{Weight: 1}
	got = term.UnmarshalJSON(text)
	want = unmarshalTuple(text, &slowTerm.Span, &slowTerm.Slot, &slowTerm.Weight)
	if (got == nil) != (want == nil) || got == nil && !reflect.DeepEqual(term, slowTerm) {
		t.Errorf("%s as a term: %+v, %v; want %+v, %v", text, term, got, slowTerm, want)
	}
}

func TestTuples(t *testing.T) {
	for _, text := range tuples {
		sameTuple(t, []byte(text))
	}
}

func FuzzTuple(f *testing.F) {
	for _, text := range tuples {
		f.Add([]byte(text))
	}
	f.Fuzz(sameTuple)
}

func BenchmarkFileRecord(b *testing.B) {
	text := []byte(`{"id":1,"path":"/p","sha256":"x","source":"","by_line":false,"spans":[[1,0,1,5,1,5,"assign","f",false],` +
		`[1,0,1,5,1,5,"assign","f",false],[1,0,1,5,1,5,"assign","f",false],[1,0,1,5,1,5,"assign","f",false]]}`)
	for b.Loop() {
		decodeRecord(recordFile, 1, text)
	}
}
