// Package config reads what a person asks of a run: the arguments of DAP's launch and
// attach requests, which its specification leaves to each adapter. The keys are
// debugpy's, so that a launch.json written for it works, and ours; docs/debugging.md
// lists them. Raw JSON becomes one Settings, and that an engine.Config.
//
// Used by dap, and by dap/console for how records are shown. It knows no protocol's
// types, starts no goroutine and asks nothing of a program; it reads the files that
// the arguments name (envFile, traceFrom).
package config
