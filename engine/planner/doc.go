// Package planner runs the process that works out what raw counts mean
// (docs/wire.md, section Raw counters). It is imported by engine alone.
//
// The process is ours and runs nothing of the program. It ends with its Planner,
// and when we die: its stdin ends then.
package planner
