// Judge counts what the hints of an annotated file are worth to a person who reads them: it runs programs
// with a tallyho binary and looks at each line's hint, as printed by `run --annotate`, beside what was sampled.
//
//	scripts/judge-hints [-python PYTHON] [-binary TALLYHO]… [-list] program.py…
//
// Without programs it judges those of internal/judge/programs, scripts as a person writes them who works
// with data; the Python that runs them needs their packages (programs/requirements.txt).
//
// A hint is opaque if a value in it shows no more than its class or brackets, empty if it tells nothing of a value that the
// line gave, or nothing but how many items came, and cut if dots stand in a value that the line has room for. All others inform.
package main
