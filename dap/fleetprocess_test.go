//go:build !windows

package dap

import (
	"fmt"
	"maps"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

const mayStop = `{"stop": true}`

// process is an attach configuration for one process of a fleet.
func processOf(config object, process any) object {
	one := maps.Clone(config)
	one["process"] = process
	return one
}

// stoppedIn is the next stop of a client, and the top frame.
func stoppedIn(t *testing.T, p *adapterProcess, n int) (stop, top object) {
	t.Helper()
	waitFor(t, fmt.Sprintf("stop %d", n), func() bool { return len(p.events("stopped")) >= n })
	stop = p.events("stopped")[n-1]
	frames := p.must("stackTrace", object{"threadId": stop["threadId"]})["stackFrames"].([]any)
	return stop, frames[0].(object)
}

// lastly is the last message of a breakpoint.
func lastly(p *adapterProcess) (message string) {
	for _, e := range p.events("breakpoint") {
		message, _ = e["breakpoint"].(object)["message"].(string)
	}
	return message
}

// TestStopOneProcessOfAFleet: one process stops, by its name, and is looked at, stepped and
// let go, while all others are counted; so is that one, before and after.
func TestStopOneProcessOfAFleet(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	onBackends(t, func(t *testing.T, python string) {
		t.Parallel()
		at := newPlaces(t)
		path := program(t, "served.py", servedProgram)
		config, _ := at.startFleet(t, mayStop)
		one, other := at.serve(t, python, path), at.serve(t, python, path)
		fleet := startBinary(t)
		fleet.attach(config, func() {
			fleet.must("setBreakpoints", object{"source": object{"path": path}, "breakpoints": []object{{"line": 6}}})
		})
		waitFor(t, "both to be counted", func() bool { return lastly(fleet) == "armed in 2 processes" })

		p := startBinary(t)
		p.attach(processOf(config, one.cmd.Process.Pid), func() {
			p.must("setBreakpoints", object{"source": object{"path": path}, "breakpoints": []object{{"line": 7}}})
		})
		stop, top := stoppedIn(t, p, 1)
		if top["line"] != 7.0 || top["name"] != "work" || top["source"].(object)["path"] != path {
			t.Errorf("it stopped at %v", top)
		}
		if got := p.must("evaluate", object{"expression": "total", "frameId": top["id"], "context": "watch"})["result"]; got == "0" || got == "" {
			t.Errorf("total is %v", got)
		}
		scopes := p.must("scopes", object{"frameId": top["id"]})["scopes"].([]any)
		variables := p.must("variables", object{"variablesReference": scopes[0].(object)["variablesReference"]})["variables"].([]any)
		if len(variables) != 2 {
			t.Errorf("the variables are %v", variables)
		}
		if message, _ := p.refused("setVariable", object{"variablesReference": scopes[0].(object)["variablesReference"], "name": "total", "value": "1"}); !strings.Contains(message, "careful") {
			t.Errorf("a value that is set: %q", message)
		}
		p.must("next", object{"threadId": stop["threadId"]})
		_, top = stoppedIn(t, p, 2)
		if top["name"] != "<module>" && top["name"] != "work" {
			t.Errorf("a step led to %v", top)
		}
		// The others go on meanwhile, and so does the count of them.
		before := other.ask("n")
		waitFor(t, "the other process to go on", func() bool { return other.ask("n") != before })
		if message, _ := startedFleet(t).refused("attach", processOf(config, one.cmd.Process.Pid)); !strings.Contains(message, "one can at a time") {
			t.Errorf("a second editor is told %q", message)
		}
		p.must("setBreakpoints", object{"source": object{"path": path}, "breakpoints": []object{}})
		p.must("continue", object{"threadId": stop["threadId"]})
		n := one.ask("n")
		waitFor(t, "the process to go on", func() bool { return one.ask("n") != n })
		p.goodbye()
		fleet.goodbye()
		if got := lastly(fleet); !strings.HasSuffix(got, "times in 2 processes") {
			t.Errorf("the fleet says at last %q", got)
		}
		one.works()
		other.works()
	})
}

func startedFleet(t *testing.T) *adapterProcess {
	t.Helper()
	p := startBinary(t)
	p.must("initialize", object{"adapterID": "tallyho"})
	return p
}

// TestAProcessGoesOnWithoutItsEditor: whoever dies, the program is as it was.
func TestAProcessGoesOnWithoutItsEditor(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	onBackends(t, func(t *testing.T, python string) {
		for name, kill := range map[string]func(p *adapterProcess, fleet fleetProcesses){
			"the editor": func(p *adapterProcess, _ fleetProcesses) { _ = p.cmd.Process.Kill() },
			"the agent":  func(_ *adapterProcess, fleet fleetProcesses) { _ = fleet.agent.Process.Kill() },
			"the hub":    func(_ *adapterProcess, fleet fleetProcesses) { _ = fleet.hub.Process.Kill() },
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				at, path := newPlaces(t), program(t, "served.py", servedProgram)
				config, fleet := at.startFleet(t, mayStop)
				s := at.serve(t, python, path)
				p := startBinary(t)
				p.attach(processOf(config, "shop/"+hostname(t)+"/"+strconv.Itoa(s.cmd.Process.Pid)), func() {
					p.must("setBreakpoints", object{"source": object{"path": path}, "breakpoints": []object{{"line": 7}}})
				})
				stoppedIn(t, p, 1)
				kill(p, fleet)
				s.works()
				if name != "the editor" {
					p.event("terminated")
					if out := p.output("console"); !strings.Contains(out, "It goes on.") {
						t.Errorf("the editor is told %q", out)
					}
				}
			})
		}
	})
}

