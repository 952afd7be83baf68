package dap

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func sourceOf(t testing.TB, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

const raisingProgram = `import json


class Broken(Exception):
    pass


def parse(text):
    try:
        return json.loads(text)
    except ValueError as error:
        raise Broken("no JSON") from error  # raise


def quiet():
    try:
        {}["key"]  # swallowed
    except KeyError:
        pass


quiet()
parse("{")  # main
`

func (d *debuggee) filters(filters ...object) []any {
	d.t.Helper()
	return d.must("setExceptionBreakpoints", object{"filters": []string{}, "filterOptions": filters})["breakpoints"].([]any)
}

func TestUncaughtExceptionStops(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		d := debugging(t, python, raisingProgram, nil, func(d *debuggee) {
			if b := d.filters(object{"filterId": "uncaught"}); len(b) != 1 {
				t.Errorf("breakpoints %v", b)
			}
		})
		stop, _ := d.stopped("exception", "raise")
		if text, _ := stop["text"].(string); !strings.Contains(text, "no JSON") {
			t.Errorf("stopped %v", stop)
		}
		info := d.must("exceptionInfo", object{"threadId": stop["threadId"]})
		details := info["details"].(object)
		inner, _ := details["innerException"].([]any)
		if info["breakMode"] != "unhandled" || details["typeName"] != "Broken" || details["message"] != "no JSON" || len(inner) == 0 {
			t.Errorf("exceptionInfo %v", info)
		}
		d.step("continue", stop["threadId"])
		d.event("terminated")
		if got := d.output("stderr"); !strings.Contains(got, "Broken: no JSON") || strings.Contains(got, "tallyho") {
			t.Errorf("stderr %q", got)
		}
		d.goodbye()
	})
}

func TestRaisedExceptionsOfAClassStop(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		d := debugging(t, python, raisingProgram, nil, func(d *debuggee) {
			d.filters(object{"filterId": "raised", "condition": "LookupError"})
		})
		stop, _ := d.stopped("exception", "swallowed")
		d.filters()
		d.step("continue", stop["threadId"])
		d.event("terminated")
		d.goodbye()
	})
}

func TestDataBreakpoint(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		d := debugging(t, python, `def run():
    total = 0
    other = 0  # start
    for i in range(3):
        other += 1
    total = 5
    other = 9  # changed
    return total + other


print(run())
`, nil, at("start"))
		stop, frames := d.stopped("breakpoint", "start")
		info := d.must("dataBreakpointInfo", object{"name": "total", "frameId": frames[0].(object)["id"]})
		if info["dataId"] == nil {
			t.Fatalf("dataBreakpointInfo %v", info)
		}
		set := d.must("setDataBreakpoints", object{"breakpoints": []object{{"dataId": info["dataId"], "accessType": "write"}}})
		if b := set["breakpoints"].([]any)[0].(object); b["reason"] == "failed" {
			t.Errorf("set %v", b)
		}
		d.step("continue", stop["threadId"])
		stop, frames = d.stopped("data breakpoint", "changed")
		if got := d.evaluate("total", "watch", frames[0]); got != "5" {
			t.Errorf("stopped with total = %s", got)
		}
		d.must("setDataBreakpoints", object{"breakpoints": []object{}})
		d.step("continue", stop["threadId"])
		d.end("14\n")
	})
}

func TestThreadsStopTogether(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		d := debugging(t, python, `import threading

over = False


def work():
    n = 0
    while not over:
        n += 1


def look():
    return 1  # look


t = threading.Thread(target=work, name="worker-7")
t.start()
look()
over = True
t.join()
print("joined")
`, nil, at("look"))
		stop, _ := d.stopped("breakpoint", "look")
		var worker any
		for _, th := range d.must("threads", nil)["threads"].([]any) {
			if th.(object)["name"] == "worker-7" {
				worker = th.(object)["id"]
			}
		}
		if worker == nil || worker == stop["threadId"] {
			t.Fatalf("the worker is %v", worker)
		}
		waitFor(t, "the worker's frames", func() bool {
			answer := d.call("stackTrace", object{"threadId": worker})
			return answer["success"] == true
		})
		d.step("continue", stop["threadId"])
		d.end("joined\n")
	})
}

func TestCodeWithoutAFile(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		d := debugging(t, python, `def hook(x):
    return x  # hook


exec(compile("y = 3\nhook(y)\n", "<made>", "exec"), {"hook": hook})
`, nil, at("hook"))
		stop, frames := d.stopped("breakpoint", "hook")
		made := frames[1].(object)
		source, _ := made["source"].(object)
		if source["name"] != "<made>" || made["line"] != 2.0 {
			t.Errorf("the caller is %v", made)
		}
		if ref, _ := source["sourceReference"].(float64); ref > 0 {
			content, _ := d.must("source", object{"sourceReference": ref, "source": source})["content"].(string)
			t.Logf("content %q", content)
		}
		places := d.must("breakpointLocations", object{"source": object{"path": d.path}, "line": 1, "endLine": 2})["breakpoints"].([]any)
		if len(places) == 0 {
			t.Error("no breakpoint may lie anywhere")
		}
		var user, found bool
		for _, m := range d.must("modules", nil)["modules"].([]any) {
			if m.(object)["path"] == d.path {
				user, found = m.(object)["isUserCode"] == true, true
			}
		}
		if !user || !found {
			t.Errorf("the program among the modules: %v, the user's: %v", found, user)
		}
		d.must("loadedSources", nil)
		d.step("continue", stop["threadId"])
		d.end("")
	})
}

