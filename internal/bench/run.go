package main

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

//go:embed programs
var programs embed.FS

// environment is one interpreter with what is needed to run the variants.
type environment struct {
	tallyho string
	python  testkit.Interpreter
	peers   string // interpreter of a private environment that holds the other tools, "" without
	dir     string // the programs, written out
	started bool   // the programs of starting are written too
}

// peerPackages are the other tools, with what one of them needs in a version that
// it works with. The first is the only one that is measured below 3.12, where not all of the others can be installed.
var peerPackages = []string{"hunter==3.9.0", "debugpy==1.8.22", "coverage==7.17.3", "PySnooper==1.2.3", "viztracer==1.1.1", "tracefunc==0.0.7", "fastcore==2.2.39"}

func prepare(tallyho string, p testkit.Interpreter, peers bool) (*environment, error) {
	tallyho, err := filepath.Abs(tallyho)
	if err != nil {
		return nil, err
	}
	e := &environment{tallyho: tallyho, python: p}
	if e.dir, err = os.MkdirTemp("", "tallyho-bench-"); err != nil {
		return nil, err
	}
	if err := os.CopyFS(e.dir, programs); err != nil {
		return nil, err
	}
	if peers {
		packages := peerPackages
		if !p.Monitoring() {
			packages = packages[:1]
		}
		if e.peers, err = testkit.Venv(p, packages...); err != nil {
			fmt.Fprintln(os.Stderr, "bench: other tools are left out:", err)
		}
	}
	return e, nil
}

// closeRounds is how many times as many rounds a variant gets whose bound is
// within a tenth of the bare program, and the bare program beside it: the best
// of five runs of one program differ by a few per cent between themselves.
const closeRounds = 5

// close reports whether a variant has more rounds, with the bare program.
func (c bench) close(v variant) bool {
	isClose := func(v variant) bool { return v.bound > 0 && v.bound <= 1.1 }
	if v.tool == "" {
		return slices.ContainsFunc(c.variants, isClose)
	}
	return isClose(v)
}

// measure runs a case and prints a row for each variant; it returns how many
// bounds were missed.
func (e *environment) measure(w io.Writer, c bench, rounds int) (missed int, err error) {
	if err := e.generate(c); err != nil {
		return 0, err
	}
	all := append([]variant{{name: "bare"}}, c.variants...)
	best := make([]float64, len(all))
	for i := range best {
		best[i] = math.Inf(1)
	}
	for round := range rounds * closeRounds {
		for i, v := range all {
			if v.tool != "" && v.tool != "tallyho" && v.tool != "record" && e.peers == "" {
				continue
			}
			if round >= rounds && !c.close(v) {
				continue
			}
			ns, err := e.once(c, v)
			if err != nil {
				return 0, fmt.Errorf("%s: %w", v.name, err)
			}
			if v.hits > 0 {
				ns *= float64(c.hits) / float64(v.hits)
			}
			best[i] = min(best[i], ns)
		}
	}
	fmt.Fprintf(w, "%s\t\t\t%s bare\n", c.name, c.bare(best[0]))
	hunters := hunterAdds(all, best)
	for i, v := range all[1:] {
		got := best[i+1]
		if math.IsInf(got, 1) {
			continue
		}
		ratio, bound, limit := got/best[0], "", v.bound
		if c.unit != "" {
			limit = 1 + float64(memoryOnce+memoryPerStatement*c.hits)/best[0]
		}
		if limit > 0 {
			bound = fmt.Sprintf("≤ %.2f", limit)
			if ratio > limit {
				bound += " MISSED"
				missed++
			}
		}
		if v.less > 0 && hunters > 0 {
			// What cannot be told from nothing counts as a thousandth of the program.
			times := hunters / max(got-best[0], best[0]/1000)
			bound = fmt.Sprintf("%.1f× less, ≥ %.0f", times, v.less)
			if times < v.less {
				bound += " MISSED"
				missed++
			}
		}
		fmt.Fprintf(w, "  %s\t%.3f\t%s\t%.0f %s\n", v.name, ratio, bound, (got-best[0])/float64(c.hits), cmp.Or(c.unit, "ns"))
	}
	return missed, nil
}

// hunterAdds is what hunter adds to the bare program, 0 where it was not
// measured.
func hunterAdds(all []variant, best []float64) float64 {
	for i, v := range all {
		if v.tool == "hunter" && !math.IsInf(best[i], 1) {
			return best[i] - best[0]
		}
	}
	return 0
}

// once runs a variant and returns the nanoseconds its program printed.
func (e *environment) once(c bench, v variant) (float64, error) {
	program := c.program
	if v.program != "" {
		program = v.program
	}
	cmd := e.command(filepath.Join(e.dir, "programs", program), v)
	cmd.Dir = e.dir
	if err := e.begin(cmd, c, v); err != nil {
		return 0, err
	}
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return 0, fmt.Errorf("%w: %s", err, lastLine(errs.String()))
	}
	return strconv.ParseFloat(lastLine(out.String()), 64)
}

func (e *environment) command(program string, v variant) *exec.Cmd {
	switch v.tool {
	case "tallyho":
		args := append([]string{"run", "--python", e.python.Path, "--output", filepath.Join(e.dir, "printed")}, v.args...)
		return exec.Command(e.tallyho, append(args, program)...)
	case "record":
		return e.record(v.args, program)
	case "hunter":
		cmd := exec.Command(e.peers, program)
		cmd.Env = append(os.Environ(), "PYTHONHUNTER="+v.args[0],
			"PYTHONHUNTERCONFIG=stream=open('"+filepath.Join(e.dir, "printed")+"', 'w')")
		return cmd
	case "coverage":
		args := []string{"-m", "coverage", "run", "--data-file=" + filepath.Join(e.dir, "covered"), "--pylib"}
		cmd := exec.Command(e.peers, append(append(args, v.args[1:]...), program)...)
		cmd.Env = append(os.Environ(), "COVERAGE_CORE="+v.args[0])
		return cmd
	case "viztracer":
		return exec.Command(e.peers, "-m", "viztracer", "--quiet", "--output_file", filepath.Join(e.dir, "calls.json"), program)
	case "python":
		return exec.Command(e.peers, program)
	}
	return exec.Command(e.python.Path, program)
}

func lastLine(s string) string {
	s = strings.TrimSpace(s)
	return s[strings.LastIndex(s, "\n")+1:]
}
