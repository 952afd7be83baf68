package engine

import (
	"errors"
	"maps"
	"os"

	"github.com/tallyho-dev/tallyho/engine/recording"
)

// Past is what has been recorded of a run up to a moment. One goroutine at a time may use
// it; whoever asked for it closes it.
type Past struct {
	Recording *recording.Recording
	numbers   map[threadOf]int
	temporary string // a file that goes with it
}

// threadOf is a thread of a process, by the process's name for it.
type threadOf struct {
	process int
	id      uint32
}

var errNotRecorded = errors.New("the run is not recorded; with \"record\": true in the launch configuration it is")

// Past reads what has been recorded so far: all steps of a thread that has stopped are in
// it, up to the one at which it stands. After the end it is the whole run.
func (s *Session) Past() (*Past, error) {
	p, path, err := &Past{}, "", errNotRecorded
	live := s.call(func() {
		if s.recorder != nil {
			path, p.temporary, err = s.recorder.sofar()
			p.numbers = maps.Clone(s.recorder.numbers)
		}
	})
	if !live {
		s.read(func() {
			if s.recorder != nil {
				path, err, p.numbers = s.recorder.written, nil, s.recorder.numbers
			}
		})
	}
	if err == nil {
		p.Recording, err = recording.Open(path)
	}
	if err != nil {
		p.removeFile()
		return nil, err
	}
	return p, nil
}

// sofar has what was recorded written. What is kept in memory goes to a file of its own.
func (r *recorder) sofar() (path, temporary string, err error) {
	if r.config.Last == 0 {
		return r.config.Path, "", r.writer.Sync()
	}
	f, err := os.CreateTemp("", "tallyho-*.rec")
	if err != nil {
		return "", "", err
	}
	_ = f.Close()
	return f.Name(), f.Name(), r.writer.Dump(f.Name())
}

// ThreadOf is a thread by the Session's number of it.
func (p *Past) ThreadOf(number int) (process int, id uint32, known bool) {
	for t, n := range p.numbers {
		if n == number {
			return t.process, t.id, true
		}
	}
	return 0, 0, false
}

// Thread is the Session's number of a thread; 0 where it has none.
func (p *Past) Thread(process int, id uint32) int { return p.numbers[threadOf{process, id}] }

// Close lets the file go.
func (p *Past) Close() error {
	err := p.Recording.Close()
	p.removeFile()
	return err
}

func (p *Past) removeFile() {
	if p.temporary != "" {
		_ = os.Remove(p.temporary)
	}
}
