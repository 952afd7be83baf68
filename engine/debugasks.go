package engine

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/tallyho-dev/tallyho/engine/link"
)

// Threads lists the threads of all processes, by number. A process that does
// not answer in time, or until ctx ends, is told of from what was heard of it.
func (s *Session) Threads(ctx context.Context) []ThreadInfo {
	var numbers []int
	s.read(func() {
		for n := range s.processes {
			numbers = append(numbers, n)
		}
	})
	var mu sync.Mutex // guards all
	var all []ThreadInfo
	var asking sync.WaitGroup
	for _, n := range numbers {
		asking.Go(func() {
			threads := s.threadsOf(ctx, n)
			mu.Lock()
			defer mu.Unlock()
			all = append(all, threads...)
		})
	}
	asking.Wait()
	slices.SortFunc(all, func(a, b ThreadInfo) int { return a.ID - b.ID })
	return all
}

// threadsPatience is how long a process that runs may take to tell its threads: it may be
// busy in C. One that stands still has nothing else to do.
const threadsPatience = 500 * time.Millisecond

func (s *Session) threadsOf(ctx context.Context, number int) []ThreadInfo {
	still := false
	s.read(func() { p := s.processes[number]; still = p != nil && len(p.parked) > 0 })
	if !still {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, threadsPatience)
		defer cancel()
	}
	var said []link.ThreadTold
	_, err := s.ask(ctx, &said, s.inProcess(number, link.AskThreads{}))
	var all []ThreadInfo
	s.read(func() {
		p := s.processes[number]
		if p == nil {
			return
		}
		if err != nil {
			for _, t := range p.thread {
				if !t.Ended {
					all = append(all, ThreadInfo{ID: t.number, Name: s.title(p, t.Name)})
				}
			}
			return
		}
		for _, t := range said {
			if t.ID == 0 {
				continue
			}
			if t.Of != 0 {
				all = append(all, ThreadInfo{ID: s.taskNumber(p, t.ID), Name: s.title(p, t.Name), Parked: true, Of: s.threadNumber(p, t.Of)})
				continue
			}
			all = append(all, ThreadInfo{ID: s.threadNumber(p, t.ID), Name: s.title(p, t.Name), Parked: t.Parked, Task: t.Task})
		}
	})
	return all
}

// Stack returns frames of a stopped thread.
func (s *Session) Stack(ctx context.Context, page StackPage) (Stack, error) {
	var stack link.StackTold
	process, err := s.ask(ctx, &stack, s.inThread(page.Thread, func(id uint32) link.Request {
		return link.AskStack{Thread: id, Start: page.Start, Levels: page.Levels, Parameters: page.Parameters, Hex: page.Hex}
	}))
	if err != nil {
		return Stack{}, err
	}
	for i := range stack.Frames {
		f := &stack.Frames[i]
		f.ID = s.refs.add(ref{process: process, thread: page.Thread, id: f.ID})
		f.Source = s.refs.add(ref{process: process, id: f.Source, lasting: true})
	}
	return Stack(stack), nil
}

// askRef asks the process that gave a reference; request gets what it is called
// there. number 0 is no reference but the process looked at.
func (s *Session) askRef(ctx context.Context, number int, result any, request func(id int) link.Request) (ref, error) {
	var r ref
	var err error
	if number != 0 {
		if r, err = s.refs.get(number); err != nil {
			return r, err
		}
	}
	r.process, err = s.ask(ctx, result, s.inProcess(r.process, request(r.id)))
	return r, err
}

// Scopes returns the groups of variables of a frame.
func (s *Session) Scopes(ctx context.Context, frame int) ([]Scope, error) {
	var scopes []Scope
	r, err := s.askRef(ctx, frame, &scopes, func(id int) link.Request { return link.AskScopes{Frame: id} })
	for i := range scopes {
		scopes[i].Ref = s.refs.add(ref{process: r.process, thread: r.thread, id: scopes[i].Ref})
	}
	return scopes, err
}

