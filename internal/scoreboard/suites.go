package main

import (
	"context"
	"encoding/xml"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/tallyho-dev/tallyho/internal/testkit"
)

// suite is a package of the Python package index with its tests.
type suite struct {
	name, version string
	source        string   // where its modules lie in its archive, to be the person's own code
	tests         string   // where its tests lie
	needs         []string // packages that the tests need
}

var known = []suite{
	{"itsdangerous", "2.2.0", "src", "tests", []string{"freezegun"}},
	{"idna", "3.20", ".", "tests", []string{"hypothesis"}},
	{"pluggy", "1.7.0", "src", "testing", nil},
	{"markupsafe", "3.0.4", "src", "tests", nil},
	{"toolz", "1.2.0", ".", "toolz/tests", nil},
	{"marshmallow", "4.4.0", "src", "tests", []string{"simplejson"}},
	{"click", "8.5.1", "src", "tests", []string{"click==8.5.1"}},
	{"packaging", "26.3", "src", "tests", []string{"pretend", "hypothesis", "tomli_w"}},
	{"h11", "0.16.0", ".", "h11/tests", nil},
	{"jinja2", "3.1.6", "src", "tests", []string{"trio", "markupsafe"}},
	{"attrs", "26.1.0", "src", "tests", []string{"hypothesis", "cloudpickle"}},
	{"more-itertools", "11.2.1", ".", "tests", nil},
}

// ways are how a suite is run: bare, and with what of tallyho.
var ways = []struct {
	name  string
	flags []string // of tallyho run; nil: bare
}{
	{"bare", nil},
	{"tallied", []string{"--tally", "tally.json"}},
	{"a query on every call", []string{"--no-tally", "--output", os.DevNull, "-q", "kind='call',filename_sw='FOLDER'"}},
}

