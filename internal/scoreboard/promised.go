package main

// promise is one row: what is promised, with which bar, and what shows it: tests, figures of its own, or what the other parts of the board say.
type promise struct {
	id, what, bar string
	env           []string
	packages      []string // of the Go tests that show it
	tests         string   // a pattern of their names
	own           string   // instead: the command, where no Go tests are it
	figures       measuring
	of            telling
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
	{id: "L5", what: "overhead: nothing is asked of the code that runs", bar: "1 % at most (3.12 on)", own: "scripts/bench -only '^nothing asked$' -peers=false -python 3.12,3.13,3.14,3.15", figures: nothingAsked, short: "3.12 itself undoes its super-instructions in code that a tool has looked at: 2 to 3 % in loops (costs.md)"},
	{id: "F1", what: "kill -9 of the program at random moments", bar: "all that was committed is delivered", env: []string{"TALLYHO_TEST_KILLS=50"}, packages: []string{"./e2e/...", "./engine/link"}, tests: "TestAKilledProgramsRecordsAreAllThere|TestCountsSurviveSIGKILL|TestADeadProgramsGapIsCounted"},
	{id: "F2", what: "kill -9 of Tallyho", bar: "the program goes on and ends as it would have", packages: []string{"./e2e/...", "./dap"}, tests: "TestTheProgramOutlivesTallyho|TestAttachedProgramOutlivesTheAdapter|TestAdapterDies$|TestAdapterDiesAtAStop"},
	{id: "F3", what: "the editor dies, or closes half of its connection", bar: "the adapter ends; an attached program is untouched", packages: []string{"./dap"}, tests: "TestEditorDies|TestBrokenStream|TestAStoppedChildEndsWithItsClient"},
	{id: "F4", what: "connections are cut and made anew", bar: "100 times, nothing twice, nothing lost", packages: []string{"./dap", "./fleet"}, tests: "TestReattach|TestACutThatHealsLosesNoCount|TestACutThatHealsKeepsATalk|TestReleaseBringsTheLastWord",
		short: "a handful of cuts, not 100; of one machine's link it is attaching anew that is tested"},
	{id: "F5", what: "a full disk, a limit of file sizes, a directory that is gone", bar: "the session goes on, and says so", packages: []string{"./e2e/..."}, tests: "TestAFullDisk|TestAProgramRunsUnderAFileSizeLimit|TestAWorkingDirectoryThatIsGone"},
	{id: "F6", what: "a client that reads slowly or not at all", bar: "memory flat, what is dropped is counted", packages: []string{"./dap/console", "./e2e/...", "./engine/hub"}, tests: "TestSlowClient|TestAReaderThatReadsNoMoreHoldsNobody|TestAPipeThatNobodyReads|TestAClientThatNeverReadsHoldsNothingUp"},
	{id: "F7", what: "fuzzers of every decoder", bar: "10,000,000 executions each", own: "make fuzz", of: fuzzed},
	{id: "F8", what: "streams cut at every byte", bar: "a whole message, or waiting for one", packages: []string{"./internal/framing", "./engine/link", "./engine/recording", "./dap"}, tests: "TestFramesSplitAnywhere|TestJSONThatGoesOnInTheNextRecord|TestFramesOfImpossibleSizes|TestACutFileIsReadToItsLastBlock|TestBrokenStream"},
	{id: "F9", what: "HTTP and TLS at each port", bar: "closed before anything is read as ours", packages: []string{"./dap", "./engine/link", "./engine/hub"}, tests: "TestNotDAP|TestStrangersAreTurnedAway|TestStrangersAreShownOut"},
	{id: "B1", what: "values that bite", bar: "none of their code runs, each within its limits", packages: []string{"./pybridge/tests/..."}, tests: "TestPython/3.1[13]/test_(menagerie|values|activity|otel_spans)$"},
	{id: "B2", what: "files and names of all kinds", bar: "traced, moved with a sentence, or refused with a reason", packages: []string{"./dap", "./e2e/..."}, tests: "TestWaysToStartPython|TestCodeWithoutAFile|TestLinkedWorkspace|TestNamesOfLinks|TestColumns|TestPrograms|TestTheProgramOnStandardInput"},
	{id: "B3", what: "interpreters that cannot be used", bar: "one sentence that says what to do", packages: []string{"./dap", "./e2e/...", "./engine/launch"}, tests: "TestOldInterpreter|TestATooOldPythonIsRefused|TestAChildOfAnOlderPythonIsNamed|TestInterpreters|TestBadInput"},
	{id: "C1", what: "threads at once", bar: "exact", packages: []string{"./e2e/..."}, tests: "TestFreeThreads|TestGeneratorsAreCountedAcrossThreads", short: "8 threads of 9,000 events, not 64 of 10,000"},
	{id: "C2", what: "1,000 tasks and greenlets", bar: "exact, each record names its own", packages: []string{"./e2e/..."}, tests: "TestByTurns"},
	{id: "C3", what: "processes: fork, spawn, pools, subprocess, exec", bar: "the sum is exact", packages: []string{"./e2e/...", "./dap"}, tests: "TestProcessesAddUp|TestChildrenOutOfReachAreNamed|TestAPoolStops", short: "no storm of 200 forks"},
	{id: "C4", what: "exceptions from signals at random moments", bar: "each reaches the program", packages: []string{"./pybridge/tests/..."}, tests: "TestPython/3.1[13]/test_(guest|lasting|guards)$"},
	{id: "X1", what: "other people's test suites", bar: "five suites end as without Tallyho", own: "go run ./internal/scoreboard -part suites", of: suitesSame},
	{id: "X2", what: "what a program sees and leaves behind", bar: "the same", packages: []string{"./e2e/...", "./pybridge/tests/..."}, tests: "TestTheProgramRunsAsWithPlainPython|TestNothingIsLeftBehind|TestAChildIsNotToldOfUs|TestPython/3.1[13]/test_leaks$"},
	{id: "X3", what: "versions, backends, accelerator, systems", bar: "each cell passes or is said not to be there", own: "go run ./internal/scoreboard -part matrix", of: cellsPassed},
	{id: "S1", what: "other users, other tokens, other people's caches", bar: "refused", packages: []string{"./e2e/...", "./engine/link", "./engine/hub", "./dap"}, tests: "TestAnotherUserIsNotServed|TestACacheOfOthersIsNotRun|TestStrangersAreTurnedAway|TestKeeperWithoutToken|TestTheDirectoryIsTheUsersAlone|TestSocketIsPrivate"},
	{id: "S2", what: "secrets", bar: "none is shown in any place", packages: []string{"./e2e/...", "./pybridge/tests/..."}, tests: "TestSecretsAreNotShown|TestPython/3.1[13]/test_redact$"},
	{id: "Z", what: "sanitizers and references", bar: "nothing found; references stay flat", own: "make sanitize && make test-leaks", figures: sanitized, short: "ThreadSanitizer is not run over the bridge's C files, which a Python without the GIL does not load"},
}
