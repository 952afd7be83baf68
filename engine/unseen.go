package engine

import (
	"fmt"
	"time"
)

// unseen is what is known of a program that lives on without its link: it became another program by exec, which may have the
// bridge in it too, or it closed what it had not opened. The Session's goroutine has it.
type unseen struct {
	since time.Time // zero: it is seen, or gone
	said  bool
}

// shortlyUnseen is not worth a word when the program has ended: a program that is killed loses its link first.
const shortlyUnseen = 5 * time.Second

// atEnd is what is said of a program that was not seen again before it ended, "" where there is nothing to say.
func (u unseen) atEnd(now time.Time) string {
	gone := now.Sub(u.since)
	if u.since.IsZero() || u.said || gone < shortlyUnseen {
		return ""
	}
	return fmt.Sprintf("For its last %.0f seconds Tallyho did not see the program.", gone.Seconds())
}

// loseSight begins to wait for a program to be seen again. It may take as long as a start may: so much is done by one that
// became another by exec, and a sentence that is untrue a moment later is worse than a late one.
func (s *Session) loseSight() {
	since := time.Now()
	s.unseen = unseen{since: since}
	time.AfterFunc(s.config.returnPatience, func() { s.post(func() { s.sayUnseen(since) }) })
}

// sayUnseen tells of a program that lives on and has not been seen since then.
func (s *Session) sayUnseen(since time.Time) {
	if s.exited || s.Exited() || !s.unseen.since.Equal(since) {
		return
	}
	s.unseen.said = true
	s.observer.Notice("The program runs on, but Tallyho no longer sees it.")
}

// seeAgain takes note of a process that says hello: the program may have come back in it.
func (s *Session) seeAgain(p *process) {
	if !s.succeeds(p) {
		return
	}
	if s.unseen.said {
		s.observer.Notice("Tallyho sees the program again.")
	}
	s.unseen = unseen{}
}

// succeeds reports whether a process is the program after an exec.
func (s *Session) succeeds(p *process) bool {
	return s.main != nil && p != s.main && p.hello.PID == s.main.hello.PID
}
