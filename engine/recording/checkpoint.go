package recording

import "slices"

// checkpoint is every frame and every module's names as they stand, as items.
func (s *State) checkpoint(b []byte) []byte {
	for _, number := range sortedKeys(s.Processes) {
		p := s.Processes[number]
		p.settle()
		if len(p.kept.values) > 0 {
			b = p.kept.appendItem(b, number)
		}
		for _, id := range sortedKeys(p.Modules) {
			var body []byte
			body = appendUvarint(body, uint64(number))
			body = appendUvarint(body, id)
			body = appendChanges(body, p.Known(p.Modules[id]))
			b = appendItem(b, itemModule, body)
		}
		onStack := map[*Frame]bool{}
		for _, id := range sortedKeys(p.Threads) {
			for _, f := range p.Threads[id].Stack {
				onStack[f] = true
				b = appendItem(b, itemStep, f.stands(p, id))
			}
		}
		for _, id := range sortedKeys(p.Frames) {
			if f := p.Frames[id]; !onStack[f] {
				f.Waiting = true
				b = appendItem(b, itemStep, f.stands(p, f.Thread))
			}
		}
	}
	return b
}

// stands is the step that says how a frame stands. One that is not recorded is
// named by its code.
func (f *Frame) stands(p *Process, thread uint32) []byte {
	s := Step{Kind: Stands, Flags: FlagBegins, Thread: thread, Frame: f.Number, Module: f.module, Depth: f.Depth, Op: -1}
	if f.Waiting {
		s.Flags |= FlagWaits
	}
	if f.Place != nil {
		s.Place = f.Place.ID
	} else {
		s.Place = f.Code.ID
	}
	s.Calls, s.Time = int64(f.Line), f.line
	s.Names = p.Known(f.own)
	if f.Names == f.Module {
		s.Flags |= FlagModule
	}
	return s.encode(appendUvarint(nil, uint64(p.Number)))
}

// restore takes in a step that says how a frame stands.
func (p *Process) restore(s *Step) {
	if s.Frame == 0 {
		t := p.threadOf(s.Thread)
		t.Stack = append(t.Stack, &Frame{Code: p.code(s.Place), Line: int(s.Calls)})
		return
	}
	_, f := p.Begin(s)
	f.Waiting = s.Flags&FlagWaits != 0
	f.Line, f.line = int(s.Calls), s.Time
}

// sortedKeys are the keys of a map, in order: a checkpoint of one state is always the same bytes.
func sortedKeys[K int | uint32 | uint64, V any](m map[K]V) []K {
	out := make([]K, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
