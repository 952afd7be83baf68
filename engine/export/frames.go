package export

import (
	"maps"
	"path"
	"path/filepath"
	"slices"

	"github.com/tallyho-dev/tallyho/engine/recording"
)

// function is a code object as profiles name it; those of two processes are one.
type function struct {
	name string // the qualified name, or the module's file
	file string // as the recording has it; "" where there is none
	line int    // where the code begins
}

// functionOf is a frame's code as profiles name it.
func functionOf(f *recording.Frame) function { return function{nameIn(f), f.Code.Path, f.Code.Line} }

// nameIn is a frame's function. All modules' own code has one name, which pprof leaves out
// besides, as a C++ template's: the file's tells them apart.
func nameIn(f *recording.Frame) string {
	if f.Code.Qualname == "<module>" && f.Code.Path != "" {
		return "module " + path.Base(filepath.ToSlash(f.Code.Path))
	}
	return f.Code.Qualname
}

// functions number them in the order in which they are met.
type functions struct {
	number map[function]int // the index in all
	all    []function
}

// newFunctions has none yet; the first will have the number 0.
func newFunctions() *functions { return &functions{number: map[function]int{}} }

// of is the number of a frame's function, a new one where it is met for the first time.
func (t *functions) of(f *recording.Frame) int {
	one := functionOf(f)
	n, ok := t.number[one]
	if !ok {
		n = len(t.all)
		t.number[one] = n
		t.all = append(t.all, one)
	}
	return n
}

// node is a place in the tree of stacks: a function, called by those above it.
type node struct {
	function int   // its number; of a root it means nothing
	parent   *node // nil of a root
	children map[int]*node
	calls    uint64 // that began here
	time     int64  // nanoseconds in which it was the innermost
}

// child is the node of a function called from here, made where there is none.
func (n *node) child(function int) *node {
	c := n.children[function]
	if c == nil {
		c = &node{function: function, parent: n, children: map[int]*node{}}
		n.children[function] = c
	}
	return c
}

// stack is a node's functions, outermost first.
func (n *node) stack() []int {
	var out []int
	for ; n.parent != nil; n = n.parent {
		out = append(out, n.function)
	}
	slices.Reverse(out)
	return out
}

// each calls f for a node and all below it, in the order of the functions' numbers.
func (n *node) each(f func(*node)) {
	f(n)
	for _, number := range slices.Sorted(maps.Keys(n.children)) {
		n.children[number].each(f)
	}
}

// sums is the sink that adds up calls and time by stack, for each thread.
type sums struct {
	functions *functions
	roots     map[*track]*node // of each thread, above its outermost calls
	at        map[*track]*node // where each thread is now
}

// newSums has added up nothing.
func newSums() *sums {
	return &sums{functions: newFunctions(), roots: map[*track]*node{}, at: map[*track]*node{}}
}

// where is the node at which a thread is; at first its root.
func (s *sums) where(t *track) *node {
	if s.at[t] == nil {
		s.roots[t] = &node{children: map[int]*node{}}
		s.at[t] = s.roots[t]
	}
	return s.at[t]
}

// opened goes down by one call. Only a frame's beginning counts as a call: a generator that
// goes on was called once.
func (s *sums) opened(t *track, f *recording.Frame, step *recording.Step) {
	c := s.where(t).child(s.functions.of(f))
	if step != nil && step.Flags&recording.FlagBegins != 0 {
		c.calls++
	}
	s.at[t] = c
}

func (s *sums) closed(t *track, _ *recording.Frame, _ *recording.Step) { s.at[t] = s.where(t).parent }

func (s *sums) passed(t *track, nanoseconds int64) { s.where(t).time += nanoseconds }
