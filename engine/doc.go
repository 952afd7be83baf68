// Package engine runs a Python program with the bridge inside and owns the
// Session that results: launch, arm, run, observe. dap and cmd drive it; lsp
// never imports it (it reads Snapshots through engine/hub).
package engine
