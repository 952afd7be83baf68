package mcp_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tallyho-dev/tallyho/internal/peer"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

var update = flag.Bool("update", false, "rewrite the table of docs/agents.md with what was counted")

// bug is a program of examples/bugs, a question that leads to its cause, and
// what shows it.
type bug struct {
	program, question string
	calls             []call
	shows             []string // of the last answer
	// What a server of breakpoints needs: where it stops, how often until the
	// cause is among the variables, and one of them there.
	line, stops int
	seen        string
}

type call struct {
	tool      string
	arguments object
}

var bugs = []bug{
	{"coupon.py", "where does the total become too low?", []call{
		{"run", object{"program": "coupon.py"}}, {"annotate", object{"function": "price"}}},
		[]string{"total -= total * percent // 100", "×4"}, 6, 4, "963"},
	{"basket.py", "why has Bob three items?", []call{
		{"run", object{"program": "basket.py"}}, {"values", object{"function": "add"}}},
		[]string{"['tea', 'jam', 'mug']"}, 5, 3, "['tea', 'jam']"},
	{"average.py", "why is the last window missing?", []call{
		{"run", object{"program": "average.py"}}, {"annotate", object{"function": "windows"}}},
		[]string{"range(len(values) - size)", "×4", "start=0 … 2"}, 6, 3, `"name":"start","value":"2"`},
	{"settings.py", "why does the setting have no effect?", []call{
		{"run", object{"program": "settings.py"}}},
		[]string{"ValueError", "30s"}, 13, 1, "30s"},
	{"discount.py", "why is line 15 never reached?", []call{
		{"run", object{"program": "discount.py"}}, {"why", object{"file": "discount.py", "line": 15}}, {"values", object{"file": "discount.py", "line": 14}}},
		[]string{`order["member"]`, "'1'"}, 14, 1, "'member': '1'"},
}

// TestBugs asks for the cause of five bugs in both ways, and compares what that
// took with the table of docs/agents.md.
func TestBugs(t *testing.T) {
	testkit.Long(t)
	files := map[string]string{}
	for _, b := range bugs {
		text, err := os.ReadFile(filepath.Join(testkit.Root(), "examples", "bugs", b.program))
		if err != nil {
			t.Fatal(err)
		}
		files[b.program] = string(text)
	}
	c := start(t, files)
	rows := "| program | question | calls | bytes read | calls, with breakpoints | bytes read |\n|---|---|---|---|---|---|\n"
	for _, b := range bugs {
		answer, length := "", 0
		for _, one := range b.calls {
			answer, _ = c.call(one.tool, one.arguments)
			length += len(answer)
		}
		holds(t, b.program, answer, b.shows...)
		calls, bytes := c.stops(b)
		rows += fmt.Sprintf("| `%s` | %s | %d | %s | %d | %s |\n", b.program, b.question, len(b.calls), rounded(length), calls, rounded(bytes))
	}
	compareTable(t, rows)
}

func rounded(n int) string { return strconv.Itoa((n + 50) / 100 * 100) }

var numbers = regexp.MustCompile(`\d+00\b`)

// compareTable holds the table of the document against what was counted: calls
// exactly, bytes within a third, for paths are longer here and shorter there.
func compareTable(t *testing.T, rows string) {
	t.Helper()
	path := filepath.Join(testkit.Root(), "docs", "agents.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := "<!-- bugs -->\n", "<!-- end -->\n"
	before, rest, ok := strings.Cut(string(text), begin)
	table, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("docs/agents.md has no place for the table")
	}
	if *update {
		if err := os.WriteFile(path, []byte(before+begin+rows+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if numbers.ReplaceAllString(table, "N") != numbers.ReplaceAllString(rows, "N") {
		t.Errorf("docs/agents.md says\n%s\ncounted\n%s", table, rows)
		return
	}
	said, counted := numbers.FindAllString(table, -1), numbers.FindAllString(rows, -1)
	for i := range said {
		a, _ := strconv.Atoi(said[i])
		b, _ := strconv.Atoi(counted[i])
		if 3*a < 2*b || 3*b < 2*a {
			t.Errorf("docs/agents.md says %d bytes, %d were counted", a, b)
		}
	}
}

// stops finds the cause as a server of breakpoints does: one call to set one,
// one to start, and at each stop one for the stack, one for the variables and
// one to go on. It counts the calls, and the bytes of what they bring.
func (c *client) stops(b bug) (calls, bytes int) {
	c.t.Helper()
	d, err := peer.Start(testkit.Binary(c.t), "dap")
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { d.Kill() }()
	ask := func(command string, arguments any) peer.Message {
		c.t.Helper()
		seq := d.Next()
		if err := d.Send(peer.Message{Seq: seq, Type: "request", Command: command, Arguments: arguments}); err != nil {
			c.t.Fatal(err)
		}
		return c.wait(d, command, func(m peer.Message) bool { return m.Type == "response" && m.RequestSeq == seq })
	}
	path := filepath.Join(c.root, b.program)
	ask("initialize", object{"adapterID": "tallyho", "linesStartAt1": true, "pathFormat": "path"})
	seq := d.Next()
	_ = d.Send(peer.Message{Seq: seq, Type: "request", Command: "launch", Arguments: object{"program": path, "python": c.python, "cwd": c.root, "tally": "off"}})
	c.wait(d, "initialized", func(m peer.Message) bool { return m.Event == "initialized" })
	set := ask("setBreakpoints", object{"source": object{"path": path}, "breakpoints": []object{{"line": b.line}}})
	started := ask("configurationDone", object{})
	calls, bytes = 2, len(set.Body)+len(started.Body)
	for stop := 1; ; stop++ {
		c.wait(d, fmt.Sprintf("stop %d of %s", stop, b.program), func(m peer.Message) bool { return m.Event == "stopped" })
		threads := ask("threads", object{})
		stack := ask("stackTrace", object{"threadId": number(threads.Body, "threads", "id")})
		scopes := ask("scopes", object{"frameId": number(stack.Body, "stackFrames", "id")})
		variables := ask("variables", object{"variablesReference": number(scopes.Body, "scopes", "variablesReference")})
		calls, bytes = calls+2, bytes+len(stack.Body)+len(variables.Body)
		if stop == b.stops {
			if !strings.Contains(string(variables.Body), b.seen) {
				c.t.Errorf("%s: stop %d does not show %s: %s", b.program, stop, b.seen, variables.Body)
			}
			return calls, bytes
		}
		going := ask("continue", object{"threadId": number(threads.Body, "threads", "id")})
		calls, bytes = calls+1, bytes+len(going.Body)
	}
}

func (c *client) wait(d *peer.Conn, what string, is func(peer.Message) bool) peer.Message {
	c.t.Helper()
	limit := time.After(time.Minute)
	for {
		select {
		case m, ok := <-d.Messages:
			if !ok {
				c.t.Fatalf("the adapter hung up before %s", what)
			}
			if is(m) {
				return m
			}
		case <-limit:
			c.t.Fatalf("no %s within a minute", what)
		}
	}
}

// number is a field of the first element of a list.
func number(body json.RawMessage, list, field string) any {
	var all map[string]any
	_ = json.Unmarshal(body, &all)
	items, _ := all[list].([]any)
	if len(items) == 0 {
		return 0
	}
	first, _ := items[0].(map[string]any)
	return first[field]
}
