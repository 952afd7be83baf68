//go:build unix

package recording

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tallyho-dev/tallyho/e2e"
	"github.com/tallyho-dev/tallyho/engine/recording"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// squaring takes steps that tell their own number, and ends by itself soon after nobody records it any more.
const squaring = `import os
def square(i):
    x = i * i
    return x
parent = os.getppid()
for i in range(150_000):
    square(i)
    if i % 500 == 0 and os.getppid() != parent:
        break
`

// TestARecorderThatIsKilled kills the Tallyho that records, at a random length of its file: what is there opens, has the run's
// first steps without a gap, lacks no more than one block that was not written to its end, and says so.
func TestARecorderThatIsKilled(t *testing.T) {
	python := testkit.Python(t, "3.12")
	chance := rand.New(rand.NewSource(1))
	for range testkit.Sized(10) {
		size := int64(16)
		if chance.Intn(8) > 0 {
			size = 1 + chance.Int63n(200<<10)
		}
		path := e2e.Program(t, "prog.py", squaring)
		dir, file := filepath.Dir(path), filepath.Join(filepath.Dir(path), "a.rec")
		killAt(t, size, file, testkit.Binary(t), "record", "--no-tally", "--python", python.Path, "-o", file, path)
		whole, steps, tail := blocksOf(t, file)
		var seen squares
		if r, err := recording.Open(file); err != nil {
			t.Errorf("killed at %d bytes: %v", size, err)
			continue
		} else {
			if err := r.Read(0, &seen); err != nil || r.Whole != whole || r.Damaged > 0 || r.Lost > 0 {
				t.Errorf("killed at %d bytes: %v, whole %v, and the file %v, %d damaged, %d lost", size, err, r.Whole, whole, r.Damaged, r.Lost)
			}
			_ = r.Close()
		}
		if seen.wrong != "" || seen.steps != steps || tail > 1<<20 {
			t.Errorf("killed at %d bytes: %s, %d steps of %d were read, %d bytes are no block", size, seen.wrong, seen.steps, steps, tail)
		}
		asked := e2e.Tallyho(t, e2e.Run{Dir: dir, Args: []string{"replay", file, "-q", "function='square', kind='return', arg=9"}})
		if said := strings.Contains(asked.Stderr, "was not ended as it should"); asked.Code != 0 || said == whole || seen.last >= 3 && asked.Stdout == "" {
			t.Errorf("killed at %d bytes, whole %v: %d\n%s%s", size, whole, asked.Code, asked.Stdout, asked.Stderr)
		}
	}
}

// killAt kills a Tallyho once its file is so long, if it is not over by then, and waits for the program.
func killAt(t *testing.T, size int64, file string, argv ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), argv[0], argv[1:]...)
	cmd.Dir = filepath.Dir(file)
	cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+testkit.CacheHome(t), "XDG_RUNTIME_DIR="+t.TempDir(), "XDG_STATE_HOME="+t.TempDir())
	var all strings.Builder
	cmd.Stdout, cmd.Stderr = &all, &all // the program has them too: they close with its end
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	over := make(chan error, 1)
	go func() { over <- cmd.Wait() }()
	for deadline := time.Now().Add(2 * time.Minute); ; {
		about, err := os.Stat(file)
		switch {
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			t.Fatal(err)
		case err == nil && about.Size() >= size:
			_ = cmd.Process.Kill()
			<-over
			return
		case time.Now().After(deadline):
			_ = cmd.Process.Kill()
			t.Fatalf("the file did not get %d bytes long\n%s", size, &all)
		}
		select {
		case <-over:
			return
		case <-time.After(time.Millisecond):
		}
	}
}

// blocksOf goes through a file by what docs/recording.md says of it alone: whether it was ended, how many steps its whole blocks
// have, and how much of it is no block.
func blocksOf(t *testing.T, file string) (whole bool, steps uint64, tail int) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	whole = strings.HasSuffix(string(data), "TALLYEND")
	data = data[min(16, len(data)):]
	for len(data) >= 36 && string(data[:4]) == "TBLK" {
		length := 36 + int(binary.LittleEndian.Uint32(data[8:]))
		if length > len(data) {
			break
		}
		if data[4] == 'E' {
			steps += uint64(binary.LittleEndian.Uint32(data[24:]))
		}
		data = data[length:]
	}
	return whole, steps, len(data)
}

// squares checks the steps of squaring: each call's number follows the one before.
type squares struct {
	steps uint64
	last  int64
	wrong string
}

func (s *squares) Output(bool, []byte) {}

func (s *squares) Step(at uint64, p *recording.Process, _ *recording.Thread, f *recording.Frame, step *recording.Step) bool {
	if at != s.steps {
		s.wrong = "a gap in the numbers of steps"
	}
	s.steps++
	if f.Code.Function != "square" {
		return true
	}
	i, _ := value(p, f, "i")
	switch x, known := value(p, f, "x"); {
	case step.Kind == recording.Call && i != 0 && i != s.last+1:
		s.wrong = "a call is missing"
	case step.Kind == recording.Return && (!known || x != i*i):
		s.wrong = "a value is wrong"
	}
	s.last = i
	return true
}

func value(p *recording.Process, f *recording.Frame, name string) (int64, bool) {
	number, _ := p.TextNumber(name)
	raw, ok := f.Names.Get(number)
	return raw.Read().Int, ok && raw.Tag() == recording.TagInt
}
