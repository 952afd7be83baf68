package tally

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// node is a statement of a program that is edited by whole statements. It knows which
// one that ran it is, whatever became of it.
type node struct {
	ran    int      // which Statement it is, -1: it is none
	copied int      // which one it is a copy of, -1
	text   []string // tokens, without a header's colon
	edited bool
	header bool
	body   []*node
}

func (n *node) clone() *node {
	c := *n
	c.ran, c.copied = -1, n.ran
	if n.ran < 0 {
		c.copied = n.copied
	}
	c.text, c.body = slices.Clone(n.text), nil
	for _, b := range n.body {
		c.body = append(c.body, b.clone())
	}
	return &c
}

// layout is how statements are written down.
type layout struct {
	indent string
	split  bool // brackets over several lines, as a formatter does
	join   int  // every so manieth statement goes on the line of the one before
}

// placed is a node where it was written.
type placed struct {
	*node
	line, col int
}

type writer struct {
	layout
	text  strings.Builder
	line  int
	count int
	all   []placed
}

func write(body []*node, l layout) (string, []placed) {
	w := &writer{layout: l, line: 1}
	w.block(body, 0)
	return w.text.String(), w.all
}

func (w *writer) block(body []*node, depth int) {
	simple := false // the statement before may be followed by another on its line
	for _, n := range body {
		w.count++
		if simple && !n.header && w.join > 0 && w.count%w.join == 0 {
			text := w.text.String()
			w.text.Reset()
			w.text.WriteString(strings.TrimSuffix(text, "\n") + "; ")
			w.line--
			line := text[strings.LastIndex(strings.TrimSuffix(text, "\n"), "\n")+1:]
			w.put(n, len(strings.TrimSuffix(line, "\n"))+2, depth)
		} else {
			w.text.WriteString(strings.Repeat(w.indent, depth))
			w.put(n, len(w.indent)*depth, depth)
		}
		simple = !n.header
		w.block(n.body, depth+1)
	}
}

func (w *writer) put(n *node, col, depth int) {
	w.all = append(w.all, placed{n, w.line, col})
	text := strings.Join(n.text, " ")
	if n.header {
		text += ":"
	}
	if w.split && strings.HasSuffix(text, ")") {
		in := strings.Repeat(w.indent, depth+1)
		text = strings.TrimSuffix(strings.ReplaceAll(strings.ReplaceAll(text, "( ", "(\n"+in), ", ", ",\n"+in), " )") + ",\n" + in + ")"
	}
	w.text.WriteString(text + "\n")
	w.line += strings.Count(text, "\n") + 1
}

// grow makes a program of functions whose statements call each other with many names,
// and of the short ones that occur everywhere.
func grow(random *rand.Rand) []*node {
	ran := 0
	add := func(header bool, text string) *node {
		ran++
		return &node{ran: ran - 1, copied: -1, text: strings.Fields(text), header: header}
	}
	short := []string{"n += 1", "return None", "pass", "i = 0", "log ( i , n )"}
	var block func(depth int) []*node
	block = func(depth int) []*node {
		var out []*node
		for range 2 + random.IntN(4) {
			switch kind := random.IntN(8); {
			case kind == 0 && depth < 3:
				n := add(true, fmt.Sprintf("for k%d in range ( n , %d )", ran, ran))
				n.body = block(depth + 1)
				out = append(out, n)
			case kind == 1 && depth < 3:
				n := add(true, fmt.Sprintf("if k%d > limit", ran))
				n.body = block(depth + 1)
				out = append(out, n)
			case kind == 2 && depth < 3:
				n := add(true, "try")
				n.body = block(depth + 1)
				end := add(true, "finally")
				end.body = []*node{add(false, short[random.IntN(len(short))])}
				out = append(out, n, end)
			case kind < 5:
				out = append(out, add(false, short[random.IntN(len(short))]))
			default:
				out = append(out, add(false, fmt.Sprintf("v%d = work ( a%d , b , %d )", ran, ran%7, ran)))
			}
		}
		return out
	}
	var program []*node
	for range 5 {
		n := add(true, fmt.Sprintf("def f%d ( a , b )", ran))
		n.body = block(1)
		program = append(program, n)
	}
	return append(program, add(false, "main ( f0 , 1 )"))
}

// blocks are the places where statements can be: each list of them in a program.
func blocks(program *[]*node) []*[]*node {
	out := []*[]*node{program}
	for _, n := range *program {
		if n.header {
			out = append(out, blocks(&n.body)...)
		}
	}
	return out
}

