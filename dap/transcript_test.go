package dap

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/engine"
	"github.com/tallyho-dev/tallyho/engine/query"
	"github.com/tallyho-dev/tallyho/engine/render"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

var update = flag.Bool("update", false, "rewrite the expected part of the transcripts")

// TestTranscripts plays the script of each testdata/transcripts/*.txtar against
// the adapter with a fake engine, and compares what the adapter sent (want, and
// output: the two go different ways and keep order only each in itself) and what
// the engine was asked (engine). A script's lines are
//
//	send COMMAND JSON       a request; waits for its answer
//	post COMMAND JSON       a request
//	body TEXT               a message body as it is
//	wait EVENT              until that event, reverse request or response has come
//	answer COMMAND JSON     the answer to a reverse request; "fail TEXT" refuses
//	log ID PATH:LINE THREAD TEXT   a record of the engine's tracepoint ID
//	out CATEGORY TEXT       output of the program, \n for a newline
//	status ID STATE HITS MESSAGE
//	thread ID NAME started|exited
//	notice TEXT
//	end CODE
//	stop JSON               an engine.Stop
//	continued JSON          an engine.Resumed
//	loaded JSON             an engine.Loaded
//	say METHOD JSON         what the program answers to a method of Debugger
//	again JSON              the engine.Stop that each Resume leads to
//	events NAME N           until N events of that name have come
//	asked METHOD N          until the program was asked that N times
//	answered N              until the request of that seq has its answer
//	engine refuse TEXT | engine deaf | engine slow | engine python VERSION
//	hang up                 the client closes the connection
func TestTranscripts(t *testing.T) {
	testkit.Long(t)
	files, err := filepath.Glob("testdata/transcripts/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no transcripts", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Setenv("XDG_CACHE_HOME", testkit.Folder(t))
			archive := testkit.ReadArchive(t, file)
			s := newStage(t)
			s.play(archive.Get("script"))
			s.compare(file, archive)
		})
	}
}

// stage is an adapter with a client before and a fake engine behind it.
type stage struct {
	t      *testing.T
	fake   *fake
	client *peer
	conn   net.Conn
	done   chan error
	log    bytes.Buffer
}

func newStage(t *testing.T) *stage {
	here, there := net.Pipe()
	s := &stage{t: t, fake: &fake{}, conn: here, done: make(chan error, 1)}
	s.client = newPeer(t, here, here)
	go func() {
		s.done <- Serve(t.Context(), struct{ io.ReadWriteCloser }{there}, Options{Start: s.fake.start, Log: &s.log,
			Bug: func(p any, stack []byte) { t.Errorf("bug: %v\n%s", p, stack) }})
	}()
	t.Cleanup(func() { _ = here.Close() })
	return s
}

func (s *stage) play(script string) {
	for _, line := range strings.Split(script, "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		word, rest, _ := strings.Cut(line, " ")
		step, ok := steps[word]
		if !ok {
			s.t.Fatalf("script: what is %q?", line)
		}
		step(s, rest)
	}
	if s.client.answeredDisconnect() {
		s.client.ended()
	}
	_ = s.conn.Close()
	<-s.done
}

// answeredDisconnect reports whether the script has said goodbye.
func (p *peer) answeredDisconnect() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range p.messages {
		if m["command"] == "disconnect" && m["success"] == true {
			return true
		}
	}
	return false
}

var steps = map[string]func(*stage, string){
	"send": func(s *stage, rest string) {
		command, args := request(rest)
		s.client.call(command, args)
	},
	"post": func(s *stage, rest string) {
		command, args := request(rest)
		s.client.post(command, args)
	},
	"body":   func(s *stage, rest string) { s.client.write([]byte(rest)) },
	"wait":   (*stage).wait,
	"answer": (*stage).answer,
	"log":    (*stage).record,
	"out": func(s *stage, rest string) {
		category, text, _ := strings.Cut(rest, " ")
		s.fake.tell(func(o engine.Observer) { o.Output(category, []byte(strings.ReplaceAll(text, `\n`, "\n"))) })
	},
	"status": (*stage).status,
	"thread": func(s *stage, rest string) {
		var id int
		var name, what string
		scan(s.t, rest, &id, &name, &what)
		s.fake.tell(func(o engine.Observer) { o.Thread(id, name, what == "started") })
	},
	"notice": func(s *stage, rest string) { s.fake.tell(func(o engine.Observer) { o.Notice(rest) }) },
	"end": func(s *stage, rest string) {
		var code int
		scan(s.t, rest, &code)
		s.fake.end(engine.Exit{Code: code})
	},
	"stop": func(s *stage, rest string) {
		stop := parsed[engine.Stop](s.t, rest)
		s.fake.tell(func(o engine.Observer) { o.Stopped(stop) })
	},
	"loaded": func(s *stage, rest string) {
		loaded := parsed[engine.Loaded](s.t, rest)
		s.fake.tell(func(o engine.Observer) { o.(engine.LoadObserver).Loaded(loaded) })
	},
	"continued": func(s *stage, rest string) {
		resumed := parsed[engine.Resumed](s.t, rest)
		s.fake.tell(func(o engine.Observer) { o.Continued(resumed) })
	},
	"events": func(s *stage, rest string) {
		var name string
		var n int
		scan(s.t, rest, &name, &n)
		s.client.await(rest+" events", func(m map[string]any) bool {
			if m["event"] == name {
				n--
			}
			return n == 0
		})
	},
	"asked": func(s *stage, rest string) {
		var method string
		var n int
		scan(s.t, rest, &method, &n)
		waitFor(s.t, rest+" questions", func() bool {
			asked := 0
			s.fake.do(func() {
				for _, call := range s.fake.calls {
					if call == method || strings.HasPrefix(call, method+" ") {
						asked++
					}
				}
			})
			return asked >= n
		})
	},
	"answered": func(s *stage, rest string) {
		var n float64
		scan(s.t, rest, &n)
		s.client.await("the answer to request "+rest, func(m map[string]any) bool { return m["request_seq"] == n })
	},
	"say": func(s *stage, rest string) {
		what, answer, _ := strings.Cut(rest, " ")
		s.fake.do(func() {
			if s.fake.answers == nil {
				s.fake.answers = answers{}
			}
			s.fake.answers[what] = answer
		})
	},
	"again": func(s *stage, rest string) {
		s.fake.do(func() {
			s.fake.stopsAgain = nil
			if rest != "" {
				stop := parsed[engine.Stop](s.t, rest)
				s.fake.stopsAgain = &stop
			}
		})
	},
	"engine": func(s *stage, rest string) {
		word, text, _ := strings.Cut(rest, " ")
		s.fake.deaf = s.fake.deaf || word == "deaf"
		switch word {
		case "refuse":
			s.fake.refuse = text
		case "slow":
			s.fake.slow = true
		case "python":
			s.fake.python = text
		}
	},
	"hang": func(s *stage, _ string) {
		_ = s.conn.Close()
		<-s.done
		s.done <- nil
	},
}

