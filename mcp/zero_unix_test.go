//go:build unix

package mcp_test

import "syscall"

// zero is the signal that only asks whether a process lives.
const zero = syscall.Signal(0)
