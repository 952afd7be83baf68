// Package cmd is the command line: one file for each subcommand, and the only
// place that knows both edges, dap and lsp.
package cmd
