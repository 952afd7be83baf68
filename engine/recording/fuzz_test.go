package recording

import (
	"os"
	"path/filepath"
	"testing"
)

func FuzzOpen(f *testing.F) {
	path := filepath.Join(f.TempDir(), "seed.rec")
	if err := write(f, path, Options{BlockSize: 512}, 20).Close(); err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "f.rec")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := Open(path)
		if err != nil {
			return
		}
		defer r.Close()
		r.State().Shared()
		_ = r.Read(0, &seen{most: 1000})
	})
}

func FuzzDecode(f *testing.F) {
	f.Add(step(Line, 0, 1, 1, []Change{{Name: 1, Value: number(4)}}))
	f.Add(step(Line, 0, 1, 1, []Change{{Name: 1, Value: object(named(3, 7, text("a")), again(3, 7))}}))
	f.Add(append(step(Return, FlagValue, 1, 1, nil), byte(TagObject), 9, 1, 1, 'x', 3, 1, byte(TagNone)))
	f.Add(step(Line, 0, 1, 1, []Change{{Name: 1, cell: 5, ID: 9, Value: text("a")}, {Name: 2, Value: object(named(3, 7, text("a")))}}))
	f.Fuzz(func(t *testing.T, body []byte) {
		var s Step
		_ = s.decode(body, &kept{})
		if s.Decode(body) != nil {
			return
		}
		for _, ch := range append(s.Names, s.Globals...) {
			ch.Value.Read()
		}
		st := newState()
		st.Shared()
		p := st.process(1)
		thread, frame := p.Begin(&s)
		p.End(thread, frame, &s)
		st.checkpoint(nil)
	})
}