// TestOtherCodeOfAProcess: a breakpoint is where its line is in the code that runs there,
// and that code is what is shown.
func TestOtherCodeOfAProcess(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	onBackends(t, func(t *testing.T, python string) {
		t.Parallel()
		at := newPlaces(t)
		here, there := program(t, "served.py", servedProgram), program(t, "app/served.py", servedProgram)
		commit(t, here)
		rewrite(t, here, "# one line more\n"+servedProgram)
		config, _ := at.startFleet(t, mayStop)
		config["pathMappings"] = []object{{"localRoot": filepath.Dir(here), "remoteRoot": filepath.Dir(there)}}
		s := at.serve(t, python, there)
		p := startBinary(t)
		var set object
		p.attach(processOf(config, s.cmd.Process.Pid), func() {
			set = p.must("setBreakpoints", object{"source": object{"path": here}, "breakpoints": []object{{"line": 8}, {"line": 1}}})
		})
		_, top := stoppedIn(t, p, 1)
		source := top["source"].(object)
		if top["line"] != 7.0 || source["path"] != nil && source["path"] != "" {
			t.Errorf("it stopped at %v", top)
		}
		if text := p.must("source", object{"sourceReference": source["sourceReference"]})["content"]; text != servedProgram {
			t.Errorf("the code is shown as\n%v", text)
		}
		if !strings.Contains(fmt.Sprint(set), "other code runs there") {
			t.Errorf("nothing is said of the line that is not there: %v", set)
		}
		p.goodbye()
		s.works()
	})
}

// TestWhoMayStopAProcess: nobody, unless the policy says so.
func TestWhoMayStopAProcess(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	onBackends(t, func(t *testing.T, python string) {
		for policy, want := range map[string]string{
			"":                                    `"stop": true`,
			`{"values": true}`:                    `"stop": true`,
			`{"stop": true, "forbidden": ["x"]}`:  "which modules",
			`{"stop": true, "askers": ["UABCD"]}`: "not signed",
			mayStop:                               "no process is called nobody",
		} {
			t.Run("policy "+policy, func(t *testing.T) {
				t.Parallel()
				at := newPlaces(t)
				config, _ := at.startFleet(t, policy)
				s := at.serve(t, python, program(t, "served.py", servedProgram))
				if message, _ := startedFleet(t).refused("attach", processOf(config, "nobody")); !strings.Contains(message, want) {
					t.Errorf("%q, want %q", message, want)
				}
				s.works()
			})
		}
	})
}

// TestValuesThatMayNotBeSeen: whoever may stop a process, but not see its values, sees none there.
func TestValuesThatMayNotBeSeen(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	onBackends(t, func(t *testing.T, python string) {
		t.Parallel()
		at, path := newPlaces(t), program(t, "served.py", servedProgram)
		config, _ := at.startFleet(t, `{"stop": true, "values": false}`)
		s := at.serve(t, python, path)
		p := startBinary(t)
		p.attach(processOf(config, s.cmd.Process.Pid), func() {
			p.must("setBreakpoints", object{"source": object{"path": path}, "breakpoints": []object{{"line": 7}}})
		})
		_, top := stoppedIn(t, p, 1)
		for command, arguments := range map[string]object{
			"scopes":   {"frameId": top["id"]},
			"evaluate": {"frameId": top["id"], "expression": "total", "context": "watch"},
		} {
			if message, _ := p.refused(command, arguments); !strings.Contains(message, "no values") {
				t.Errorf("%s: %q", command, message)
			}
		}
		p.goodbye()
		s.works()
	})
}

// TestPausingAThreadOfAFleet: the client is asked to begin a session for that process.
func TestPausingAThreadOfAFleet(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	onBackends(t, func(t *testing.T, python string) {
		t.Parallel()
		at := newPlaces(t)
		path := program(t, "served.py", servedProgram)
		config, _ := at.startFleet(t, mayStop)
		s := at.serve(t, python, path)
		p := startBinary(t)
		p.must("initialize", object{"adapterID": "tallyho", "supportsStartDebuggingRequest": true})
		p.must("attach", config)
		p.event("initialized")
		p.must("setBreakpoints", object{"source": object{"path": path}, "breakpoints": []object{{"line": 6}}})
		p.must("configurationDone", nil)
		waitFor(t, "a thread", func() bool { return len(p.events("thread")) > 0 })
		paused := p.post("pause", object{"threadId": 1})
		said := p.await("startDebugging", func(m object) bool { return m["command"] == "startDebugging" })
		asked := said["arguments"].(object)
		child := asked["configuration"].(object)
		if asked["request"] != "attach" || child["process"] == nil {
			t.Fatalf("the client is asked for %v", asked)
		}
		p.seq++
		p.write(fmt.Appendf(nil, `{"seq":%d,"type":"response","request_seq":%v,"command":"startDebugging","success":true}`, p.seq, said["seq"]))
		p.await("the answer", func(m object) bool { return m["request_seq"] == paused && m["success"] == true })
		one := startBinary(t)
		one.attach(child, func() {})
		stop, _ := stoppedIn(t, one, 1)
		if stop["reason"] != "pause" {
			t.Errorf("it stopped for %v", stop)
		}
		one.goodbye()
		p.goodbye()
		s.works()
	})
}
