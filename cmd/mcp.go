package cmd

import (
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/tallyho-dev/tallyho/mcp"
)

const mcpHelp = `Answer an agent's questions about Python programs, by the Model Context Protocol on standard input
and output. Nothing outside the roots is run or read.`

// newMCP is `tallyho mcp`.
// With --allow-run on, a client may have programs below the roots run; with off it may only
// read what is kept and what was recorded.
func newMCP(w *world) *cobra.Command {
	var folders []string
	var run string
	c := &cobra.Command{
		Use:   "mcp",
		Short: "Answer programs that ask, by the Model Context Protocol",
		Long:  mcpHelp,
		Args:  noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			allowed, ok := map[string]bool{"on": true, "true": true, "off": false, "false": false}[run]
			if !ok {
				return usageError("--allow-run is %q; it can be on or off", run)
			}
			roots, err := mcpRoots(folders)
			if err != nil {
				return err
			}
			return mcp.Serve(c.Context(), os.Stdin, os.Stdout, mcp.Options{Version: version(), Roots: roots, Run: allowed, Bug: w.bug})
		},
	}
	c.Flags().StringArrayVar(&folders, "root", nil, "a folder that may be looked into; repeatable (default: the working directory)")
	c.Flags().StringVar(&run, "allow-run", "on", "whether programs may be run and asked: on or off")
	// A bare --allow-run is on, as it reads.
	c.Flags().Lookup("allow-run").NoOptDefVal = "on"
	return c
}

// mcpRoots are the folders that were named, absolute; each has to be there.
// Every path of a client's is held against them (mcp/roots.go), and one that leads out is refused.
func mcpRoots(folders []string) ([]string, error) {
	if len(folders) == 0 {
		folders = []string{"."}
	}
	var roots []string
	for _, folder := range folders {
		path, err := filepath.Abs(folder)
		if err != nil {
			return nil, err
		}
		if info, err := os.Stat(path); err != nil || !info.IsDir() {
			return nil, usageError("--root: %s is no folder", folder)
		}
		roots = append(roots, path)
	}
	return roots, nil
}
