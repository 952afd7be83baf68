// Package launch finds an interpreter, builds its command line and
// environment, starts the program with the bridge inside, and ends the process
// tree.
//
// It knows nothing of the wire: what the bridge needs to dial back is a
// variable of the environment that the caller hands in. Only engine and cmd
// import it.
package launch
