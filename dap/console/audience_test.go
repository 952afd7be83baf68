package console

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/engine/query"
	"github.com/tallyho-dev/tallyho/engine/render"
	"github.com/tallyho-dev/tallyho/internal/dapschema"
)

// audience is whom a console's events are sent to. Each is held against the protocol's
// schema.
type audience struct {
	over     chan struct{} // closed at the end of the connection
	messages []map[string]any
}

func listen(t testing.TB, from io.Reader) *audience {
	checks, err := dapschema.Load()
	if err != nil {
		t.Fatal(err)
	}
	p := &audience{over: make(chan struct{})}
	go func() {
		defer close(p.over)
		for r := bufio.NewReader(from); ; {
			raw, err := dap.ReadBaseMessage(r)
			if err != nil {
				return
			}
			if err := checks.Check(raw); err != nil {
				t.Errorf("not valid DAP: %v\n%s", err, raw)
			}
			var m map[string]any
			_ = json.Unmarshal(raw, &m) // it is valid
			p.messages = append(p.messages, m)
		}
	}()
	return p
}

// ended waits for the end of the connection; only then the rest may be asked.
func (p *audience) ended() { <-p.over }

// output is all text of one category.
func (p *audience) output(category string) string {
	var b strings.Builder
	for _, body := range p.events("output") {
		if body["category"] == category {
			b.WriteString(body["output"].(string))
		}
	}
	return b.String()
}

// events are the bodies of every event of that name.
func (p *audience) events(name string) []map[string]any {
	var all []map[string]any
	for _, m := range p.messages {
		if m["event"] == name {
			body, _ := m["body"].(map[string]any)
			all = append(all, body)
		}
	}
	return all
}

// logged is a record of a log message.
func logged(id int, path string, line int, text string) render.Record {
	return render.Record{
		Tracepoint: id,
		Action:     &query.Action{Kind: "Log", Template: []query.Piece{{Text: "", Slot: 0}}},
		Kind:       render.Line, Filename: path, Path: path, Line: line,
		Thread: "MainThread", ThreadID: 1, Values: []render.Value{{Text: text}},
	}
}

// kept is the text of a file.
func kept(t testing.TB, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestMain finds the schemas before a test gives itself another home.
func TestMain(m *testing.M) {
	if _, err := dapschema.Load(); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