// suites runs the test suites of known packages in each way.
func (r *runner) suites(ctx context.Context) error {
	found, err := testkit.Select("3.13")
	if err != nil {
		return err
	}
	for _, s := range known {
		if !r.wants(s.name) {
			continue
		}
		result := suiteResult{Name: s.name, Version: s.version, Python: found[0].Version}
		if err := r.suite(ctx, found[0], s, &result); err != nil {
			result.Problem = err.Error()
		}
		fmt.Printf("%s %s: %s\n", s.name, s.version, result.summary())
		if err := r.keep(func(b *board) { b.addSuite(result) }); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

func (r *runner) suite(ctx context.Context, p testkit.Interpreter, s suite, result *suiteResult) error {
	python, err := testkit.Venv(p, append([]string{"pytest==8.4.2"}, s.needs...)...)
	if err != nil {
		return err
	}
	dir, err := unpacked(ctx, python, s)
	if err != nil {
		return err
	}
	var bare map[string]string
	for _, way := range ways {
		got, cost, err := r.runSuite(ctx, python, dir, s, way.flags)
		if err != nil {
			return fmt.Errorf("%s: %w", way.name, err)
		}
		if bare == nil {
			bare, result.Tests = got, len(got)
			for _, outcome := range got {
				if outcome == "failed" {
					result.Failed++
				}
			}
		}
		cost.Name, cost.Differences = way.name, differences(bare, got)
		result.Ways = append(result.Ways, cost)
	}
	return nil
}

// unpacked is the folder of a package's source archive, which pip fetches on first use.
func unpacked(ctx context.Context, python string, s suite) (string, error) {
	into := filepath.Join(testkit.Cache(), "suites")
	name := strings.ReplaceAll(s.name, "-", "?") + "-" + s.version
	if dirs, _ := filepath.Glob(filepath.Join(into, name)); len(dirs) > 0 {
		return dirs[0], nil
	}
	if err := os.MkdirAll(into, 0o755); err != nil {
		return "", err
	}
	fetch := exec.CommandContext(ctx, python, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-binary", s.name,
		"--dest", into, s.name+"=="+s.version)
	if out, err := fetch.CombinedOutput(); err != nil {
		return "", fmt.Errorf("fetch: %w: %s", err, lastLine(out))
	}
	archives, _ := filepath.Glob(filepath.Join(into, name+".tar.gz"))
	if len(archives) == 0 {
		return "", fmt.Errorf("pip fetched no %s.tar.gz", name)
	}
	if out, err := exec.CommandContext(ctx, "tar", "-C", into, "-xzf", archives[0]).CombinedOutput(); err != nil {
		return "", fmt.Errorf("unpack: %w: %s", err, lastLine(out))
	}
	_ = os.Remove(archives[0])
	dirs, _ := filepath.Glob(filepath.Join(into, name))
	if len(dirs) == 0 {
		return "", fmt.Errorf("%s has no folder of that name", archives[0])
	}
	return dirs[0], nil
}

// runSuite runs a suite's tests in one way, and returns what became of each and what it cost.
func (r *runner) runSuite(ctx context.Context, python, dir string, s suite, flags []string) (map[string]string, wayResult, error) {
	work, err := os.MkdirTemp("", "scoreboard-")
	if err != nil {
		return nil, wayResult{}, err
	}
	defer os.RemoveAll(work)
	report := filepath.Join(work, "report.xml")
	flags = slices.Clone(flags)
	for i, flag := range flags {
		flags[i] = strings.NewReplacer("tally.json", filepath.Join(work, "tally.json"), "FOLDER", dir).Replace(flag)
	}
	pytest := []string{"-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "--continue-on-collection-errors", "--junitxml", report, s.tests}
	argv := append([]string{python}, pytest...)
	if flags != nil {
		argv = append(append([]string{r.binary, "run", "--python", python}, flags...), pytest...)
	}
	cmd := exec.CommandContext(ctx, "nice", append([]string{"-n", "10"}, argv...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PYTHONPATH="+filepath.Join(dir, s.source), "PYTHONHASHSEED=0", "PYTHONDONTWRITEBYTECODE=1", "XDG_RUNTIME_DIR="+work)
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		return nil, wayResult{}, ctx.Err()
	}
	got, problem := outcomes(report)
	if problem != nil {
		return nil, wayResult{}, fmt.Errorf("no report: %v: %s", err, lastLine(out))
	}
	used := cmd.ProcessState
	return got, wayResult{Seconds: (used.UserTime() + used.SystemTime()).Seconds(), Megabytes: megabytes(used)}, nil
}

// clock is a time of day, of which some suites make names of tests.
var clock = regexp.MustCompile(`\d\d:\d\d:\d\d`)

// outcomes reads what became of each test: passed, failed or skipped.
func outcomes(report string) (map[string]string, error) {
	data, err := os.ReadFile(report)
	if err != nil {
		return nil, err
	}
	var file struct {
		Cases []struct {
			Class   string    `xml:"classname,attr"`
			Name    string    `xml:"name,attr"`
			Failure *struct{} `xml:"failure"`
			Error   *struct{} `xml:"error"`
			Skipped *struct{} `xml:"skipped"`
		} `xml:"testsuite>testcase"`
	}
	if err := xml.Unmarshal(data, &file); err != nil {
		return nil, err
	}
	got := map[string]string{}
	for _, c := range file.Cases {
		outcome := "passed"
		switch {
		case c.Failure != nil || c.Error != nil:
			outcome = "failed"
		case c.Skipped != nil:
			outcome = "skipped"
		}
		got[c.Class+"::"+clock.ReplaceAllString(c.Name, "00:00:00")] = outcome
	}
	return got, nil
}

// differences are the tests of which something else became.
func differences(bare, got map[string]string) []string {
	var found []string
	for name, outcome := range bare {
		if other := got[name]; other != outcome {
			if other == "" {
				other = "not run"
			}
			found = append(found, name+" "+outcome+", "+other)
		}
	}
	for name, outcome := range got {
		if bare[name] == "" {
			found = append(found, name+" not run, "+outcome)
		}
	}
	slices.Sort(found)
	return found
}

func lastLine(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return lines[len(lines)-1]
}
