package dap

import (
	"github.com/tallyho-dev/tallyho/engine/diag"
	"github.com/tallyho-dev/tallyho/engine/tracepoint"
)

func nearest(word string, known []string) string { return diag.Nearest(word, known) }

func checkSpec(s tracepoint.Spec) string { return "" }

func checkQuery(text string) string { return "" }
