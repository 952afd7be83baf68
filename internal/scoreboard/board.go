package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// board is all that was measured, as docs/scoreboard.json keeps it.
type board struct {
	Machine  string          `json:"machine"`
	Cells    []cell          `json:"cells"`
	Promises []promiseResult `json:"promises"`
	Suites   []suiteResult   `json:"suites"`
	Fuzz     []fuzzResult    `json:"fuzz"`
}

// cell is one combination of what the bridge may meet, and what ran there.
type cell struct {
	Python, Backend, Accelerator, System string
	Passed, Failed, Skipped              int
	Note                                 string `json:",omitempty"` // why there is nothing, or what failed
}

// promiseResult is what the tests of a promise said.
type promiseResult struct {
	ID                      string
	Passed, Failed, Skipped int
	Figures                 []string `json:",omitempty"`
	Problem                 string   `json:",omitempty"`
}

// suiteResult is what became of a package's tests.
type suiteResult struct {
	Name, Version, Python string
	Tests, Failed         int // bare
	Ways                  []wayResult
	Problem               string `json:",omitempty"`
}

// wayResult is what a suite cost in one way, and what became of other tests than bare.
type wayResult struct {
	Name               string
	Seconds, Megabytes float64
	Differences        []string `json:",omitempty"`
}

// fuzzResult is how far a fuzzer came.
type fuzzResult struct {
	Target  string
	Runs    int64
	Problem string `json:",omitempty"`
}

func readBoard(docs string) (*board, error) {
	b := &board{}
	data, err := os.ReadFile(filepath.Join(docs, "scoreboard.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return b, nil
	}
	if err != nil {
		return nil, err
	}
	return b, json.Unmarshal(data, b)
}

func (b *board) write(docs string) error {
	data, err := json.MarshalIndent(b, "", " ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(docs, "scoreboard.json"), append(data, '\n'), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(docs, "scoreboard.md"), []byte(b.document()), 0o644)
}

func (b *board) addSuite(s suiteResult) {
	b.Suites = put(b.Suites, s, func(one suiteResult) string { return one.Name })
}

func (b *board) addPromise(p promiseResult) {
	b.Promises = put(b.Promises, p, func(one promiseResult) string { return one.ID })
}

func (b *board) addFuzz(f fuzzResult) {
	b.Fuzz = put(b.Fuzz, f, func(one fuzzResult) string { return one.Target })
}

func (b *board) addCell(c cell) {
	b.Cells = put(b.Cells, c, cell.key)
}

func (c cell) key() string {
	return fmt.Sprintf("%s %06.2f %s %s", c.System, version(c.Python), c.Backend, c.Accelerator)
}

// String is the line that tells of a cell as it is filled.
func (c cell) String() string {
	return strings.TrimSpace(fmt.Sprintf("%s, Python %s, %s, accelerator: %s: %d passed, %d failed, %d skipped %s",
		c.System, c.Python, c.Backend, c.Accelerator, c.Passed, c.Failed, c.Skipped, c.Note))
}

// version orders 3.9 before 3.10, and a build without the GIL after the usual one.
func version(text string) float64 {
	var major, minor int
	_, _ = fmt.Sscanf(text, "%d.%d", &major, &minor)
	n := float64(major*100 + minor)
	if strings.HasSuffix(text, "t") {
		n += 0.5
	}
	return n
}

// put has a result stand in the place of an earlier one of the same, in the order of their keys.
func put[T any](all []T, one T, key func(T) string) []T {
	all = slices.DeleteFunc(all, func(old T) bool { return key(old) == key(one) })
	all = append(all, one)
	slices.SortFunc(all, func(a, b T) int { return strings.Compare(key(a), key(b)) })
	return all
}

// machine says what was measured on.
func machine() string {
	name := runtime.GOARCH
	if data, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for _, line := range strings.Split(string(data), "\n") {
			if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
				name = strings.TrimSpace(value)
				break
			}
		}
	}
	system := runtime.GOOS
	if out, err := exec.Command("uname", "-sr").Output(); err == nil {
		system = strings.TrimSpace(string(out))
	}
	return fmt.Sprintf("%s, %d processors, %s", name, runtime.NumCPU(), system)
}
