//go:build !prebuilt

package pybridge

// Prebuilt is nil: only a release carries the accelerator built.
var Prebuilt []byte
