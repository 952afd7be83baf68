package dap

import (
	"strings"
	"testing"
)

// TestSuspendedTasks: while the program is stopped the tasks that wait are listed
// as threads, and looked at and stepped as those are.
func TestSuspendedTasks(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		d := debugging(t, python, `import asyncio


async def fetch(gate, price):
    await gate.wait()  # gate
    return price + 1  # after


async def sell(task):
    return await task  # sell


async def main():
    gate = asyncio.Event()
    task = asyncio.create_task(fetch(gate, 4), name="fetching")
    waiter = asyncio.create_task(sell(task), name="selling")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    gate.set()  # here
    print(await waiter)


asyncio.run(main())
`, nil, at("here"))
		stop, _ := d.stopped("breakpoint", "here")
		var task any
		names := ""
		for _, th := range d.must("threads", nil)["threads"].([]any) {
			name := th.(object)["name"].(string)
			names += name + "\n"
			if strings.Contains(name, "fetching") {
				task = th.(object)["id"]
			}
		}
		if !strings.HasPrefix(names, "MainThread: Task-1\n") || !strings.Contains(names, "task fetching (suspended)\n") ||
			!strings.Contains(names, "task selling (suspended)\n") {
			t.Fatalf("threads\n%s", names)
		}
		frames := d.frames(task)
		stack := ""
		var fetch object
		for _, f := range frames {
			f := f.(object)
			stack += f["name"].(string) + " "
			if f["name"] == "fetch" {
				fetch = f
			}
		}
		if fetch == nil || fetch["line"] != float64(d.line("gate")) || !strings.Contains(stack, "fetch awaited by task selling sell ") {
			t.Fatalf("the task waits in %s", stack)
		}
		if v := d.locals(fetch)["price"]; v["value"] != "4" {
			t.Errorf("its locals hold %v", v)
		}
		if got := d.evaluate("price * 10", "watch", fetch); got != "40" {
			t.Errorf("evaluated there: %s", got)
		}
		d.step("next", task)
		after, _ := d.stopped("step", "after")
		if after["threadId"] != stop["threadId"] {
			t.Errorf("it goes on in %v", after)
		}
		d.step("continue", after["threadId"])
		d.end("5\n")
	})
}
