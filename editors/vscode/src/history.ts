// "When did this change?": in a program that is recorded and has stopped, the times that a name got its values, and going to one of them.

import * as vscode from 'vscode'
import { changeItems, expressionAt, type History } from './changes.js'

/** What the menu of a variable hands over. */
interface OfVariable {
  readonly variable: { readonly name: string; readonly evaluateName?: string }
}

export function registerHistory(): vscode.Disposable[] {
  const tell = () => void vscode.commands.executeCommand('setContext', 'tallyho.recorded', recorded(vscode.debug.activeDebugSession))
  tell()
  return [
    vscode.debug.onDidChangeActiveDebugSession(tell),
    vscode.commands.registerCommand('tallyho.whenChanged', async (given?: OfVariable | vscode.Uri) => {
      const session = vscode.debug.activeDebugSession
      if (session === undefined || !recorded(session)) {
        say('this needs a program that is recorded ("record": true in launch.json) and has stopped.')
        return
      }
      const name = given !== undefined && 'variable' in given ? (given.variable.evaluateName ?? given.variable.name) : atCursor()
      if (name === undefined) {
        say('there is no name at the cursor.')
        return
      }
      try {
        await choose(session, name)
      } catch (error) {
        void vscode.window.showWarningMessage(`Tallyho: ${error instanceof Error ? error.message : String(error)}`)
      }
    }),
  ]
}

function recorded(session: vscode.DebugSession | undefined): boolean {
  return session?.type === 'tallyho' && Boolean(session.configuration['record'] ?? session.configuration['recording'])
}

function say(what: string): void {
  void vscode.window.showInformationMessage(`Tallyho: ${what}`)
}

/** What is selected, else the name at the cursor. */
function atCursor(): string | undefined {
  const editor = vscode.window.activeTextEditor
  if (editor === undefined) {
    return undefined
  }
  const { selection, document } = editor
  return document.getText(selection).trim() || expressionAt(document.lineAt(selection.active.line).text, selection.active.character)
}

async function choose(session: vscode.DebugSession, name: string): Promise<void> {
  const shown = vscode.debug.activeStackItem
  const frameId = shown instanceof vscode.DebugStackFrame && shown.session.id === session.id ? shown.frameId : 0
  const history = (await session.customRequest('tallyho/history', { expression: name, frameId })) as History
  if (history.changes.length === 0) {
    say(`no change of ${name} was recorded up to here.`)
    return
  }
  const chosen = await vscode.window.showQuickPick(changeItems(history), {
    title: `When did ${name} change?`,
    placeHolder: history.whole ? 'Go to one of them' : 'Go to one of them; there may be earlier ones',
    matchOnDescription: true,
  })
  if (chosen?.at === 0) {
    say('that is where the program stands.')
  } else if (chosen !== undefined) {
    await session.customRequest('tallyho/go', { at: chosen.at })
  }
}
