package lsp

import (
	"strings"
	"testing"
)

// turningProgram has lines that never run, one for each way of being passed by.
const turningProgram = `class Cart:
    def __init__(self, total):
        self.total = total


def price(cart, limit):
    if cart.total > limit:
        return "never"
    for left in range(cart.total, 0):
        print("never in a loop")
    return cart.total


def early(n):
    if n < 5:
        return n * 2
    return "never left"


def caught(n):
    try:
        {}[n]
        n = "never after it"
    except KeyError:
        n += 1
    return n


def uncalled():
    return "never called"


for i in range(4):
    price(Cart(i), 10)
    early(i)
    caught(i)
`

// TestWhyALineDidNotRun: the hover and the action tell what turned away from it last, with the values of then.
func TestWhyALineDidNotRun(t *testing.T) {
	e, path := recorded(t, turningProgram)
	for _, row := range []struct {
		line string
		says []string
	}{
		{`return "never"`, []string{"was asked 4 times and was never true", "The last time, with cart.total=3, limit=10, control went on at line 9"}},
		{`print("never in a loop")`, []string{"There was nothing to go through", "The last time, with cart.total=3, control went on at line 11"}},
		{`return "never left"`, []string{"Control left before it, at line 16", "The last time, with n=3, the function returned 6"}},
		{`n = "never after it"`, []string{"which raised KeyError", "The last time, with n=3, it raised KeyError(3), and control went on at line 24"}},
		{`return "never called"`, []string{"was never called"}},
	} {
		line := lineOf(t, turningProgram, row.line)
		page := e.hover(path, line, 12)
		for _, text := range row.says {
			if late := strings.Contains(page, "The recording is long"); !strings.Contains(page, text) && !(late && text == row.says[len(row.says)-1]) {
				t.Errorf("%s: %q is not in\n%s", row.line, text, page)
			}
		}
		for title, action := range e.actions(path, line, 8, J{}) {
			if strings.HasPrefix(title, "Why did line") {
				e.execute(action)
			}
		}
		e.until("why "+row.line, func(notes []note) bool { return said(notes, row.says[len(row.says)-1]) })
	}
	if page := e.hover(path, lineOf(t, turningProgram, "return cart.total"), 12); strings.Contains(page, "Why not") {
		t.Errorf("of a line that ran:\n%s", page)
	}
}

// TestWhyNotWithoutARecording: the counts tell it alone.
func TestWhyNotWithoutARecording(t *testing.T) {
	e, path := recorded(t, turningProgram, "-o", "elsewhere.rec")
	page := e.hover(path, lineOf(t, turningProgram, `return "never left"`), 12)
	if !strings.Contains(page, "Control left before it, at line 16") || strings.Contains(page, "The last time") {
		t.Errorf("the hover is\n%s", page)
	}
}
