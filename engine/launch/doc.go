// Package launch finds an interpreter, builds its command line and
// environment, starts the program with the bridge inside, and ends the process
// tree.
package launch
