package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tallyho-dev/tallyho/engine/link"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

// pending is an Ask that a process owes a Reply.
type pending struct {
	process int
	answer  chan link.Reply
}

// addressed is an Ask before it is sent: the owner finds out whom it is for.
type addressed struct {
	process *process
	request link.Request
}

// askMain asks the program's own process.
func (s *Session) askMain(ctx context.Context, request link.Request, result any) error {
	_, err := s.ask(ctx, result, func() (addressed, error) { return addressed{s.main, request}, nil })
	return err
}

// ask sends a process what it is asked for and decodes the answer into result. It
// returns the process's number. The owner calls to. When ctx ends the program is
// told that the answer is no longer wanted.
func (s *Session) ask(ctx context.Context, result any, to func() (addressed, error)) (number int, err error) {
	answer := make(chan link.Reply, 1)
	var p *process
	var a addressed
	id := 0
	ok := s.call(func() {
		if a, err = to(); err != nil {
			return
		}
		if p = a.process; p == nil || p.lost {
			err = ErrEnded
			return
		}
		s.lastAsk++
		id = s.lastAsk
		s.asks[id] = pending{p.number, answer}
		err = p.conn.Send(link.Ask{ID: id, Request: a.request})
	})
	switch {
	case !ok:
		return 0, ErrEnded
	case err != nil:
		return 0, err
	}
	defer s.post(func() { delete(s.asks, id) })
	select {
	case r := <-answer:
		return p.number, decodeReply(r, a.request, result)
	case <-ctx.Done():
		s.post(func() {
			if _, owed := s.asks[id]; owed {
				s.send(p, link.Cancel{ID: id})
			}
		})
		return 0, fmt.Errorf("ask the program: %w", ctx.Err())
	case <-s.ending:
		return 0, ErrEnded
	}
}

// answered hands a Reply to whoever waits for it.
func (s *Session) answered(r link.Reply) {
	if a, owed := s.asks[r.ID]; owed {
		delete(s.asks, r.ID)
		a.answer <- r
	}
}

// answerAll answers what a process will not any more; 0: what no process will.
func (s *Session) answerAll(process int) {
	for id, a := range s.asks {
		if process == 0 || a.process == process {
			delete(s.asks, id)
			a.answer <- link.Reply{Error: ErrEnded.Error()}
		}
	}
}

// inThread addresses the process of a thread; request gets what the thread is
// called there.
func (s *Session) inThread(number int, request func(id uint32) link.Request) func() (addressed, error) {
	return func() (addressed, error) {
		if number > firstTask {
			return s.inTask(number, request)
		}
		for _, p := range s.processes {
			for id, t := range p.thread {
				if t.number == number && !t.Ended {
					return addressed{p, request(id)}, nil
				}
			}
		}
		return addressed{}, fmt.Errorf("there is no thread %d, or it has ended", number)
	}
}

// firstTask is below the numbers of suspended asyncio tasks, which can be looked
// at as threads can.
const firstTask = 1 << 20

// ofTask marks the references that are such tasks.
const ofTask = -1

// taskNumber is the number of what a process calls a task.
func (s *Session) taskNumber(p *process, id uint32) int {
	return firstTask + s.refs.add(ref{process: p.number, thread: ofTask, id: int(id), lasting: true})
}

// inTask addresses the process of a task.
func (s *Session) inTask(number int, request func(id uint32) link.Request) (addressed, error) {
	r, err := s.refs.get(number - firstTask)
	if err != nil || r.thread != ofTask || s.processes[r.process] == nil {
		return addressed{}, fmt.Errorf("there is no thread %d, or it has ended", number)
	}
	return addressed{s.processes[r.process], request(uint32(r.id))}, nil
}

// inProcess addresses a process by number; 0 is the one that stopped last, or
// the program's own.
func (s *Session) inProcess(number int, request link.Request) func() (addressed, error) {
	return func() (addressed, error) {
		if number == 0 {
			return addressed{s.focused(), request}, nil
		}
		p := s.processes[number]
		if p == nil {
			return addressed{}, errors.New("that process has ended")
		}
		return addressed{p, request}, nil
	}
}

// focused is the process that the person looks at.
func (s *Session) focused() *process {
	if p := s.processes[s.focus]; p != nil {
		return p
	}
	return s.main
}

