// Package replay asks questions of a recording: queries, as the bridge would
// have answered them while the program ran; what happened inside one call, task,
// test or request; what was counted; where two runs part; and it walks backwards.
//
// cmd, dap, lsp and mcp import it. It reads by engine/recording, decides by
// engine/query/reference and hands on the Records that engine/render prints:
// nothing is started, and nothing of the program runs.
package replay
