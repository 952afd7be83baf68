package fleet

import (
	"fmt"
	"maps"
	"os"
	"os/user"
	"slices"
	"time"

	"github.com/tallyho-dev/tallyho/internal/wording"
)

// Patience is how long it may take until it is strange that nobody has answered.
const Patience = 3 * time.Second

// Nobody says why no program has answered.
func (a *Asker) Nobody() string {
	agents := a.Agents()
	programs := 0
	for _, one := range agents {
		if one.Problem != "" {
			return one.Problem
		}
		programs += one.Programs
	}
	switch {
	case len(agents) == 0:
		return "no agent has answered: is one running, and connected to this hub?"
	case programs == 0:
		return fmt.Sprintf("%s answered, with no program: none has said tallyho.listen(), and nobody runs one with Tallyho", wording.Count(len(agents), "agent"))
	}
	return fmt.Sprintf("none of %s of %s is selected by %s", wording.Count(programs, "program"), wording.Count(len(agents), "agent"), a.o.Select)
}

// Problems are sentences about what a person would otherwise wait for in vain, in a
// steady order.
func Problems(all []ProgramState) []string {
	var out []string
	for _, p := range all {
		if p.Problem != "" {
			out = append(out, p.Identity.String()+": "+p.Problem)
		}
		for _, q := range p.Queries {
			if q.State == Limited || q.State == Off || q.State == Failed {
				out = append(out, fmt.Sprintf("%s: query %d: %s: %s", p.Identity, q.ID, q.State, q.Message))
			}
		}
	}
	for _, host := range slices.Sorted(maps.Keys(skewed(all))) {
		off, which := skewed(all)[host], "ahead of"
		if off < 0 {
			off, which = -off, "behind"
		}
		out = append(out, fmt.Sprintf("the clock of %s is %v %s this one: the times of its records are its own", host, off.Round(time.Second), which))
	}
	other := otherCode(all)
	for _, path := range slices.Sorted(maps.Keys(other)) {
		out = append(out, fmt.Sprintf("%s: other code on %d of %d", path, other[path][0], other[path][1]))
	}
	return out
}

// mostSkew is how far a clock may be off, and a message on its way, before it is said.
const mostSkew = 5 * time.Second

// skewed are the hosts whose clocks are off, by how much.
func skewed(all []ProgramState) map[string]time.Duration {
	out := map[string]time.Duration{}
	for _, p := range all {
		if p.Skew > mostSkew || p.Skew < -mostSkew {
			out[p.Identity.Host] = p.Skew.Round(10 * time.Second) // the same for all of a host, and each time
		}
	}
	return out
}

// otherCode compares the SHA-256 of files of one path: by path, how many processes
// have other code than most, of how many.
func otherCode(all []ProgramState) map[string][2]int {
	sums := map[string]map[string]int{}
	for _, p := range all {
		for path, sum := range p.Files {
			if sums[path] == nil {
				sums[path] = map[string]int{}
			}
			sums[path][sum]++
		}
	}
	out := map[string][2]int{}
	for path, bySum := range sums {
		total, most := 0, 0
		for _, n := range bySum {
			total += n
			most = max(most, n)
		}
		if len(bySum) > 1 {
			out[path] = [2]int{total - most, total}
		}
	}
	return out
}

// WhoAsks is how the audits of a fleet's hosts name the person at this machine.
func WhoAsks() string {
	name := "somebody"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	if host, err := os.Hostname(); err == nil {
		name += "@" + host
	}
	return name
}
