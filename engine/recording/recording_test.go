package recording

import (
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// write writes what a program with a main function that calls f n times does, line
// by line: i counts in main, x is i squared in f.
func write(t testing.TB, path string, o Options, n int) *Writer {
	t.Helper()
	w, err := Create(path, o)
	if err != nil {
		t.Fatal(err)
	}
	w.Define(Definition{About: &About{Program: "prog.py"}})
	w.Define(Definition{Process: 1, Joined: &Joined{PID: 7}})
	w.Define(Definition{Process: 1, Thread: &ThreadDef{ID: 1, Name: "MainThread", Main: true}})
	for id, name := range []string{"", "i", "x"} {
		if id > 0 {
			w.Define(Definition{Process: 1, Text: &Text{ID: uint32(id), Text: name}})
		}
	}
	w.Define(Definition{Process: 1, Code: &Code{ID: 1, Function: "main"}})
	w.Define(Definition{Process: 1, Code: &Code{ID: 2, Function: "f"}})
	for id, code := range []uint32{0, 1, 2, 2} {
		if id > 0 {
			w.Define(Definition{Process: 1, Place: &Place{ID: uint32(id), Code: code, Line: 10 * id}})
		}
	}
	w.Step(1, step(Call, FlagBegins|FlagCallers, 1, 1, nil))
	for i := range n {
		w.Step(1, step(Line, 0, 1, 1, []Change{{Name: 1, Value: number(i)}}))
		w.Step(1, step(Call, FlagBegins|FlagCallers, uint64(i+2), 2, nil, 1, 10))
		w.Step(1, step(Line, 0, uint64(i+2), 3, []Change{{Name: 2, Value: number(i * i)}}))
		w.Step(1, append(step(Return, FlagReturnOp|FlagValue, uint64(i+2), 3, nil), number(i)...))
	}
	return w
}

func number(i int) Raw { return appendUvarint(Raw{byte(TagInt)}, uint64(i)<<1) }

// step is the body of one, as the program writes it.
func step(kind Kind, flags byte, frame uint64, place int, names []Change, meets ...uint64) []byte {
	b := []byte{1, byte(kind), flags}
	for _, n := range []uint64{frame, uint64(place), 1, 1, 5, 0, 99} {
		b = appendUvarint(b, n)
	}
	if flags&FlagCallers != 0 {
		b = appendUvarint(b, uint64(len(meets)/2))
		for _, n := range meets {
			b = appendUvarint(b, n)
		}
	}
	return appendChanges(b, names)
}

// seen notes what a reader is shown: the stack and the innermost names.
type seen struct {
	at    []uint64
	lines []string
	most  int
}

func (s *seen) Output(bool, []byte) {}

func (s *seen) Step(at uint64, p *Process, t *Thread, f *Frame, step *Step) bool {
	s.at = append(s.at, at)
	line := fmt.Sprint(step.Kind)
	for _, one := range t.Stack {
		line += fmt.Sprintf(" %s:%d", one.Code.Function, one.Line)
		for _, ch := range one.Names.All() {
			line += fmt.Sprintf(" %s=%d", p.Texts[ch.Name], ch.Value.Read().Int)
		}
	}
	s.lines = append(s.lines, line)
	return s.most == 0 || len(s.at) < s.most
}

func readAll(t testing.TB, path string, from uint64) (*Recording, *seen) {
	t.Helper()
	r, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	var s seen
	if err := r.Read(from, &s); err != nil {
		t.Fatal(err)
	}
	return r, &s
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.rec")
	if err := write(t, path, Options{BlockSize: 1 << 10}, 500).Close(); err != nil {
		t.Fatal(err)
	}
	r, s := readAll(t, path, 0)
	if !r.Whole || r.Steps() != 2001 || len(s.at) != 2001 || r.Blocks() < 10 {
		t.Fatalf("whole %v, %d steps, %d seen, %d blocks", r.Whole, r.Steps(), len(s.at), r.Blocks())
	}
	if got, want := s.lines[2000-1], "1 main:10 i=499 f:30 x=249001"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestEveryBlockBeginsWithTheStack reads from the middle: stack and names are as
// they are when all is read.
func TestEveryBlockBeginsWithTheStack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.rec")
	if err := write(t, path, Options{BlockSize: 1 << 10}, 300).Close(); err != nil {
		t.Fatal(err)
	}
	r, all := readAll(t, path, 0)
	for i := range r.Blocks() {
		var s seen
		if err := r.ReadBlocks(i, i+1, &s); err != nil {
			t.Fatal(err)
		}
		first := int(r.FirstOf(i))
		for j, line := range s.lines {
			if s.at[j] != uint64(first+j) || line != all.lines[first+j] {
				t.Fatalf("block %d, step %d: %q, want %q", i, s.at[j], line, all.lines[first+j])
			}
		}
	}
}

// named is a value that a number stands for from here on, again that number.
func named(number, check byte, value Raw) Raw {
	return append(Raw{byte(tagSet), number, check}, value...)
}
func again(number, check byte) Raw { return Raw{byte(tagAgain), number, check} }
func text(s string) Raw            { return append(Raw{byte(TagStr), byte(len(s))}, s...) }
func object(fields ...Raw) Raw {
	b := Raw{byte(TagObject), 9, 1, 1, 'o', byte(2 * len(fields))}
	for _, f := range fields {
		b = append(append(b, 2), f...)
	}
	return b
}

// TestNumbersStandForValues reads each block alone and all of them in one go: what a
// number stands for is the same, though it was set in an earlier block, inside of an
// object, or has stood for something else before.
func TestNumbersStandForValues(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.rec")
	w := write(t, path, Options{BlockSize: 512}, 1)
	var want []string
	for i := range 400 {
		first := fmt.Sprintf("text %d", i/50)
		value := again(3, 7)
		if i%50 == 0 {
			value = object(named(3, 7, text(first)), named(9, byte(i), object(text("inner"), again(3, 7))))
		} else if i%3 == 0 {
			value = object(again(3, 7), again(9, byte(i/50*50)))
		}
		w.Step(1, step(Line, 0, 1, 1, []Change{{Name: 1, Value: value}}))
		outer := first
		if i%50 == 0 || i%3 == 0 {
			outer = fmt.Sprintf("(%s (inner %s))", first, first)
		}
		want = append(want, outer)
	}
	w.Step(1, step(Line, 0, 1, 1, []Change{{Name: 1, Value: again(3, 8)}, {Name: 2, Value: again(200, 1)}}))
	want = append(want, "not known")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if r.Blocks() < 5 {
		t.Fatalf("%d blocks", r.Blocks())
	}
	begin := r.Steps() - uint64(len(want))
	for i := -1; i < r.Blocks(); i++ {
		v := valuesOf{from: begin, want: want, t: t}
		first, end := max(i, 0), i+1
		if i < 0 {
			end = r.Blocks()
		}
		if err := r.ReadBlocks(first, end, &v); err != nil {
			t.Fatal(err)
		}
	}
}

// valuesOf compares the value of the first name at each step.
type valuesOf struct {
	from uint64
	want []string
	t    *testing.T
}

func (v *valuesOf) Output(bool, []byte) {}

func (v *valuesOf) Step(at uint64, p *Process, _ *Thread, f *Frame, s *Step) bool {
	if at < v.from {
		return true
	}
	now, _ := f.Names.Get(1)
	for _, raw := range []Raw{now, s.Names[0].Value} {
		if got := saidOf(raw); got != v.want[at-v.from] {
			v.t.Fatalf("step %d: %s, want %s", at, got, v.want[at-v.from])
		}
	}
	return true
}

func saidOf(raw Raw) string {
	v := raw.Read()
	switch v.Tag {
	case TagStr:
		return v.Str
	case TagObject:
		out := "("
		for i, f := range v.Fields {
			if i > 0 {
				out += " "
			}
			out += saidOf(f.Value)
		}
		return out + ")"
	}
	return "not known"
}

// TestWhatIsKeptIsBounded: a file can name values within values within values.
func TestWhatIsKeptIsBounded(t *testing.T) {
	testkit.Long(t)
	path := filepath.Join(t.TempDir(), "a.rec")
	w := write(t, path, Options{}, 1)
	w.Step(1, step(Line, 0, 1, 1, []Change{{Name: 1, Value: named(1, 1, text("of some length, to grow"))}}))
	for range 200 {
		value := named(1, 1, object(again(1, 1), again(1, 1), again(1, 1), again(1, 1), again(1, 1), again(1, 1), again(1, 1), again(1, 1)))
		w.Step(1, step(Line, 0, 1, 1, []Change{{Name: 1, Value: value}}))
	}
	deep := text("x")
	for range 100_000 {
		deep = append(Raw{byte(tagSet), 1, 1}, deep...)
	}
	w.Step(1, step(Line, 0, 1, 1, []Change{{Name: 1, Value: deep}}))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	_, s := readAll(t, path, 0)
	if len(s.at) < 10 {
		t.Errorf("%d steps", len(s.at))
	}
	p := w.state.process(1)
	for _, one := range p.kept.values {
		if len(one.value) > longestKept {
			t.Errorf("a value of %d bytes is kept", len(one.value))
		}
	}
}

// TestACutFileIsReadToItsLastBlock cuts a file anywhere, as a kill does.
func TestACutFileIsReadToItsLastBlock(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.rec")
	if err := write(t, path, Options{BlockSize: 1 << 10}, 400).Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, all := readAll(t, path, 0)
	chance := rand.New(rand.NewSource(1))
	before := -1
	lengths := []int{}
	for range 100 {
		lengths = append(lengths, fileHead+chance.Intn(len(whole)-fileHead))
	}
	slices.Sort(lengths)
	for _, n := range lengths {
		cut := filepath.Join(dir, "cut.rec")
		if err := os.WriteFile(cut, whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		r, s := readAll(t, cut, 0)
		if r.Whole || len(s.at) < before || !slices.Equal(s.lines, all.lines[:len(s.lines)]) {
			t.Fatalf("%d bytes of %d: whole %v, %d steps after %d", n, len(whole), r.Whole, len(s.at), before)
		}
		before = len(s.at)
	}
	if before < 100 {
		t.Errorf("only %d steps were read of a long part", before)
	}
}

// TestALimitLeavesOutTheOldest writes more than fits: the file never gets longer,
// and what is left is right.
func TestALimitLeavesOutTheOldest(t *testing.T) {
	dir := t.TempDir()
	whole, short := filepath.Join(dir, "whole.rec"), filepath.Join(dir, "short.rec")
	const limit = leastLimit
	for path, o := range map[string]Options{whole: {}, short: {Limit: limit, BlockSize: 4 << 10}} {
		if err := write(t, path, o, 60_000).Close(); err != nil {
			t.Fatal(err)
		}
	}
	about, err := os.Stat(short)
	if err != nil || about.Size() > limit {
		t.Fatalf("%d bytes, of at most %d: %v", about.Size(), limit, err)
	}
	_, all := readAll(t, whole, 0)
	r, s := readAll(t, short, 0)
	if r.Lost == 0 || !r.Whole || len(s.lines) < 1000 {
		t.Fatalf("%d lost, whole %v, %d left", r.Lost, r.Whole, len(s.lines))
	}
	for i, line := range s.lines {
		if line != all.lines[s.at[i]] {
			t.Fatalf("step %d: %q, want %q", s.at[i], line, all.lines[s.at[i]])
		}
	}
}

// TestTheLastPartIsKeptInMemory dumps it, goes on, and dumps again.
func TestTheLastPartIsKeptInMemory(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.rec")
	w := write(t, path, Options{Last: 64 << 10, BlockSize: 4 << 10}, 20_000)
	if _, err := os.Stat(path); err == nil {
		t.Error("it is written before it is asked for")
	}
	if err := w.Dump(path); err != nil {
		t.Fatal(err)
	}
	about, err := os.Stat(path)
	if err != nil || about.Size() > 128<<10 {
		t.Fatalf("%v %v", about, err)
	}
	r, s := readAll(t, path, 0)
	if !r.Whole || r.Lost == 0 || s.at[len(s.at)-1] != 80_000 {
		t.Errorf("whole %v, %d lost, last %d", r.Whole, r.Lost, s.at[len(s.at)-1])
	}
	if got, want := s.lines[len(s.lines)-2], fmt.Sprintf("1 main:10 i=19999 f:30 x=%d", 19999*19999); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]int64{"64M": 64 << 20, "1G": 1 << 30, "100": 100, "1.5k": 1536, "2 MiB": 2 << 20, "8KB": 8 << 10,
		"": 0, "x": 0, "0": 0, "-1M": 0, "NaN": 0, "M": 0, "9999999G": 0} {
		if got, ok := ParseSize(text); got != want || ok != (want > 0) {
			t.Errorf("%q is %d, %v; want %d", text, got, ok, want)
		}
	}
}

func TestWhatIsNoRecordingIsRefused(t *testing.T) {
	for name, text := range map[string]string{"empty": "", "text": "hello, this is a text and no recording", "version": "TALLYREC\x09\x00\x00\x00\x00\x00\x00\x00"} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if r, err := Open(path); err == nil {
			t.Errorf("%s is read: %+v", name, r)
		}
	}
}
