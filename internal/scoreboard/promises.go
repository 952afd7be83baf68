package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// promise is one row: what is promised, with which bar, and what shows it.
type promise struct {
	id, what, bar string
	env           []string
	packages      []string // of the Go tests that show it
	tests         string   // a pattern of their names
	own           string   // instead: the command, where no Go tests are it
	figures       func(context.Context, *runner) ([]string, error)
	short         string // what the bar asks for and nothing shows
}

// promised are the rows, in the order of areas.
var promised = []promise{
	{id: "L1", what: "load: the bridge in Python, one query with three small values, 3.11", bar: "100,000 events/s, none lost", own: "go run ./internal/scoreboard -part promises -only L1", figures: loadOf("3.11", "off"),
		short: "one run of some seconds, not of 60"},
	{id: "L2", what: "load: from the program to JSON Lines", bar: "100,000 events/s, none lost, Tallyho below 200 MB", own: "go run ./internal/scoreboard -part promises -only L2", figures: loadOf("3.13", "auto"),
		short: "one run of some seconds, not of 60"},
	{id: "L3", what: "load: to the editor", bar: "1,000 lines/s at most, the rest counted; the adapter never waits", packages: []string{"./dap", "./dap/console"}, tests: "TestRateLimit|TestFollowedFlood|TestEveryRecordIsInTheFile|TestBatches"},
	{id: "L4", what: "load: more than fits into the ring", bar: "what is dropped is counted exactly", packages: []string{"./pybridge/tests/..."}, tests: "TestPython/3.1[13]/test_(full_ring|ends)$"},
	{id: "L5", what: "overhead: nothing is asked of the code that runs", bar: "1 % at most (3.12 on)", own: "make bench", short: "3.12 itself undoes its super-instructions in code that a tool has looked at: 2 to 3 % in loops (costs.md)"},
	{id: "F1", what: "kill -9 of the program at random moments", bar: "all that was committed is delivered", env: []string{"TALLYHO_TEST_KILLS=50"}, packages: []string{"./e2e/...", "./engine/link"}, tests: "TestAKilledProgramsRecordsAreAllThere|TestCountsSurviveSIGKILL|TestADeadProgramsGapIsCounted"},
	{id: "F2", what: "kill -9 of Tallyho", bar: "the program goes on and ends as it would have", packages: []string{"./e2e/...", "./dap"}, tests: "TestTheProgramOutlivesTallyho|TestAttachedProgramOutlivesTheAdapter|TestAdapterDies$|TestAdapterDiesAtAStop"},
	{id: "F3", what: "the editor dies, or closes half of its connection", bar: "the adapter ends; an attached program is untouched", packages: []string{"./dap"}, tests: "TestEditorDies|TestBrokenStream|TestAStoppedChildEndsWithItsClient"},
	{id: "F4", what: "connections are cut and made anew", bar: "100 times, nothing twice, nothing lost", packages: []string{"./dap", "./fleet"}, tests: "TestReattach|TestACutThatHealsLosesNoCount|TestACutThatHealsKeepsATalk|TestReleaseBringsTheLastWord",
		short: "a handful of cuts, not 100; of one machine's link it is attaching anew that is tested"},
	{id: "F5", what: "a full disk, a limit of file sizes, a directory that is gone", bar: "the session goes on, and says so", packages: []string{"./e2e/..."}, tests: "TestAFullDisk|TestAProgramRunsUnderAFileSizeLimit|TestAWorkingDirectoryThatIsGone"},
	{id: "F6", what: "a client that reads slowly or not at all", bar: "memory flat, what is dropped is counted", packages: []string{"./dap/console", "./e2e/...", "./engine/hub"}, tests: "TestSlowClient|TestAReaderThatReadsNoMoreHoldsNobody|TestAPipeThatNobodyReads|TestAClientThatNeverReadsHoldsNothingUp"},
	{id: "F7", what: "fuzzers of every decoder", bar: "10,000,000 executions each", own: "make fuzz", figures: fuzzed, short: "ten million are a night's: scripts/fuzz 10000000x"},
	{id: "F8", what: "streams cut at every byte", bar: "a whole message, or waiting for one", packages: []string{"./internal/framing", "./engine/link", "./engine/recording", "./dap"}, tests: "TestFramesSplitAnywhere|TestJSONThatGoesOnInTheNextRecord|TestFramesOfImpossibleSizes|TestACutFileIsReadToItsLastBlock|TestBrokenStream"},
	{id: "F9", what: "HTTP and TLS at each port", bar: "closed before anything is read as ours", packages: []string{"./dap", "./engine/link", "./engine/hub"}, tests: "TestNotDAP|TestStrangersAreTurnedAway|TestStrangersAreShownOut"},
	{id: "B1", what: "values that bite", bar: "none of their code runs, each within its limits", packages: []string{"./pybridge/tests/..."}, tests: "TestPython/3.1[13]/test_(menagerie|values|activity|otel_spans)$"},
	{id: "B2", what: "files and names of all kinds", bar: "traced, moved with a sentence, or refused with a reason", packages: []string{"./dap", "./e2e/..."}, tests: "TestWaysToStartPython|TestCodeWithoutAFile|TestLinkedWorkspace|TestNamesOfLinks|TestColumns|TestPrograms|TestTheProgramOnStandardInput"},
	{id: "B3", what: "interpreters that cannot be used", bar: "one sentence that says what to do", packages: []string{"./dap", "./e2e/...", "./engine/launch"}, tests: "TestOldInterpreter|TestATooOldPythonIsRefused|TestAChildOfAnOlderPythonIsNamed|TestInterpreters|TestBadInput"},
	{id: "C1", what: "threads at once", bar: "exact", packages: []string{"./e2e/..."}, tests: "TestFreeThreads|TestGeneratorsAreCountedAcrossThreads", short: "8 threads of 9,000 events, not 64 of 10,000"},
	{id: "C2", what: "1,000 tasks and greenlets", bar: "exact, each record names its own", packages: []string{"./e2e/..."}, tests: "TestByTurns"},
	{id: "C3", what: "processes: fork, spawn, pools, subprocess, exec", bar: "the sum is exact", packages: []string{"./e2e/...", "./dap"}, tests: "TestProcessesAddUp|TestChildrenOutOfReachAreNamed|TestAPoolStops", short: "no storm of 200 forks"},
	{id: "C4", what: "exceptions from signals at random moments", bar: "each reaches the program", packages: []string{"./pybridge/tests/..."}, tests: "TestPython/3.1[13]/test_(guest|lasting|guards)$"},
	{id: "X1", what: "other people's test suites", bar: "five suites end as without Tallyho", own: "go run ./internal/scoreboard -part suites", figures: suitesSame},
	{id: "X2", what: "what a program sees and leaves behind", bar: "the same", packages: []string{"./e2e/...", "./pybridge/tests/..."}, tests: "TestTheProgramRunsAsWithPlainPython|TestNothingIsLeftBehind|TestAChildIsNotToldOfUs|TestPython/3.1[13]/test_leaks$"},
	{id: "X3", what: "versions, backends, accelerator, systems", bar: "each cell passes or is said not to be there", own: "go run ./internal/scoreboard -part matrix", figures: cellsPassed},
	{id: "S1", what: "other users, other tokens, other people's caches", bar: "refused", packages: []string{"./e2e/...", "./engine/link", "./engine/hub", "./dap"}, tests: "TestAnotherUserIsNotServed|TestACacheOfOthersIsNotRun|TestStrangersAreTurnedAway|TestKeeperWithoutToken|TestTheDirectoryIsTheUsersAlone|TestSocketIsPrivate"},
	{id: "S2", what: "secrets", bar: "none is shown in any place", packages: []string{"./e2e/...", "./pybridge/tests/..."}, tests: "TestSecretsAreNotShown|TestPython/3.1[13]/test_redact$"},
	{id: "Z", what: "sanitizers and references", bar: "nothing found; references stay flat", own: "make sanitize && make test-leaks", short: "run by themselves; ThreadSanitizer is not run over the bridge's C files, which a Python without the GIL does not load"},
}

