// Offers `tallyho mcp` to the agents of the editor: what a program did, in few calls.

import * as vscode from 'vscode'
import { locate } from './locate.js'
import { type AgentEditor, offer, serverArguments } from './offer.js'

/** Registers the server in a trusted workspace, or once it is trusted; where the editor knows no such servers, nothing. */
export function registerAgents(context: vscode.ExtensionContext): void {
  const registered = offer(vscode as AgentEditor<vscode.Disposable>, (Server) => {
    const found = locate(context.extensionPath)
    const folders = (vscode.workspace.workspaceFolders ?? []).filter((folder) => folder.uri.scheme === 'file')
    if (!vscode.workspace.isTrusted || 'problem' in found || folders.length === 0) {
      return []
    }
    const version = (context.extension.packageJSON as { version: string }).version
    return [new Server('Tallyho', found.binary, serverArguments(folders.map((folder) => folder.uri.fsPath)), {}, version)]
  })
  if (registered !== undefined) {
    context.subscriptions.push(registered)
  }
}