func TestRestart(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		d := debugging(t, python, `import sys
print(sys.argv[1:])  # print
`, object{"args": []string{"one"}}, at("print"))
		d.stopped("breakpoint", "print")
		d.must("restart", object{"arguments": object{"program": d.path, "python": python, "args": []string{"two"}}})
		d.event("continued") // what was stopped is gone
		stop, _ := d.stopped("breakpoint", "print")
		d.step("continue", stop["threadId"])
		d.end("['two']\n")
	})
}

func TestTheStopButtonAtAStop(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		d := debugging(t, python, `try:
    for i in range(100000000):
        j = i  # loop
except KeyboardInterrupt:
    print("interrupted")
`, nil, func(d *debuggee) {
			at("loop")(d)
			d.filters(object{"filterId": "uncaught"}, object{"filterId": "raised"})
		})
		d.stopped("breakpoint", "loop")
		d.must("terminate", nil)
		d.end("interrupted\n")
	})
}

// TestHangingUpAfterTerminate: a client that goes as soon as terminate is
// answered has asked for the program's Ctrl-C, and for its cleaning up.
func TestHangingUpAfterTerminate(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		for name, stopped := range map[string]bool{"running": false, "stopped": true} {
			t.Run(name, func(t *testing.T) {
				var configure func(*debuggee)
				if stopped {
					configure = at("loop")
				}
				d := debugging(t, python, `import os, time
try:
    print("working")
    for i in range(10000):
        time.sleep(0.01)  # loop
finally:
    time.sleep(0.2)
    open(os.path.join(os.path.dirname(__file__), "clean"), "w").close()
`, nil, configure)
				if stopped {
					d.stopped("breakpoint", "loop")
				}
				waitFor(t, "its output", func() bool { return strings.Contains(d.output("stdout"), "working") })
				d.must("terminate", nil)
				_ = d.stdin.Close()
				waitFor(t, "its cleaning up", func() bool {
					_, err := os.Stat(filepath.Join(filepath.Dir(d.path), "clean"))
					return err == nil
				})
				d.ended()
			})
		}
	})
}

func TestDetachAtAStop(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		d := debugging(t, python, `import os
n = 1  # stop
open(os.path.join(os.path.dirname(__file__), "done"), "w").close()
`, nil, at("stop"))
		d.stopped("breakpoint", "stop")
		d.must("disconnect", object{"terminateDebuggee": false})
		d.ended()
		waitFor(t, "the program's end", func() bool {
			_, err := os.Stat(filepath.Join(filepath.Dir(d.path), "done"))
			return err == nil
		})
	})
}

func TestChildProcessStops(t *testing.T) {
	python := backends(t)[len(backends(t))-1].Path
	d := debugging(t, python, `import os


def work():
    return os.getpid()  # work


pid = os.fork()
if pid == 0:
    work()
    os._exit(0)
os.waitpid(pid, 0)
print("waited")
`, nil, at("work"))
	stop, _ := d.stopped("breakpoint", "work")
	names := map[any]string{}
	for _, th := range d.must("threads", nil)["threads"].([]any) {
		names[th.(object)["id"]] = th.(object)["name"].(string)
	}
	if len(names) != 2 || !strings.Contains(names[stop["threadId"]], "(") {
		t.Errorf("threads %v, stopped %v", names, stop["threadId"])
	}
	d.step("continue", stop["threadId"])
	d.end("waited\n")
}

// TestAdapterDiesAtAStop: the program runs on unharmed.
func TestAdapterDiesAtAStop(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		d := debugging(t, python, `import os
for i in range(3):
    n = i  # stop
open(os.path.join(os.path.dirname(__file__), "done"), "w").close()
`, nil, at("stop"))
		d.stopped("breakpoint", "stop")
		pid := int(d.event("process")["systemProcessId"].(float64))
		t.Cleanup(func() { killIfAlive(pid) })
		if err := d.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = d.cmd.Wait()
		waitFor(t, "the program's end", func() bool { return !alive(pid) })
		if _, err := os.Stat(filepath.Join(filepath.Dir(d.path), "done")); err != nil {
			t.Errorf("the program did not finish its work: %v", err)
		}
	})
}

// TestTwoThreadsStop: each is told, and continuing lets both go.
func TestTwoThreadsStop(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		d := debugging(t, python, `import threading

barrier = threading.Barrier(2)
done = []


def work():
    barrier.wait()
    done.append(1)  # both
    done.append(2)


threads = [threading.Thread(target=work) for _ in range(2)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(sum(done))
`, nil, at("both"))
		stopped := map[any]bool{}
		for range 2 {
			stop, _ := d.stopped("breakpoint", "both")
			stopped[stop["threadId"]] = true
			d.step("continue", stop["threadId"])
		}
		if len(stopped) != 2 {
			t.Errorf("stopped %v", stopped)
		}
		d.end("6\n")
	})
}
