//go:build prebuilt

package pybridge

import _ "embed"

// Prebuilt is the accelerator of a release: native/accelerator.c against the
// stable ABI, for interpreters that nothing can be built for (scripts/prebuilt).
//
//go:embed prebuilt/_tallyho_native.abi3.so
var Prebuilt []byte
