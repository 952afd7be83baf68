package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// judge runs a program and judges the hints of its file.
func judge(binary, python, program string) (verdicts, error) {
	dir, err := os.MkdirTemp("", "judge")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path, err := filepath.Abs(program)
	if err != nil {
		return nil, err
	}
	values := filepath.Join(dir, "tally.json")
	if binary, err = filepath.Abs(binary); err != nil {
		return nil, err
	}
	run := exec.Command(binary, "run", "--python", python, "--annotate", "--tally", values, path)
	run.Dir = dir
	run.Env = append(os.Environ(), "MPLBACKEND=Agg", "PYTHONHASHSEED=0")
	out, err := run.Output()
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, lastLines(err))
	}
	source, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	sampled, err := readSamples(values, path)
	if err != nil {
		return nil, err
	}
	var all verdicts
	lines := strings.Split(strings.TrimSuffix(string(source), "\n"), "\n")
	for i, hint := range hints(string(out), path, lines) {
		if hint != "" {
			all = append(all, verdict{line: i + 1, source: lines[i], hint: hint, kind: judgeHint(lines[i], hint, sampled[i+1])})
		}
	}
	return all, nil
}

func lastLines(err error) string {
	exit, ok := err.(*exec.ExitError)
	if !ok {
		return ""
	}
	lines := strings.Split(strings.TrimSpace(string(exit.Stderr)), "\n")
	return strings.Join(lines[max(0, len(lines)-3):], " / ")
}

// hints are the hints of a file's lines in what `run --annotate` printed: what follows the line itself. What the
// program printed comes before.
func hints(out, path string, lines []string) []string {
	found := make([]string, len(lines))
	at := strings.LastIndex(out, "# "+path+"\n")
	if at < 0 && strings.Contains(out, "\n"+lines[0]) {
		at = strings.LastIndex(out, "\n"+lines[0])
	}
	if at < 0 {
		return found
	}
	shown := strings.Split(out[at:], "\n")[1:]
	for i, line := range lines {
		if i < len(shown) {
			rest := strings.TrimPrefix(shown[i], strings.TrimRight(strings.ReplaceAll(line, "\t", "    "), " \r"))
			found[i] = strings.TrimSpace(rest)
		}
	}
	return found
}

// readSamples are the texts of the values that were sampled on each line.
func readSamples(file, path string) (map[int][]string, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var tallies struct {
		Files []struct {
			Path       string
			Statements []struct {
				Line    int
				Samples []struct {
					Vars   [][]string // name, type, text
					Return []string   // type, text
				}
			}
		}
	}
	if err := json.Unmarshal(data, &tallies); err != nil {
		return nil, err
	}
	found := map[int][]string{}
	for _, f := range tallies.Files {
		if f.Path != path {
			continue
		}
		for _, s := range f.Statements {
			for _, sample := range s.Samples {
				for _, v := range append(sample.Vars, sample.Return) {
					if len(v) > 0 {
						found[s.Line] = append(found[s.Line], v[len(v)-1])
					}
				}
			}
		}
	}
	return found, nil
}