// change edits a program by one step and says which.
func (e *editing) change() string {
	all := blocks(&e.program)
	block := all[1+e.random.IntN(len(all)-1)]
	i := e.random.IntN(len(*block))
	n := (*block)[i]
	alone := len(*block) == 1
	fresh := func(header bool, text string) *node {
		e.made++
		return &node{ran: -1, copied: -1, text: strings.Fields(strings.ReplaceAll(text, "#", fmt.Sprint(e.made))), header: header}
	}
	isClause := func(n *node) bool { return n.text[0] == "finally" || n.text[0] == "try" }
	switch step := e.random.IntN(9); {
	case step == 0 && !isClause(n): // wrap in an if
		w := fresh(true, "if new# :=  old")
		to := i + 1 + e.random.IntN(len(*block)-i)
		if slices.ContainsFunc((*block)[i:to], isClause) {
			break
		}
		w.body = slices.Clone((*block)[i:to])
		*block = slices.Replace(*block, i, to, w)
		return "wrap in if"
	case step == 1 && !slices.ContainsFunc(*block, isClause): // wrap all in a try
		try, end := fresh(true, "try"), fresh(true, "finally")
		try.body, end.body = *block, []*node{fresh(false, "close ( extra# )")}
		*block = []*node{try, end}
		return "wrap in try"
	case step == 2 && n.header && !isClause(n) && n.text[0] != "def": // unwrap
		*block = slices.Replace(*block, i, i+1, n.body...)
		return "unwrap"
	case step == 3 && !alone && !isClause(n): // move
		*block = slices.Delete(*block, i, i+1)
		to := blocks(&e.program)
		at := to[1+e.random.IntN(len(to)-1)]
		j := e.random.IntN(len(*at) + 1)
		if j < len(*at) && (*at)[j].text[0] == "finally" {
			j++
		}
		*at = slices.Insert(*at, j, n)
		return "move"
	case step == 4 && !isClause(n): // copy
		at := all[1+e.random.IntN(len(all)-1)]
		*at = append(*at, n.clone())
		return "copy"
	case step == 5 && !n.header && len(n.text) > 4: // rename
		n.text = slices.Clone(n.text)
		e.made++
		n.text[0], n.edited = fmt.Sprintf("renamed%d", e.made), true
		return "rename"
	case step == 6:
		e.layout = layout{[]string{"    ", "\t", "  "}[e.random.IntN(3)], e.random.IntN(2) == 0, []int{0, 2, 3}[e.random.IntN(3)]}
		return "reformat"
	case step == 7 && !alone && !isClause(n):
		*block = slices.Delete(*block, i, i+1)
		return "delete"
	case step == 8:
		if (*block)[i].text[0] != "finally" {
			*block = slices.Insert(*block, i, fresh(false, "fresh# = other#"))
			return "insert"
		}
	}
	return ""
}

type editing struct {
	random  *rand.Rand
	program []*node
	layout  layout
	made    int
}

// TestNumbersStandWhereTheyRan edits programs by whole statements: they are wrapped,
// unwrapped, moved, copied, joined, split, renamed, written down in another way. A number
// stands at the statement that ran with it, or at one that nobody could tell from it.
func TestNumbersStandWhereTheyRan(t *testing.T) {
	shown, lost, twins := 0, 0, 0
	for seed := range uint64(150) {
		random := rand.New(rand.NewPCG(seed, 11))
		e := &editing{random: random, program: grow(random), layout: layout{indent: "    "}}
		source, ran := write(e.program, e.layout)
		f := fileOf(source)
		if len(f.Statements) != len(ran) {
			t.Fatalf("%d statements where %d were written:\n%s", len(f.Statements), len(ran), source)
		}
		statement := map[int]int{} // a node's to a Statement
		texts, count := map[int]string{}, map[string]int{}
		for i, p := range ran {
			statement[p.ran] = i
			texts[i] = strings.Join(p.text, " ")
			count[texts[i]]++
		}
		w := NewFollower(f)
		var steps []string
		for range 6 {
			if step := e.change(); step != "" {
				steps = append(steps, step)
			}
			now, nodes := write(e.program, e.layout)
			at := map[[2]int]placed{}
			alive := 0
			for _, p := range nodes {
				at[[2]int{p.line, p.col}] = p
				if p.ran >= 0 {
					alive++
				}
			}
			kept := 0
			for i, p := range w.Follow(now).Places {
				if p.State == Deleted {
					continue
				}
				n, ok := at[[2]int{p.Line, p.Col}]
				if !ok {
					t.Fatalf("seed %d %v: no statement is at %d:%d:\n%s", seed, steps, p.Line, p.Col, now)
				}
				is := n.ran >= 0 && statement[n.ran] == i
				same := p.State == Fresh && strings.Join(n.text, " ") == texts[i]
				switch {
				case is && (p.State == Fresh) == !n.edited:
					kept++
				case same && n.copied >= 0 && statement[n.copied] == i:
					kept++
				case same && count[texts[i]] > 1:
					twins++
				default:
					t.Fatalf("seed %d %v: %q (%d) that ran shows at %q:\n%s\n----\n%s", seed, steps, texts[i], p.State, n.text, source, now)
				}
			}
			shown += kept
			lost += alive - kept
		}
	}
	t.Logf("%d shown, %d not, %d at twins", shown, lost, twins)
	if lost*12 > shown || twins*200 > shown {
		t.Errorf("%d shown where they ran, %d not shown, %d at others that are written alike", shown, lost, twins)
	}
}
