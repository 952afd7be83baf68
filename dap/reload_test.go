package dap

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const reloadedPrices = `calls = 0


def price(n):
    global calls
    calls += 1
    return n * 2
`

const reloadingProgram = `import os, time
import aside, prices

told = None
while not os.path.exists("stop"):
    now = prices.price(10)
    if now != told:
        told = now
        print(now, prices.calls > 0, flush=True)
    if os.path.exists("look"):
        os.remove("look")
        print("still", prices.price(10), flush=True)
    time.sleep(0.01)
`

// TestFilesAreReloaded: what is changed in a file runs from then on, with
// breakpoints; a broken text changes nothing.
func TestFilesAreReloaded(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		d, prices := reloadingRun(t, python, object{"enable": true, "pollingInterval": 0.001})
		d.await("the first price", printed("20 True"))
		putText(t, prices, "# Prices.\n"+strings.Replace(reloadedPrices, "n * 2", "n * 3", 1)+"\n\ndef refund(n):\n    return -n\n")
		d.await("the notice", said("reloaded: prices.py: price changed; new: refund"))
		d.await("the new price", printed("30 True"))

		putText(t, prices, "def price(n:\n")
		d.await("the notice of a broken text", said("not reloaded: prices.py: line 1: "))
		putText(t, prices, "def price(n):\n    return 0\n\n\n1 / 0\n")
		d.await("the notice of an error", said("not reloaded: prices.py: line 5: ZeroDivisionError"))
		d.make("look")
		d.await("the price after both", printed("still 30"))

		marked := "# Prices,\n# marked.\n" + strings.Replace(reloadedPrices, "return n * 2", "n *= 4\n    return n  # mark", 1)
		putText(t, prices, marked)
		d.await("the second change", nth(2, said("price changed")))
		d.await("the third price", printed("40 True"))
		d.path = prices
		at("mark")(d)
		stop, frames := d.stopped("breakpoint", "mark")
		if got := d.evaluate("n", "watch", frames[0]); got != "40" {
			t.Errorf("n is %s", got)
		}

		// A breakpoint that is there already stops in the function of the next text.
		putText(t, prices, strings.Replace(marked, "*= 4", "*= 5", 1))
		d.await("the third change", nth(3, said("price changed")))
		d.step("continue", stop["threadId"])
		stop, frames = d.stopped("breakpoint", "mark")
		if got := d.evaluate("n", "watch", frames[0]); got != "50" {
			t.Errorf("n is %s in the next text", got)
		}
		d.breakpoints()
		d.make("stop")
		d.step("continue", stop["threadId"])
		d.end("20 True\n30 True\nstill 30\n40 True\n50 True\n")
	})
}

// TestFilesAreLeftAlone: by default, and where they are excluded.
func TestFilesAreLeftAlone(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		for _, config := range []object{nil, {"enable": true, "exclude": []string{"**/prices.py"}, "pollingInterval": 0.001}} {
			d, prices := reloadingRun(t, python, config)
			d.await("the first price", printed("20 True"))
			putText(t, prices, strings.Replace(reloadedPrices, "n * 2", "n * 3", 1))
			if config != nil {
				putText(t, filepath.Join(filepath.Dir(prices), "aside.py"), "def aside():\n    return 1\n")
				d.await("the other file", said("reloaded: aside.py: new: aside"))
			}
			for n := range 3 {
				d.make("look")
				d.await("the price", nth(n+1, printed("still 20")))
			}
			d.make("stop")
			d.end("20 True\nstill 20\nstill 20\nstill 20\n")
			if out := d.output("console"); strings.Contains(out, "loaded: prices") || strings.Contains(out, "autoReload") {
				t.Errorf("%v: the console says %q", config, out)
			}
		}
	})
}

// nth is true of the n-th message that is as asked, counted from the first that it
// is given.
func nth(n int, right func(object) bool) func(object) bool {
	return func(m object) bool {
		if right(m) {
			n--
		}
		return n == 0
	}
}

func reloadingRun(t *testing.T, python string, config object) (*debuggee, string) {
	t.Helper()
	d := &debuggee{adapterProcess: startBinary(t), path: program(t, "main.py", reloadingProgram)}
	prices := filepath.Join(filepath.Dir(d.path), "prices.py")
	putText(t, prices, reloadedPrices)
	putText(t, filepath.Join(filepath.Dir(d.path), "aside.py"), "")
	all := object{"program": d.path, "python": python, "cwd": filepath.Dir(d.path)}
	if config != nil {
		all["autoReload"] = config
	}
	d.must("initialize", object{"adapterID": "tallyho"})
	d.must("launch", all)
	d.event("initialized")
	d.must("configurationDone", nil)
	for _, name := range []string{"aside", "prices"} {
		d.await("the module "+name, func(m object) bool {
			body, _ := m["body"].(object)
			module, _ := body["module"].(object)
			return m["event"] == "module" && module["name"] == name
		})
	}
	// The files are looked at between two requests, all the more before they change.
	d.must("threads", nil)
	d.must("threads", nil)
	return d, prices
}

// putText puts a text in the place of a file's, all at once.
func putText(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// make creates a file beside the program.
func (d *debuggee) make(name string) {
	d.t.Helper()
	if err := os.WriteFile(filepath.Join(filepath.Dir(d.path), name), nil, 0o600); err != nil {
		d.t.Fatal(err)
	}
}

// printed is true of an output event of what the program wrote.
func printed(text string) func(object) bool {
	return func(m object) bool {
		body, _ := m["body"].(object)
		output, _ := body["output"].(string)
		return m["event"] == "output" && body["category"] == "stdout" && strings.Contains(output, text)
	}
}

const reloadedMain = `import os, time

seen = []


def price(n):
    return n * 2


if __name__ == "__main__":
    print("once", flush=True)
    while not os.path.exists("stop"):
        now = price(10)
        if now not in seen:
            seen.append(now)
            print(seen, flush=True)
        time.sleep(0.01)
`

// TestTheProgramItselfIsReloaded: its functions are, and the rest does not run again.
func TestTheProgramItselfIsReloaded(t *testing.T) {
	onBackends(t, func(t *testing.T, python string) {
		d := debugging(t, python, reloadedMain, object{"autoReload": object{"enable": true, "pollingInterval": 0.001}}, nil)
		d.await("the first price", printed("[20]"))
		d.must("threads", nil)
		d.must("threads", nil)
		putText(t, d.path, strings.Replace(strings.Replace(reloadedMain, "n * 2", "n * 3", 1), "seen = []", "seen = None", 1))
		d.await("the notice", said("reloaded: shop.py: price changed\n"))
		d.await("the new price", printed("[20, 30]"))
		d.make("stop")
		d.end("once\n[20]\n[20, 30]\n")
		if out := d.output("console"); strings.Contains(out, "internal failure") {
			t.Error(out)
		}
	})
}
