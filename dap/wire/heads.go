package wire

import (
	"path/filepath"

	"github.com/google/go-dap"
)

// Event makes the head of an event.
func Event(name string) dap.Event { return dap.Event{Event: name} }

// Source is DAP's description of a file.
func Source(path string) *dap.Source {
	return &dap.Source{Name: filepath.Base(path), Path: path}
}
