//go:build !prebuilt

package pybridge

// Prebuilt is nil: only a release carries the native hand built.
var Prebuilt []byte
