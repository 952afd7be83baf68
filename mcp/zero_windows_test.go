package mcp_test

import "os"

// zero is a signal that a process that has ended does not take.
var zero = os.Kill
