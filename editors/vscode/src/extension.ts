// The extension's entry: it starts `tallyho dap` for a debug session and `tallyho lsp` for the editor, and offers
// `tallyho mcp` to agents.

import * as vscode from 'vscode'
import { registerAgents } from './agents.js'
import { registerDebugger } from './debug.js'
import { Server } from './server.js'

export function activate(context: vscode.ExtensionContext): void {
  registerDebugger(context)
  registerAgents(context)
  const server = new Server(context)
  context.subscriptions.push(
    server,
    vscode.commands.registerCommand('tallyho.restartServer', () => server.restart()),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('tallyho.path')) {
        void server.restart()
      }
    }),
  )
  // Not awaited: a debug session may start before the server does.
  void server.restart()
}
