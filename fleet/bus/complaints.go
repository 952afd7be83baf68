package bus

import (
	"fmt"
	"sync"
)

// complaints hears the server's log: errors alone are passed on.
type complaints struct {
	say func(string) // may be nil

	mu   sync.Mutex // guards last
	last string     // what was told last: a failure that comes again and again is told once
}

// tell passes a line on; the server's goroutines call it.
func (c *complaints) tell(format string, v ...any) {
	text := fmt.Sprintf(format, v...)
	c.mu.Lock()
	again := c.last == text
	c.last = text
	c.mu.Unlock()
	if c.say != nil && !again {
		c.say(text)
	}
}

// fatal is why the server could not start, as the end of a sentence.
func (c *complaints) fatal() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last == "" {
		return ""
	}
	return ": " + c.last
}

// These are the methods of the server's Logger.
func (c *complaints) Noticef(string, ...any)         {}
func (c *complaints) Warnf(string, ...any)           {}
func (c *complaints) Debugf(string, ...any)          {}
func (c *complaints) Tracef(string, ...any)          {}
func (c *complaints) Errorf(format string, v ...any) { c.tell(format, v...) }
func (c *complaints) Fatalf(format string, v ...any) { c.tell(format, v...) }