// command is what anyone can run.
func (p promise) command() string {
	if p.own != "" {
		return p.own
	}
	return strings.Join(append(slices.Clone(p.env), p.argv()...), " ")
}

func (p promise) argv() []string {
	return append([]string{"go", "test", "-count=1", "-run", "'" + p.tests + "'"}, p.packages...)
}

// promises runs what shows each.
func (r *runner) promises(ctx context.Context) error {
	for _, p := range promised {
		if !r.wants(p.id) {
			continue
		}
		result := promiseResult{ID: p.id}
		if p.figures != nil {
			figures, err := p.figures(ctx, r)
			if err != nil {
				result.Problem = err.Error()
			}
			result.Figures = figures
		}
		if len(p.packages) > 0 {
			if err := r.goTest(ctx, p, &result); err != nil {
				return err
			}
		}
		fmt.Println(p.id, result.Passed, "passed,", result.Failed, "failed,", result.Skipped, "skipped", result.Figures, result.Problem)
		r.board.addPromise(result)
		if err := r.keep(); err != nil {
			return err
		}
	}
	return nil
}

// goTest runs the tests of a promise and counts those that have no tests within.
func (r *runner) goTest(ctx context.Context, p promise, result *promiseResult) error {
	args := []string{"-n", "10", "go", "test", "-json", "-count=1", "-timeout", "30m", "-run", p.tests}
	cmd := exec.CommandContext(ctx, "nice", append(args, p.packages...)...)
	cmd.Dir = r.root
	cmd.Env = append(append(os.Environ(), "TALLYHO_BIN="+r.binary, "TALLYHO_TEST_SIZE=1"), p.env...)
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	runs := cmd.Run()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	actions := map[string]string{}
	for decoder := json.NewDecoder(&out); ; {
		var said struct{ Action, Package, Test string }
		if decoder.Decode(&said) != nil {
			break
		}
		if said.Test != "" && (said.Action == "pass" || said.Action == "fail" || said.Action == "skip") {
			actions[said.Package+" "+said.Test] = said.Action
		}
	}
	var failed []string
	for name, action := range actions {
		if hasWithin(actions, name) {
			continue
		}
		switch action {
		case "pass":
			result.Passed++
		case "skip":
			result.Skipped++
		default:
			result.Failed++
			failed = append(failed, name[strings.LastIndex(name, " ")+1:])
		}
	}
	slices.Sort(failed)
	if len(failed) > 0 {
		result.Problem = "failed: " + strings.Join(failed, ", ")
	} else if runs != nil && result.Passed == 0 {
		result.Problem = "did not run: " + lastLine(complaints.Bytes())
	}
	return nil
}

