package replay

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
)

// Invariants are what was so each time in a run: of each name after each statement that has
// changed it. They are what is saved, and held against another run.
type Invariants struct {
	Tallyho    string              `json:"tallyho"` // invariantsMark, by which a file is known
	Version    int                 `json:"version"` // of this form; another one is refused
	Program    string              `json:"program"` // of the run in which they were learned
	Python     string              `json:"python,omitempty"`
	Files      []InvariantFile     `json:"files"`
	Statements []InvariantsOfPlace `json:"statements"`
}

const (
	invariantsMark    = "invariants"
	invariantsVersion = 1
)

// InvariantFile is the text that the lines are of, without secrets.
type InvariantFile struct {
	File   string `json:"file"` // as it is called in each recording of the program: below its folder
	SHA256 string `json:"sha256"`
	Source string `json:"source"`
}

// InvariantsOfPlace are those of a statement; its names are as they were after it.
type InvariantsOfPlace struct {
	File     string      `json:"file"` // a short name, by which two folders' files are matched
	Path     string      `json:"path"` // where the run had it
	Line     int         `json:"line"`
	Column   int         `json:"column,omitempty"` // of one that begins within a line
	Function string      `json:"function"`
	Call     bool        `json:"call,omitempty"` // no statement, but the arguments of a call
	Names    []Invariant `json:"names"`
}

// Invariant is what was so of a name each time.
type Invariant struct {
	Name      string     `json:"name"` // "return" is what was returned there
	Global    bool       `json:"global,omitempty"`
	Seen      uint64     `json:"seen"`              // times that it had a value there
	Unknown   uint64     `json:"unknown,omitempty"` // times that its value was not recorded whole; what would depend on it is not said
	Types     []string   `json:"types,omitempty"`   // all that its values had
	Range     *[2]Number `json:"range,omitempty"`   // of its values that are numbers
	NeverNone bool       `json:"never_none,omitempty"`
	Constant  *string    `json:"constant,omitempty"` // the one text that it always had
	Monotone  string     `json:"monotone,omitempty"` // rises or falls, in each call by itself
}

// ReadInvariants reads what was saved. The error is a part of a sentence.
func ReadInvariants(text []byte) (*Invariants, error) {
	var all Invariants
	if err := json.Unmarshal(text, &all); err != nil || all.Tallyho != invariantsMark {
		return nil, errors.New("is no file of invariants (tallyho replay --invariants -o FILE)")
	}
	if all.Version != invariantsVersion {
		return nil, errors.New("is of another version of the format than this Tallyho reads")
	}
	return &all, nil
}

// String is what was so of the name, in words.
func (i *Invariant) String() string {
	var said []string
	if len(i.Types) > 0 {
		said = append(said, strings.Join(i.Types, " or "))
	}
	if i.Constant != nil {
		said = append(said, "always "+*i.Constant)
	}
	if i.Range != nil && i.Constant == nil {
		said = append(said, i.rangeText())
	}
	if i.Monotone != "" {
		said = append(said, never[i.Monotone])
	}
	if i.NeverNone && i.Constant == nil {
		said = append(said, "never None")
	}
	if len(said) == 0 {
		said = append(said, "nothing is known")
	}
	return strings.Join(said, ", ")
}

// rangeText is the range in words.
func (i *Invariant) rangeText() string {
	text := i.Range[0].String() + " to " + i.Range[1].String()
	for _, name := range i.Types {
		if name != "int" && name != "float" {
			return text + " where it is a number"
		}
	}
	return text
}

// The ways to be monotone; a value that stays as it is breaks neither.
const (
	rises = "rises"
	falls = "falls"
)

// never has the words for Monotone: what a value did not do.
var never = map[string]string{rises: "never falling", falls: "never rising"}

// spot is a place in a recording that has invariants.
type spot struct {
	key, path, function string
	line, column        int
	call                bool
}

// spotName is a name there.
type spotName struct {
	spot
	name   string
	global bool
}

// learned is what was so of a name up to here.
type learned struct {
	seen, unknown         uint64
	types                 []string
	typesKnown            bool
	low, high             Number
	numbers, numbersKnown bool
	constant              string
	constantKnown         bool
	rose, fell            int
}

// newLearned knows all of nothing; each value that is not known takes something away.
func newLearned() *learned {
	return &learned{typesKnown: true, numbersKnown: true, constantKnown: true}
}

// see takes one value in.
func (l *learned) see(o *observed) {
	l.seen++
	if o.unknown {
		l.unknown++
	}
	if l.seen == 1 {
		l.constant = o.text
	}
	l.constantKnown = l.constantKnown && o.textKnown && o.text == l.constant
	if l.typesKnown = l.typesKnown && o.typeName != ""; l.typesKnown && !slices.Contains(l.types, o.typeName) {
		l.types = append(l.types, o.typeName)
	}
	if l.numbersKnown = l.numbersKnown && o.numberKnown; o.isNumber && l.numbersKnown {
		if !l.numbers || o.number.Compare(l.low) < 0 {
			l.low = o.number
		}
		if !l.numbers || o.number.Compare(l.high) > 0 {
			l.high = o.number
		}
		l.numbers = true
	}
	switch o.turned {
	case 1:
		l.rose++
	case -1:
		l.fell++
	}
}

// enoughTurns is how often a value must have gone one way, and never the other: once is no rule.
const enoughTurns = 2

// invariant is what can be said in the end.
func (l *learned) invariant(name string, global bool) Invariant {
	out := Invariant{Name: name, Global: global, Seen: l.seen, Unknown: l.unknown}
	if l.typesKnown {
		out.Types = slices.Clone(l.types)
		slices.Sort(out.Types)
		out.NeverNone = !slices.Contains(l.types, "NoneType")
	}
	if l.constantKnown {
		text := l.constant
		out.Constant = &text
	}
	if !l.numbers || !l.numbersKnown {
		return out
	}
	out.Range = &[2]Number{l.low, l.high}
	switch {
	case l.fell == 0 && l.rose >= enoughTurns:
		out.Monotone = rises
	case l.rose == 0 && l.fell >= enoughTurns:
		out.Monotone = falls
	}
	return out
}
