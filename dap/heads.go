package dap

import (
	"path/filepath"

	"github.com/google/go-dap"
)

// event makes the head of an event.
func event(name string) dap.Event { return dap.Event{Event: name} }

// source is DAP's description of a file.
func source(path string) *dap.Source {
	return &dap.Source{Name: filepath.Base(path), Path: path}
}
