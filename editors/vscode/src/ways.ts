// Offers configurations to people who have no launch.json: in the list beside the run button, and one by one for a new launch.json.

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import * as vscode from 'vscode'
import { locate } from './locate.js'
import { choices, type SessionLine } from './processes.js'
import type { Ask, TestItemInfo } from './protocol.js'
import { appIn, kinds, meantBy, type Surroundings, waysToStart } from './start.js'

const run = promisify(execFile)

export function registerWays(context: vscode.ExtensionContext, ask: Ask): void {
  const dynamic = { provideDebugConfigurations: async () => waysToStart(await surroundings(ask)) }
  context.subscriptions.push(
    vscode.debug.registerDebugConfigurationProvider('tallyho', dynamic, vscode.DebugConfigurationProviderTriggerKind.Dynamic),
    vscode.debug.registerDebugConfigurationProvider('tallyho', { provideDebugConfigurations: guided }, vscode.DebugConfigurationProviderTriggerKind.Initial),
    vscode.commands.registerCommand('tallyho.pickProcess', () => pickProcess(context.extensionPath)),
    vscode.commands.registerCommand('tallyho.askModule', () =>
      vscode.window.showInputBox({ title: 'The module to run, as python -m does', placeHolder: 'package.module' }),
    ),
    vscode.commands.registerCommand('tallyho.askToken', () =>
      vscode.window.showInputBox({ title: 'The token that the program was given: tallyho.listen(…, token="…")', password: true }),
    ),
    vscode.commands.registerCommand('tallyho.start', () => start(ask)),
    vscode.commands.registerCommand('tallyho.attach', async () => {
      const pid = await pickProcess(context.extensionPath)
      if (pid !== undefined) {
        await vscode.debug.startDebugging(vscode.workspace.workspaceFolders?.[0], { type: 'tallyho', request: 'attach', name: `Tallyho: process ${pid}`, processId: Number(pid) })
      }
    }),
  )
}

/** Asks which of the ways to start, and starts it. */
async function start(ask: Ask): Promise<void> {
  const ways = waysToStart(await surroundings(ask))
  const chosen = await vscode.window.showQuickPick(
    ways.map((way) => ({ label: way.name.replace(/^Tallyho: /, ''), way })),
    { title: 'Tallyho: start', placeHolder: 'What is to be traced?' },
  )
  if (chosen !== undefined) {
    const uri = vscode.window.activeTextEditor?.document.uri
    const folder = (uri && vscode.workspace.getWorkspaceFolder(uri)) ?? vscode.workspace.workspaceFolders?.[0]
    await vscode.debug.startDebugging(folder, chosen.way)
  }
}

type Around = { -readonly [key in keyof Surroundings]: Surroundings[key] }

async function surroundings(ask: Ask): Promise<Surroundings> {
  const editor = vscode.window.activeTextEditor
  const here = editor?.document.languageId === 'python' && editor.document.uri.scheme === 'file'
  return here ? ofFile(ask, editor.document, editor.selection.active.line) : { manage: await managed() }
}

/** Where the manage.py of a Django project is: the nearest above a file, else the one that is nearest to the top of the workspace. */
async function managed(file = ''): Promise<string | undefined> {
  const found = await vscode.workspace.findFiles('**/manage.py', '**/{node_modules,site-packages,.venv,venv}/**', 20)
  const folder = (uri: vscode.Uri): string => uri.path.slice(0, -'manage.py'.length)
  const far = (uri: vscode.Uri): number => (file.startsWith(folder(uri)) ? -folder(uri).length : folder(uri).length)
  const [nearest] = found.sort((a, b) => far(a) - far(b) || a.path.localeCompare(b.path))
  return nearest === undefined ? undefined : vscode.workspace.asRelativePath(nearest, false)
}

/** What is known of a Python file; the test is the one at a line. */
async function ofFile(ask: Ask, document: vscode.TextDocument, line: number): Promise<Around> {
  const found = await ask<{ tests: TestItemInfo[] }>('tallyho/tests', { uri: document.uri.toString() })
  const around: Around = {
    file: document.fileName,
    fileWord: '${file}',
    hasTests: (found?.tests.length ?? 0) > 0,
    test: found?.tests.filter((test) => !test.class && test.range.start.line <= line).pop()?.id,
    manage: await managed(document.uri.path),
  }
  const app = appIn(document.getText())
  const module = vscode.workspace.asRelativePath(document.uri, false).replace(/\.py$/, '').split('/').join('.')
  if (app?.framework === 'flask') {
    around.flask = module
  } else if (app?.framework === 'fastapi') {
    around.fastapi = `${module}:${app.name}`
  }
  return around
}

/** What is meant by running a file: its tests, a configuration, or undefined, the file as it is. */
export async function meaningOf(ask: Ask, document: vscode.TextDocument): Promise<ReturnType<typeof meantBy>> {
  return meantBy(document.getText(), await ofFile(ask, document, 0))
}

/** For a launch.json that is to be made: asks what kind of program it is. */
async function guided(): Promise<vscode.DebugConfiguration[]> {
  const chosen = await vscode.window.showQuickPick([...kinds], { title: 'Tallyho: what is to be traced?', canPickMany: false })
  return chosen === undefined ? [] : [chosen.configuration]
}

async function pickProcess(extensionFolder: string): Promise<string | undefined> {
  const found = locate(extensionFolder)
  if ('problem' in found) {
    void vscode.window.showErrorMessage(found.problem)
    return undefined
  }
  const [sessions, processes] = await Promise.all([
    run(found.binary, ['sessions', '--json']).then(({ stdout }) => JSON.parse(stdout) as SessionLine[]).catch(() => []),
    process.platform === 'win32' ? '' : run('ps', ['-axww', '-o', 'pid=,args=']).then(({ stdout }) => stdout).catch(() => ''),
  ])
  const list = choices(sessions, processes)
  if (list.length === 0) {
    void vscode.window.showInformationMessage('Tallyho: no Python program runs here. One that says "import tallyho; tallyho.listen()" can be attached to.')
    return undefined
  }
  const chosen = await vscode.window.showQuickPick(list, { title: 'Attach to which program?', matchOnDescription: true, matchOnDetail: true })
  return chosen === undefined ? undefined : String(chosen.pid)
}
