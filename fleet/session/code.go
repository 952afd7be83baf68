package session

import (
	"maps"
	"slices"

	"github.com/tallyho-dev/tallyho/fleet"
)

// code knows which text of a file the person has, and where its lines are in the texts
// that run elsewhere. run owns it; looking through a repository is done beside it.
type code struct {
	local  func(path string) string // the person's name of a file of the fleet's
	files  map[string]*codeFile     // by the fleet's name
	beside func(func())             // has something done that takes time
	after  func(func())             // and what comes of it, by run
	again  func()                   // what is asked has changed
}

// mostVersions of one file are told of.
const mostVersions = 100

// codeFile is one file that tracepoints are on.
type codeFile struct {
	version                    // the person's, as it was looked at last
	others  map[string]*string // texts of other code, by sum; nil: it is being looked for, or was not found
}

// query is what is asked of the fleet about a line: of which code the line is, and where
// it is in other code that is known.
func (c *code) query(q fleet.Query) fleet.Query {
	if q.Spec.Path == "" || q.Spec.Line == 0 {
		return q
	}
	f := c.files[q.Spec.Path]
	if now, ok := current(c.local(q.Spec.Path)); ok && (f == nil || f.sum != now.sum) {
		others := map[string]*string{}
		if f != nil {
			others = f.others
			others[f.sum] = &f.text
		}
		f = &codeFile{version: now, others: others}
		c.files[q.Spec.Path] = f
	}
	if f == nil {
		return q // the person has no such file, and means the line as it is there
	}
	q.Sum = f.sum
	for sum, text := range f.others {
		if text != nil {
			if q.Lines == nil {
				q.Lines = map[string]int{}
			}
			q.Lines[sum] = lineIn(f.text, q.Spec.Line, *text)
		}
	}
	return q
}

// learn looks for the code that processes have in place of the person's.
func (c *code) learn(all []fleet.ProgramState) {
	fresh := map[string][]string{}
	for _, p := range all {
		for path, sum := range p.Files {
			f := c.files[path]
			if f == nil || sum == f.sum {
				continue
			}
			if _, known := f.others[sum]; !known && len(f.others) < mostVersions {
				f.others[sum] = nil
				fresh[path] = append(fresh[path], sum)
			}
		}
	}
	for _, path := range slices.Sorted(maps.Keys(fresh)) {
		f, local, sums := c.files[path], c.local(path), fresh[path]
		c.beside(func() {
			found := earlier(local, sums)
			if len(found) == 0 {
				return
			}
			c.after(func() {
				for sum, text := range found {
					f.others[sum] = &text
				}
				c.again()
			})
		})
	}
}
