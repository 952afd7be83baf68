// Package editors holds the parts that run inside editors: vscode (TypeScript),
// nvim (Lua) and, in README.md, the few lines that other editors need. Its
// tests hold the manifests to what dap and lsp accept and run the editors' own
// tests.
package editors