// Variables returns what a reference holds.
func (s *Session) Variables(ctx context.Context, page Page) ([]Variable, error) {
	var variables []Variable
	r, err := s.askRef(ctx, page.Ref, &variables, func(id int) link.Request {
		return link.AskVariables{Ref: id, Filter: page.Filter, Start: page.Start, Count: page.Count, Hex: page.Hex}
	})
	for i := range variables {
		variables[i] = s.own(variables[i], r)
	}
	return variables, err
}

// own gives a variable that a process told of a reference of the Session's.
func (s *Session) own(v Variable, of ref) Variable {
	for _, number := range []*int{&v.Ref, &v.Place, &v.Declared} {
		*number = s.refs.add(ref{process: of.process, thread: of.thread, id: *number})
	}
	return v
}

// Place resolves Variable.Place or Variable.Declared.
func (s *Session) Place(ctx context.Context, number int) (Place, error) {
	if number == 0 {
		return Place{}, ErrExpired
	}
	var p Place
	r, err := s.askRef(ctx, number, &p, func(id int) link.Request { return link.AskPlace{Ref: id} })
	p.Source = s.refs.add(ref{process: r.process, id: p.Source, lasting: true})
	return p, err
}

// Evaluate runs an expression, or in the "repl" also statements, in a frame. What
// they wrote and recorded has been delivered when it returns.
func (s *Session) Evaluate(ctx context.Context, e Evaluation) (Variable, error) {
	var v Variable
	r, err := s.askRef(ctx, e.Frame, &v, func(id int) link.Request {
		return link.AskEvaluate{Expression: e.Expression, Frame: id, Context: e.Context, Hex: e.Hex, Timeout: e.Timeout, Others: e.Others, Raw: e.Raw}
	})
	s.catchUp()
	s.call(s.showAllOutput)
	return s.own(v, r), err
}

// SetVariable changes the named child of a reference to what an expression gives.
func (s *Session) SetVariable(ctx context.Context, in int, name, value string, hex bool) (Variable, error) {
	var v Variable
	r, err := s.askRef(ctx, in, &v, func(id int) link.Request {
		return link.AskSetVariable{Ref: id, Name: name, Value: value, Hex: hex}
	})
	return s.own(v, r), err
}

// SetExpression assigns what value gives to an expression in a frame.
func (s *Session) SetExpression(ctx context.Context, frame int, expression, value string, hex bool) (Variable, error) {
	var v Variable
	r, err := s.askRef(ctx, frame, &v, func(id int) link.Request {
		return link.AskSetExpression{Frame: id, Expression: expression, Value: value, Hex: hex}
	})
	return s.own(v, r), err
}

// Exception returns the exception that a thread stopped at.
func (s *Session) Exception(ctx context.Context, thread int) (ExceptionInfo, error) {
	var e ExceptionInfo
	_, err := s.ask(ctx, &e, s.inThread(thread, func(id uint32) link.Request { return link.AskException{Thread: id} }))
	return e, err
}

// Complete returns what may stand at a column (characters, from 0) of an
// expression in a frame.
func (s *Session) Complete(ctx context.Context, frame int, text string, column int) ([]Completion, error) {
	var all []Completion
	_, err := s.askRef(ctx, frame, &all, func(id int) link.Request {
		return link.AskCompletions{Frame: id, Text: text, Column: column}
	})
	return all, err
}

// Locations returns where breakpoints may lie between two lines of a file.
func (s *Session) Locations(ctx context.Context, path string, first, last int) ([]Location, error) {
	var lines [][]int
	err := s.askMain(ctx, link.AskLines{Path: realPath(path), First: first, Last: last}, &lines)
	var all []Location
	for _, l := range lines {
		l = append(l, 0, 0, 0, 0)
		all = append(all, Location{l[0], l[1], l[2], l[3]})
	}
	return all, err
}

// Modules returns count modules of the program from the start-th; 0: all.
func (s *Session) Modules(ctx context.Context, start, count int) (Modules, error) {
	var m Modules
	_, err := s.ask(ctx, &m, s.inProcess(0, link.AskModules{Start: start, Count: count}))
	return m, err
}

