package fleet

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"time"
)

// Policy is what whoever runs a host lets others ask there. Nil lets everything be
// asked that a Budget and careful mode allow.
type Policy struct {
	// Modules are patterns of modules (* is anything) that may be looked at; none: all.
	Modules []string `json:"modules,omitempty"`
	// Forbidden are modules that may not be, whatever Modules says.
	Forbidden []string `json:"forbidden,omitempty"`
	// Values says whether values may leave the program; where they may not, hits are counted.
	Values *bool `json:"values,omitempty"`
	// Askers are the public nkeys ("U…") of those who may ask; none: everybody on the bus.
	Askers []string `json:"askers,omitempty"`
	// Stop lets one process be stopped and looked at by whoever may ask.
	Stop bool `json:"stop,omitempty"`
	// Records and CPU are the most that a Budget may be.
	Records int     `json:"records,omitempty"`
	CPU     float64 `json:"cpu,omitempty"`
}

// ReadPolicy reads a policy file. A key that is not known is a mistake: what was to
// be forbidden would be allowed.
func ReadPolicy(path string) (*Policy, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	d := json.NewDecoder(io.LimitReader(f, maxMessage))
	d.DisallowUnknownFields()
	p := &Policy{}
	if err := d.Decode(p); err != nil {
		return nil, fmt.Errorf("%s is no policy: %w", path, err)
	}
	if p.Records < 0 || p.CPU < 0 || p.CPU > 1 {
		return nil, errors.New(path + `: "records" is a number of records in a second, and "cpu" a share between 0 and 1`)
	}
	return p, nil
}

func (p *Policy) within(b Budget) Budget {
	if p == nil {
		return b
	}
	most := Budget{b.Records, b.CPU}
	if p.Records > 0 {
		most.Records = p.Records
	}
	if p.CPU > 0 {
		most.CPU = p.CPU
	}
	return b.within(most)
}

// judge returns the queries as a program may be asked them, and of those that it may
// not be the reasons, by ID.
func (p *Policy) judge(queries []Query) (may []Query, refusals map[int]string) {
	refusals = map[int]string{}
	for _, q := range queries {
		if q.Spec.Stop {
			refusals[q.ID] = "nothing stops the programs of a fleet; one by its name (\"process\") can be stopped"
			continue
		}
		if p != nil {
			if why := p.restrict(&q); why != "" {
				refusals[q.ID] = why
				continue
			}
		}
		may = append(may, q)
	}
	return may, refusals
}

// restrict makes a query ask no more than the policy allows, or says why it cannot.
func (p *Policy) restrict(q *Query) string {
	if p.Values != nil && !*p.Values {
		q.Spec.Count, q.Spec.LogMessage = true, ""
	}
	if len(p.Modules)+len(p.Forbidden) == 0 {
		return ""
	}
	if q.Spec.Condition != "" {
		return "this host's policy limits which modules may be looked at; with that a query has no condition besides"
	}
	var tests []string
	if len(p.Forbidden) > 0 {
		tests = append(tests, "(?!"+anyOf(p.Forbidden)+"$)")
	}
	if len(p.Modules) > 0 {
		tests = append(tests, anyOf(p.Modules)+"$")
	}
	pattern, _ := json.Marshal("^" + strings.Join(tests, ""))
	q.Spec.Condition = "module_regex=" + string(pattern)
	return ""
}

// anyOf is a regular expression of some patterns of modules.
func anyOf(patterns []string) string {
	all := make([]string, len(patterns))
	for i, one := range patterns {
		all[i] = strings.ReplaceAll(regexp.QuoteMeta(one), `\*`, ".*")
	}
	return "(?:" + strings.Join(all, "|") + ")"
}

// Entry is one line of the audit: who asked what of which programs.
type Entry struct {
	Time     time.Time `json:"time"`
	What     string    `json:"what"` // "asked", "expired", "left"; of one process "debugs", "debugged"
	Owner    string    `json:"owner"`
	By       string    `json:"by,omitempty"`  // who asks, as they say
	Key      string    `json:"key,omitempty"` // the nkey that it was signed with
	Revision uint64    `json:"revision"`
	Select   string    `json:"select,omitempty"`
	Queries  []string  `json:"queries,omitempty"`
	Process  string    `json:"process,omitempty"` // that is stopped and looked at
}

func entryOf(at time.Time, w *wanted, what string) Entry {
	e := Entry{Time: at, What: what, Owner: w.Owner, By: w.By, Key: w.key, Revision: w.Revision, Select: w.Select}
	for _, q := range w.Queries {
		e.Queries = append(e.Queries, q.String())
	}
	return e
}

// String is the question as a person knows it.
func (q Query) String() string {
	s := q.Spec
	switch {
	case s.Query != "":
		return s.Query
	case s.Function != "":
		return s.Function
	case s.Exceptions != "":
		return s.Exceptions + " exceptions"
	}
	return fmt.Sprintf("%s:%d", s.Path, s.Line)
}
