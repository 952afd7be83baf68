package dap

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

const silencingProgram = `def parse(text):
    text = text.strip()
    try:
        number = int(text)  # raise
        return number
    except ValueError:  # except
        return None


def deep(text):
    return int(text)  # deep


def around(text):
    for n in range(3):  # loop
        n += 1
    try:  # try
        return deep(text)  # call
    except (TypeError, ValueError):  # swallow
        pass


parse("1")
parse(" x ")
around("y")
print("over")
`

// TestSilencedExceptionsTellTheirStory: what was raised, where it was swallowed, and
// the lines that ran before.
func TestSilencedExceptionsTellTheirStory(t *testing.T) {
	for _, python := range testkit.Pythons(t) {
		if !seesSilenced(python.Version) {
			continue
		}
		t.Run(python.Name(), func(t *testing.T) {
			for _, mode := range []string{"", "stop"} {
				d := debugging(t, python.Path, silencingProgram, nil, func(d *debuggee) {
					d.filters(object{"filterId": "silenced", "mode": mode})
				})
				at := func(mark string) string { return fmt.Sprintf("shop.py:%d", d.line(mark)) }
				want := fmt.Sprintf("ValueError(%q) raised at %s in parse, swallowed at %s\n", "", at("raise"), at("except"))
				want = strings.Replace(want, `""`, `"invalid literal for int() with base 10: 'x'"`, 1) +
					"    shop.py:2  text = text.strip()\n    shop.py:3  try:\n  > shop.py:4  number = int(text)  # raise\n"
				if mode == "stop" {
					stop, _ := d.stopped("exception", "raise")
					if text, _ := stop["text"].(string); !strings.HasSuffix(text, "swallowed at "+at("except")) {
						t.Errorf("the stop says %q", text)
					}
					d.filters()
					d.step("continue", stop["threadId"])
				}
				d.event("terminated")
				console := d.output("console")
				if !strings.Contains(console, want) {
					t.Errorf("mode %q: the console shows\n%s\nwithout\n%s", mode, console, want)
				}
				if mode == "" {
					want = fmt.Sprintf("raised at %s in deep, swallowed at %s\n", at("deep"), at("swallow"))
					for _, line := range []string{want, "    shop.py:18  return deep(text)  # call\n  > " + at("deep") + "  return int(text)  # deep\n",
						"    shop.py:17  try:  # try\n"} {
						if !strings.Contains(console, line) {
							t.Errorf("the console shows\n%s\nwithout\n%s", console, line)
						}
					}
				}
				d.goodbye()
			}
		})
	}
}
