// "Write Recording": a program that is recorded with "last" keeps the newest part in memory; this has it written, and the program goes on.

import * as vscode from 'vscode'
import { keepsNewest } from './configuration.js'
import { baseName } from './words.js'

export function registerDump(): vscode.Disposable[] {
  const tell = () => void vscode.commands.executeCommand('setContext', 'tallyho.keepsNewest', keeping() !== undefined)
  tell()
  return [vscode.debug.onDidChangeActiveDebugSession(tell), vscode.commands.registerCommand('tallyho.writeRecording', write)]
}

/** The debug session, if it keeps something that can be written. */
function keeping(): vscode.DebugSession | undefined {
  const session = vscode.debug.activeDebugSession
  return session?.type === 'tallyho' && keepsNewest(session.configuration) ? session : undefined
}

async function write(): Promise<void> {
  const session = keeping()
  if (session === undefined) {
    void vscode.window.showInformationMessage('Tallyho: this needs a program that runs and keeps its newest part: "record": {"last": "64M"} in launch.json.')
    return
  }
  let path: string
  try {
    path = ((await session.customRequest('tallyho/dump')) as { readonly path: string }).path
  } catch (error) {
    void vscode.window.showWarningMessage(`Tallyho: ${error instanceof Error ? error.message : String(error)}`)
    return
  }
  const open = 'Open'
  if ((await vscode.window.showInformationMessage(`Tallyho: the recording so far is in ${baseName(path)}.`, open)) === open) {
    const configuration = { type: 'tallyho', request: 'launch', name: `Tallyho: ${baseName(path)}`, recording: path }
    await vscode.debug.startDebugging(vscode.workspace.workspaceFolders?.[0], configuration)
  }
}