func parsed[T any](t *testing.T, text string) (v T) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("script: %q: %v", text, err)
	}
	return v
}

func request(rest string) (command string, arguments any) {
	command, args, _ := strings.Cut(rest, " ")
	if args == "" {
		return command, nil
	}
	return command, json.RawMessage(args)
}

func scan(t *testing.T, text string, into ...any) {
	t.Helper()
	if _, err := fmt.Sscan(text, into...); err != nil {
		t.Fatalf("script: %q: %v", text, err)
	}
}

func (s *stage) wait(name string) {
	s.client.await(name, func(m map[string]any) bool {
		return m["event"] == name || m["type"] == "request" && m["command"] == name || m["type"] == "response" && m["command"] == name
	})
}

func (s *stage) answer(rest string) {
	command, args := request(rest)
	asked := s.client.await("the request "+command, func(m map[string]any) bool {
		return m["type"] == "request" && m["command"] == command
	})
	s.client.seq++
	m := map[string]any{"seq": s.client.seq, "type": "response", "request_seq": asked["seq"], "command": command, "success": true, "body": args}
	if text, ok := strings.CutPrefix(string(args.(json.RawMessage)), "fail "); ok {
		args = nil
		m["success"], m["message"] = false, text
		delete(m, "body")
	}
	body, err := json.Marshal(m)
	if err != nil {
		s.t.Fatal(err)
	}
	s.client.write(body)
}

func (s *stage) record(rest string) {
	var id int
	var at, thread string
	scan(s.t, rest, &id, &at, &thread)
	_, text, _ := strings.Cut(rest, thread+" ")
	path, lineText, _ := strings.Cut(at, ":")
	var lineNumber int
	scan(s.t, lineText, &lineNumber)
	s.fake.tell(func(o engine.Observer) { o.Record(logRecord(id, path, lineNumber, thread, text)) })
}

// logRecord is a record of a log message without slots.
func logRecord(id int, path string, line int, thread, text string) render.Record {
	return render.Record{
		Tracepoint: id,
		Action:     &query.Action{Kind: "Log", Template: []query.Piece{{Text: "", Slot: 0}}},
		Kind:       render.Line, Filename: path, Path: path, Line: line,
		Thread: thread, ThreadID: len(thread), Values: []render.Value{{Text: text}},
	}
}

func (s *stage) status(rest string) {
	var id int
	var state string
	var hits uint64
	scan(s.t, rest, &id, &state, &hits)
	fields := strings.SplitN(rest, " ", 4)
	s.fake.tell(func(o engine.Observer) {
		for i := range s.fake.statuses {
			st := &s.fake.statuses[i]
			if st.ID == id {
				st.State, st.Hits, st.Message = tracepoint.State(state), hits, ""
				if len(fields) > 3 {
					st.Message = fields[3]
				}
				o.Status(*st)
			}
		}
	})
}

// bulky reports what goes behind the output.
func bulky(m map[string]any) bool {
	return m["event"] == "output" || m["event"] == "exited" || m["event"] == "terminated"
}

// compare holds the transcript against the file, or rewrites it.
func (s *stage) compare(file string, archive *testkit.Archive) {
	s.fake.mu.Lock()
	engine := strings.Join(append(s.fake.calls, ""), "\n")
	s.fake.mu.Unlock()
	for _, part := range []testkit.File{
		{Name: "want", Data: s.client.lines(func(m map[string]any) bool { return !bulky(m) })},
		{Name: "output", Data: s.client.lines(bulky)},
		{Name: "engine", Data: engine},
		{Name: "log", Data: s.log.String()},
	} {
		if want := archive.Get(part.Name); part.Data != want && !*update {
			s.t.Errorf("%s: %s differs; got\n%s\nwant\n%s", file, part.Name, part.Data, want)
		}
		archive.Set(part.Name, part.Data)
	}
	if *update {
		archive.Write(s.t, file)
	}
}
