// Offers `tallyho mcp` to the agents of the editor: what a program did, in few calls.

import * as vscode from 'vscode'
import { locate } from './locate.js'

/** The part of the editor's interface for agents that is used here; editors before 1.101 have none. */
interface AgentHost {
  registerMcpServerDefinitionProvider(id: string, provider: { provideMcpServerDefinitions(): unknown[] }): vscode.Disposable
}

type StdioServer = new (label: string, command: string, args: string[], env?: Record<string, string>, version?: string) => unknown

/** The command line of the server for the folders of a window: it looks into nothing else. */
export function serverArguments(folders: readonly string[]): string[] {
  return ['mcp', ...folders.flatMap((folder) => ['--root', folder])]
}

/** Registers the server in a trusted workspace, or once it is trusted; where the editor knows no such servers, nothing. */
export function registerAgents(context: vscode.ExtensionContext): void {
  const host = (vscode as { lm?: Partial<AgentHost> }).lm
  const Definition = (vscode as { McpStdioServerDefinition?: StdioServer }).McpStdioServerDefinition
  if (host?.registerMcpServerDefinitionProvider === undefined || Definition === undefined) {
    return
  }
  const provider = {
    provideMcpServerDefinitions: (): unknown[] => {
      const found = locate(context.extensionPath)
      const folders = (vscode.workspace.workspaceFolders ?? []).filter((folder) => folder.uri.scheme === 'file')
      if (!vscode.workspace.isTrusted || 'problem' in found || folders.length === 0) {
        return []
      }
      const version = String(context.extension.packageJSON.version)
      return [new Definition('Tallyho', found.binary, serverArguments(folders.map((folder) => folder.uri.fsPath)), {}, version)]
    },
  }
  context.subscriptions.push(host.registerMcpServerDefinitionProvider('tallyho', provider))
}
