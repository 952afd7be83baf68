package recording

import (
	"errors"
	"fmt"
	"strings"
)

// Limits are how much of a value is recorded. 0 is as much as usual: that is what the bridge
// writes in C.
type Limits struct {
	Depth      int `json:"depth"`      // levels of an object's attributes; usually 2
	Items      int `json:"items"`      // attributes of an object; usually 20
	Characters int `json:"characters"` // of a text; usually 1024
}

// limitsOf are what each may be. A reader takes no more than so many levels, and a step has
// room for so much text.
var limitsOf = []struct {
	name        string
	usual       int
	least, most int
	of          func(*Limits) *int
}{
	{"depth", 2, 1, 6, func(l *Limits) *int { return &l.Depth }},
	{"items", 20, 1, 500, func(l *Limits) *int { return &l.Items }},
	{"characters", 1024, 20, 8000, func(l *Limits) *int { return &l.Characters }},
}

// Check says what is wrong with limits that a person has given.
func (l *Limits) Check() error {
	var all []error
	for _, one := range limitsOf {
		n := one.of(l)
		switch {
		case *n == 0:
		case *n < one.least || *n > one.most:
			all = append(all, fmt.Errorf("%s is %d; it can be %d to %d", one.name, *n, one.least, one.most))
		case *n == one.usual:
			*n = 0
		}
	}
	return errors.Join(all...)
}

// String says what is other than usual.
func (l Limits) String() string {
	var parts []string
	for _, one := range limitsOf {
		if n := *one.of(&l); n != 0 {
			parts = append(parts, fmt.Sprintf("%s %d", one.name, n))
		}
	}
	return strings.Join(parts, ", ")
}
