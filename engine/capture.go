package engine

import (
	"time"

	"github.com/tallyho-dev/tallyho/engine/launch"
	"github.com/tallyho-dev/tallyho/engine/link"
)

// What the program writes and what its tracepoints record are one stream. A
// process that records an event after it, or anybody on its two files, has
// written something says first how long they are (link.Written); and what is
// found in the files by the clock is shown only after every record that was
// committed by then. So one thread's prints and records come in its own order.

const (
	// outputPoll is how soon output is seen.
	outputPoll = 20 * time.Millisecond
	// outputPatience is for how many polls output is kept back for a record
	// whose turn has not come: another thread's is still being written.
	outputPatience = 5
)

// watchOutput looks after the captured files until the Session ends.
func (s *Session) watchOutput(captured *launch.Captured) {
	ticker := time.NewTicker(outputPoll)
	defer ticker.Stop()
	var shown launch.Sizes
	kept := 0
	for {
		select {
		case <-ticker.C:
		case <-s.ending:
			return
		}
		captured.Relieve()
		sizes := captured.Sizes()
		if sizes == shown {
			continue
		}
		if kept++; !s.catchUp() && kept < outputPatience {
			continue
		}
		kept, shown = 0, sizes
		s.post(func() { s.showOutput(sizes) })
	}
}

// catchUp delivers every record that is committed now; false where some wait
// for an earlier one.
func (s *Session) catchUp() bool {
	var conns []*link.Conn
	s.call(func() {
		for _, p := range s.processes {
			conns = append(conns, p.conn)
		}
	})
	whole := true
	for _, c := range conns {
		whole = c.CatchUp() && whole
	}
	return whole
}

// showOutput hands on what was written up to those sizes.
func (s *Session) showOutput(sizes launch.Sizes) {
	if captured := s.captured(); captured != nil {
		captured.ReadTo(sizes, s.output)
	}
}

// showAllOutput hands on what has been written by now.
func (s *Session) showAllOutput() {
	if captured := s.captured(); captured != nil {
		captured.ReadTo(captured.Sizes(), s.output)
	}
}

// endOutput hands on the rest and gives the files up.
func (s *Session) endOutput() {
	if captured := s.captured(); captured != nil {
		s.showAllOutput()
		captured.Rest(s.output)
		captured.Close()
	}
}

// captured is what the program writes, nil where it is not kept.
func (s *Session) captured() *launch.Captured {
	if s.process == nil {
		return nil
	}
	return s.process.Captured()
}

// output hands on a piece.
func (s *Session) output(stream int, text []byte) {
	category := "stdout"
	if stream == 2 {
		category = "stderr"
		if s.main == nil {
			s.complaint = append(s.complaint, text...)
		}
	}
	if s.recorder != nil {
		s.recorder.writer.Output(stream == 2, text)
	}
	s.observer.Output(category, text)
}
