//go:build !linux && !windows

package link

import "os"

// checkSeals has nothing to check where there are no sealed files: reads are
// guarded by onFault.
func checkSeals(*os.File) error { return nil }
