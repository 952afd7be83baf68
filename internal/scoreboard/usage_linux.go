package main

import (
	"os"
	"syscall"
)

// megabytes is how much memory the largest of a process and those that it waited for has used.
func megabytes(p *os.ProcessState) float64 {
	usage, ok := p.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	return float64(usage.Maxrss) / 1024
}
