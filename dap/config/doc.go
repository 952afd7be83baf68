// Package config reads what a person asks of a run: the arguments of DAP's launch and
// attach requests, which its specification leaves to each adapter. The keys are
// debugpy's, so that a launch.json written for it works, and ours; docs/debugging.md
// lists them. Raw JSON becomes one Settings, and that an engine.Config.
//
// Used by dap, and by dap/console for how records are shown. It knows no protocol's
// types, starts no goroutine and asks nothing of a program; it reads the files that
// the arguments name (envFile, traceFrom).
//
// # Where to begin
//
// settings.go: Decode reads an object by the table settings, one line for each key; a
// setting is made of a type (types.go) and the field that it fills. DecodeAttach
// (attach.go) does so by a table of its own. Then Complete (launch.go) looks at what keys
// mean together, and Engine or EngineAttach hands over. A key with a form of its own has a
// file: paths.go, record.go, reload.go, rules.go, exitcodes.go, trace.go, envfile.go,
// words.go.
//
// # What it keeps to
//
// An error names the key and says what it should hold; the adapter shows it as the request's.
// Keys are read in the order of their names, so that one mistake is told the same each time.
// A key that nobody knows is a warning and never an error: editors add keys of their own, and
// so do later versions of debugpy.
package config
