package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/tallyho-dev/tallyho/internal/peer"
)

// logpoint is a breakpoint with a message at the first line that holds text.
type logpoint struct {
	file, text         string
	condition, message string
}

// debug runs a program through the debug adapter and prints what a debug
// console would show.
func debug(w io.Writer, tallyho string, launch map[string]any, points []logpoint) error {
	c, err := peer.Start(tallyho, "dap")
	if err != nil {
		return err
	}
	d := &debugger{Conn: c, out: w}
	if err := d.session(launch, points); err != nil {
		c.Kill()
		return err
	}
	return c.Close()
}

type debugger struct {
	*peer.Conn
	out io.Writer
}

func (d *debugger) session(launch map[string]any, points []logpoint) error {
	if err := d.request("initialize", map[string]any{
		"clientID": "demo", "adapterID": "tallyho", "linesStartAt1": true, "columnsStartAt1": true, "pathFormat": "path",
	}); err != nil {
		return err
	}
	if err := d.await("response initialize"); err != nil {
		return err
	}
	if err := d.request("launch", launch); err != nil {
		return err
	}
	if err := d.await("event initialized"); err != nil {
		return err
	}
	for file, list := range byFile(points) {
		if err := d.setBreakpoints(file, list); err != nil {
			return err
		}
	}
	if err := d.request("configurationDone", nil); err != nil {
		return err
	}
	if err := d.await("event terminated"); err != nil {
		return err
	}
	return d.request("disconnect", nil)
}

func (d *debugger) setBreakpoints(file string, points []logpoint) error {
	var list []map[string]any
	for _, p := range points {
		line, err := lineOf(file, p.text)
		if err != nil {
			return err
		}
		fmt.Fprintf(d.out, "  logpoint %s:%d  %s", filepath.Base(file), line, p.message)
		if p.condition != "" {
			fmt.Fprintf(d.out, "  if %s", p.condition)
		}
		fmt.Fprintln(d.out)
		list = append(list, map[string]any{"line": line, "condition": p.condition, "logMessage": p.message})
	}
	if err := d.request("setBreakpoints", map[string]any{
		"source": map[string]any{"path": file}, "breakpoints": list,
	}); err != nil {
		return err
	}
	return d.await("response setBreakpoints")
}

func (d *debugger) request(command string, arguments any) error {
	return d.Send(peer.Message{Seq: d.Next(), Type: "request", Command: command, Arguments: arguments})
}

// await prints output until the wanted message has come. A refused request
// ends it with the adapter's own sentence.
func (d *debugger) await(want string) error {
	for m := range d.Messages {
		switch {
		case m.Type == "response" && !m.Success:
			return fmt.Errorf("%s: %s", m.Command, sentence(m))
		case m.Type == "event" && m.Event == "output":
			d.print(m.Body)
		}
		if want == m.Type+" "+m.Command+m.Event {
			return nil
		}
	}
	return errors.New("the debug adapter hung up")
}

func (d *debugger) print(body json.RawMessage) {
	var out struct {
		Output, Category string
		Line             int
		Source           struct{ Path string }
	}
	if json.Unmarshal(body, &out) != nil || out.Category == "telemetry" {
		return
	}
	at := ""
	if out.Line > 0 {
		at = fmt.Sprintf("  %s:%d", filepath.Base(out.Source.Path), out.Line)
	}
	for _, line := range strings.Split(strings.TrimRight(out.Output, "\n"), "\n") {
		fmt.Fprintf(d.out, "  %-92s%s\n", line, at)
		at = ""
	}
}

func sentence(m peer.Message) string {
	var body struct{ Error struct{ Format string } }
	if json.Unmarshal(m.Body, &body) == nil && body.Error.Format != "" {
		return body.Error.Format
	}
	return m.Message
}

func byFile(points []logpoint) map[string][]logpoint {
	files := map[string][]logpoint{}
	for _, p := range points {
		files[p.file] = append(files[p.file], p)
	}
	return files
}