// hasWithin reports whether a test has others within it, which count instead.
func hasWithin(actions map[string]string, name string) bool {
	for other := range actions {
		if strings.HasPrefix(other, name+"/") {
			return true
		}
	}
	return false
}

// fuzzed tells how far the fuzzers came.
func fuzzed(_ context.Context, r *runner) ([]string, error) {
	if len(r.board.Fuzz) == 0 {
		return nil, nil
	}
	fewest, all := r.board.Fuzz[0], int64(0)
	for _, f := range r.board.Fuzz {
		all += f.Runs
		if f.Runs < fewest.Runs {
			fewest = f
		}
	}
	return []string{fmt.Sprintf("%d targets, %s executions together, the fewest %s (%s)", len(r.board.Fuzz), thousands(all), thousands(fewest.Runs), fewest.Target)}, nil
}

// suitesSame tells how many suites ended as they do bare.
func suitesSame(_ context.Context, r *runner) ([]string, error) {
	tests, suites, differ := 0, 0, 0
	for _, s := range r.board.Suites {
		if s.Problem != "" {
			continue
		}
		suites++
		tests += s.Tests
		for _, way := range s.Ways {
			differ += len(way.Differences)
		}
	}
	return []string{fmt.Sprintf("%d suites with %s tests, two ways each: %d tests end otherwise than bare", suites, thousands(int64(tests)), differ)}, nil
}

// cellsPassed tells of the matrix.
func cellsPassed(_ context.Context, r *runner) ([]string, error) {
	passed, bad := 0, 0
	for _, c := range r.board.Cells {
		passed += c.Passed
		if c.Failed > 0 {
			bad++
		}
	}
	return []string{fmt.Sprintf("%d cells, %s tests passed, failures in %d cells", len(r.board.Cells), thousands(int64(passed)), bad)}, nil
}
