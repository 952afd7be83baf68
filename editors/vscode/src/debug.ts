// Starts `tallyho dap` for each debug session of type "tallyho".

import * as vscode from 'vscode'
import { complete, forFile } from './configuration.js'
import { offerInstall } from './install.js'
import { selectedInterpreter } from './interpreter.js'
import { locate } from './locate.js'
import type { Ask } from './protocol.js'
import type { Own } from './queries.js'
import { meaningOf } from './ways.js'

/** Registers the debugger and the command that traces a file. own are the window's tracepoints. */
export function registerDebugger(context: vscode.ExtensionContext, ask: Ask, own: () => readonly Own[]): void {
  context.subscriptions.push(
    vscode.debug.registerDebugAdapterDescriptorFactory('tallyho', {
      createDebugAdapterDescriptor: () => adapter(context.extensionPath),
    }),
    vscode.debug.registerDebugConfigurationProvider('tallyho', {
      resolveDebugConfiguration: (folder, given) => resolve(context, ask, own(), folder, given),
    }),
    vscode.commands.registerCommand('tallyho.traceFile', (file?: vscode.Uri) => traceFile(ask, file)),
  )
}

function adapter(extensionFolder: string): vscode.DebugAdapterDescriptor {
  // VS Code asks for trust before it debugs; this holds where a session is started in another way.
  if (!vscode.workspace.isTrusted) {
    throw new Error('Tallyho runs programs only in a trusted workspace.')
  }
  const found = locate(extensionFolder)
  if ('problem' in found) {
    throw new Error(found.problem)
  }
  return new vscode.DebugAdapterExecutable(found.binary, ['dap'])
}

async function resolve(
  context: vscode.ExtensionContext,
  ask: Ask,
  own: readonly Own[],
  folder: vscode.WorkspaceFolder | undefined,
  given: vscode.DebugConfiguration,
): Promise<vscode.DebugConfiguration | undefined> {
  const found = locate(context.extensionPath)
  if ('problem' in found) {
    // Said here, where a button can help; VS Code shows what an adapter throws without one.
    void offerInstall(found.problem, context.extension, async () => void (await vscode.commands.executeCommand('tallyho.restartServer')))
    return undefined
  }
  const document = vscode.window.activeTextEditor?.document
  const pythonFile = document?.languageId === 'python' && document.uri.scheme === 'file' ? document.fileName : undefined
  const shown = folder ?? (document && vscode.workspace.getWorkspaceFolder(document.uri)) ?? vscode.workspace.workspaceFolders?.[0]
  let wanted = given
  if (pythonFile !== undefined && document !== undefined && !given.type && !given.request) {
    const meant = await meaningOf(ask, document)
    if (meant === 'tests') {
      traceTests(document.uri)
      return undefined
    }
    wanted = meant ?? given
  }
  const configuration = complete(wanted, {
    pythonFile,
    folder: shown?.uri.scheme === 'file' ? shown.uri.fsPath : undefined,
    interpreter: await selectedInterpreter(folder?.uri),
    own,
  })
  if (configuration === undefined) {
    void vscode.window.showInformationMessage('Tallyho: open the Python file to run, or add a configuration to launch.json.')
  }
  return configuration
}

/** Runs the tests of a file as the Test Explorer does, which shows what became of them. */
function traceTests(uri: vscode.Uri): void {
  // Not awaited: the session that is asked for here ends before the tests begin.
  void vscode.commands.executeCommand('tallyho.traceTest', uri.toString(), '')
}

async function traceFile(ask: Ask, file?: vscode.Uri): Promise<void> {
  const uri = file ?? vscode.window.activeTextEditor?.document.uri
  if (uri?.scheme !== 'file') {
    void vscode.window.showInformationMessage('Tallyho: open the Python file to trace first.')
    return
  }
  const meant = await meaningOf(ask, await vscode.workspace.openTextDocument(uri))
  if (meant === 'tests') {
    traceTests(uri)
    return
  }
  await vscode.debug.startDebugging(vscode.workspace.getWorkspaceFolder(uri), meant ?? forFile(uri.fsPath))
}