// LoadedSources returns the sources that the program runs.
func (s *Session) LoadedSources(ctx context.Context) ([]LoadedSource, error) {
	var all []LoadedSource
	process, err := s.ask(ctx, &all, s.inProcess(0, link.AskSources{}))
	for i := range all {
		all[i].Ref = s.refs.add(ref{process: process, id: all[i].Ref, lasting: true})
	}
	return all, err
}

// SourceText returns source that has no file.
func (s *Session) SourceText(ctx context.Context, source int) (string, error) {
	var text link.SourceTold
	_, err := s.askRef(ctx, source, &text, func(id int) link.Request { return link.AskSource{Ref: id} })
	return text.Content, err
}

// StepTargets returns the calls that a step into a frame's line could enter.
func (s *Session) StepTargets(ctx context.Context, frame int) ([]Target, error) {
	var all []Target
	r, err := s.askRef(ctx, frame, &all, func(id int) link.Request { return link.AskStepTargets{Frame: id} })
	return s.ownTargets(all, r), err
}

// GotoTargets returns where on a line the thread looked at could go on.
func (s *Session) GotoTargets(ctx context.Context, path string, line int) ([]Target, error) {
	var all []Target
	r, err := s.askRef(ctx, 0, &all, func(int) link.Request {
		return link.AskGotoTargets{Path: realPath(path), Line: line}
	})
	return s.ownTargets(all, r), err
}

// ownTargets gives targets numbers of the Session's. They are kept apart from
// frames and values, which a process numbers from 1 as well.
func (s *Session) ownTargets(all []Target, of ref) []Target {
	for i := range all {
		all[i].ID = s.targets.add(ref{process: of.process, thread: of.thread, id: all[i].ID})
	}
	return all
}

// Resume lets a thread go on and says which others do. It returns before the
// thread moves.
func (s *Session) Resume(ctx context.Context, r Resumption) (Together, error) {
	target := ref{}
	if r.Target != 0 {
		var err error
		if target, err = s.targets.get(r.Target); err != nil {
			return Together{}, err
		}
	}
	if r.Granularity == "" {
		r.Granularity = "statement"
	}
	var reply link.Resuming
	number, err := s.ask(ctx, &reply, s.inThread(r.Thread, func(id uint32) link.Request {
		return link.AskResume{Thread: id, How: r.How, All: r.All, Target: target.id, Granularity: r.Granularity}
	}))
	if err != nil {
		return Together{}, err
	}
	var with Together
	s.read(func() {
		if p := s.processes[number]; p != nil {
			s.forget(p, r.Thread, reply.All)
			p.parked = slices.DeleteFunc(p.parked, func(id uint32) bool { return reply.All || s.threadNumber(p, id) == r.Thread })
			with = s.together(p, r.Thread, reply.All)
			if own := s.threadNumber(p, reply.Thread); r.Thread > firstTask && !with.All && !slices.Contains(with.Others, own) {
				with.Others = append(with.Others, own) // a task goes on in its loop's thread
			}
		}
	})
	return with, nil
}

// Pause stops a thread as soon as it can; Observer.Stopped tells when. Thread 0
// is every thread.
func (s *Session) Pause(ctx context.Context, thread int) error {
	to := s.inProcess(0, link.AskPause{})
	if thread != 0 {
		to = s.inThread(thread, func(id uint32) link.Request { return link.AskPause{Thread: id} })
	}
	_, err := s.ask(ctx, nil, to)
	return err
}

// DataPoint names a value to watch: a child of a reference, or an expression in
// a frame.
type DataPoint struct {
	Ref        int
	Frame      int
	Name       string
	Expression string
}

// DataInfo says how a value can be watched.
func (s *Session) DataInfo(ctx context.Context, d DataPoint) (DataInfo, error) {
	var said link.DataTold
	number := d.Ref
	if number == 0 {
		number = d.Frame
	}
	r, err := s.askRef(ctx, number, &said, func(id int) link.Request {
		if d.Ref != 0 {
			return link.AskDataInfo{Ref: id, Name: d.Name, Expression: d.Expression}
		}
		return link.AskDataInfo{Frame: id, Name: d.Name, Expression: d.Expression}
	})
	return DataInfo{dataName(r.process, said.Data), said.Description, said.Access}, err
}