// threadStopped tells of a thread that waits to be looked at. A program that is asked
// to end stops no more.
func (s *Session) threadStopped(p *process, m link.Stopped) {
	if !slices.Contains(p.parked, m.Thread) {
		p.parked = append(p.parked, m.Thread)
	}
	if s.terminating {
		s.letGo(p)
		return
	}
	number := s.threadNumber(p, m.Thread)
	s.forget(p, number, false)
	s.focus = p.number
	s.observer.Stopped(Stop{Thread: number, Reason: s.reason(m), Tracepoints: m.Tracepoints, Text: m.Text,
		Description: m.Description, Together: s.together(p, number, m.All)})
}

// forget drops the references of a thread, or of all threads of its process.
func (s *Session) forget(p *process, thread int, all bool) {
	if all {
		thread = 0
	}
	s.refs.forget(p.number, thread)
	s.targets.forget(p.number, thread)
}

// reason makes one out of what was hit.
func (s *Session) reason(m link.Stopped) string {
	if m.Reason != "breakpoint" {
		return m.Reason
	}
	for _, id := range m.Tracepoints {
		t := s.set.Get(id)
		switch {
		case t == nil:
		case t.Spec.Data != "":
			return "data breakpoint"
		case t.Spec.Exceptions != "":
			return "exception"
		case t.Spec.Function != "":
			return "function breakpoint"
		}
	}
	return m.Reason
}

// together says who shares what happened to a thread: with several processes
// it is never all.
func (s *Session) together(p *process, number int, all bool) Together {
	if !all {
		return Together{}
	}
	if len(s.processes) == 1 {
		return Together{All: true}
	}
	var others []int
	for _, t := range p.thread {
		if t.number != number && !t.Ended {
			others = append(others, t.number)
		}
	}
	slices.Sort(others)
	return Together{Others: others}
}

func (s *Session) threadContinued(p *process, m link.Continued) {
	p.parked = nil
	number := s.threadNumber(p, m.Thread)
	s.observer.Continued(Resumed{Thread: number, Together: s.together(p, number, m.All)})
}

// loaded tells of what a process has loaded.
func (s *Session) loaded(p *process, m link.Loaded) {
	o, ok := s.observer.(LoadObserver)
	if !ok {
		return
	}
	l := Loaded(m)
	for i := range l.Sources {
		l.Sources[i].Ref = s.refs.add(ref{process: p.number, id: l.Sources[i].Ref, lasting: true})
	}
	o.Loaded(l)
}

// letGo tells the threads of a process that stopped to run on; nobody waits for
// the answers, and those that run already do not mind.
func (s *Session) letGo(p *process) {
	for _, id := range p.parked {
		s.lastAsk++
		s.send(p, link.Ask{ID: s.lastAsk, Request: link.AskResume{Thread: id, How: "continue", All: true}})
	}
	p.parked = nil
}

// threadNumber is the number of a thread of a process, which may be news.
func (s *Session) threadNumber(p *process, id uint32) int {
	if t := p.thread[id]; t != nil {
		return t.number
	}
	s.thread(p, link.Thread{ID: id, Name: fmt.Sprintf("Thread-%d", id)})
	return p.thread[id].number
}

// title is a thread's name; in a child process, with the process's id.
func (s *Session) title(p *process, name string) string {
	if p == s.main {
		return name
	}
	return fmt.Sprintf("%s (%d)", name, p.hello.PID)
}

// dataName makes what a process calls a value a Spec.Data.
func dataName(process int, id string) string {
	if id == "" {
		return ""
	}
	return strconv.Itoa(process) + " " + id
}

// dataOf is the opposite of dataName.
func dataOf(name string) (process int, id string) {
	number, id, _ := strings.Cut(name, " ")
	process, _ = strconv.Atoi(number)
	return process, id
}

// concerns reports whether a process must know of a tracepoint: a value is
// known to one of them only.
func concerns(p *process, t *tracepoint.Tracepoint) bool {
	if t.Spec.Data == "" {
		return true
	}
	process, _ := dataOf(t.Spec.Data)
	return process == p.number
}

// decodeReply reads a Reply into result, which may be nil.
func decodeReply(r link.Reply, request link.Request, result any) error {
	err := r.Into(result)
	if err != nil && r.Error == "" {
		err = fmt.Errorf("ask the program for %s: %w", link.Name(request), err)
	}
	return err
}
