package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tallyho-dev/tallyho/internal/peer"
)

// debugger is an adapter under measurement, and the client it talks to.
type debugger struct {
	conn  *peer.Conn
	began time.Time
	out   strings.Builder // what the program wrote to stdout
	shown int             // lines that tracepoints showed
	mark  string          // what those contain
}

// patience bounds one wait: debugpy takes ten seconds for a million hits.
const patience = 2 * time.Minute

var errGone = errors.New("the adapter has gone")

// object is a JSON object.
type object = map[string]any

// debug starts an adapter and has it launch a program with one breakpoint, or
// none (a nil one).
func debug(argv []string, launch object, path string, breakpoint object) (*debugger, error) {
	d := &debugger{began: time.Now(), mark: "hit="}
	var err error
	if d.conn, err = peer.Start(argv[0], argv[1:]...); err != nil {
		return nil, err
	}
	d.conn.Cmd.Stderr = nil
	if _, err := d.call("initialize", object{"adapterID": "bench", "pathFormat": "path", "linesStartAt1": true,
		"columnsStartAt1": true, "supportsVariablePaging": true}); err != nil {
		return d, err
	}
	if err := d.send("launch", launch); err != nil {
		return d, err
	}
	if _, err := d.event("initialized"); err != nil {
		return d, err
	}
	if breakpoint != nil {
		if _, err := d.call("setBreakpoints", object{"source": object{"path": path}, "breakpoints": []object{breakpoint}}); err != nil {
			return d, err
		}
	}
	// The filter that editors have on by themselves.
	if _, err := d.call("setExceptionBreakpoints", object{"filters": []string{"uncaught"}}); err != nil {
		return d, err
	}
	_, err = d.call("configurationDone", nil)
	return d, err
}

func (d *debugger) send(command string, arguments any) error {
	return d.conn.Send(peer.Message{Seq: d.conn.Next(), Type: "request", Command: command, Arguments: arguments})
}

// call sends a request and returns the body of its response.
func (d *debugger) call(command string, arguments any) (json.RawMessage, error) {
	seq := d.conn.Next()
	if err := d.conn.Send(peer.Message{Seq: seq, Type: "request", Command: command, Arguments: arguments}); err != nil {
		return nil, err
	}
	m, err := d.wait(func(m peer.Message) bool { return m.Type == "response" && m.RequestSeq == seq })
	if err == nil && !m.Success {
		err = fmt.Errorf("%s: %s", command, m.Message)
	}
	return m.Body, err
}

// event waits for an event.
func (d *debugger) event(name string) (json.RawMessage, error) {
	m, err := d.wait(func(m peer.Message) bool { return m.Type == "event" && m.Event == name })
	return m.Body, err
}

func (d *debugger) wait(wanted func(peer.Message) bool) (peer.Message, error) {
	deadline := time.After(patience)
	for {
		select {
		case m, ok := <-d.conn.Messages:
			if !ok {
				return m, errGone
			}
			if m.Event == "output" {
				d.output(m.Body)
			}
			if wanted(m) {
				return m, nil
			}
		case <-deadline:
			return peer.Message{}, errors.New("the adapter does not answer")
		}
	}
}

func (d *debugger) output(body json.RawMessage) {
	var b struct{ Category, Output string }
	if json.Unmarshal(body, &b) != nil {
		return
	}
	d.shown += strings.Count(b.Output, d.mark)
	if b.Category == "stdout" {
		d.out.WriteString(b.Output)
	}
}

// leave ends the session.
func (d *debugger) leave() {
	_ = d.send("disconnect", object{"terminateDebuggee": true})
	_, _ = d.wait(func(m peer.Message) bool { return m.Type == "response" && m.Command == "disconnect" })
	d.conn.Kill()
}

// frame is the innermost frame of the thread that a stopped event is about.
func (d *debugger) frame(stopped json.RawMessage) (thread, frame int, err error) {
	var at struct{ ThreadID int }
	var stack struct{ StackFrames []struct{ ID int } }
	if err := json.Unmarshal(stopped, &at); err != nil {
		return 0, 0, err
	}
	body, err := d.call("stackTrace", object{"threadId": at.ThreadID})
	if err == nil {
		err = json.Unmarshal(body, &stack)
	}
	if err == nil && len(stack.StackFrames) == 0 {
		err = errors.New("no frames")
	}
	if err != nil {
		return 0, 0, err
	}
	return at.ThreadID, stack.StackFrames[0].ID, nil
}
