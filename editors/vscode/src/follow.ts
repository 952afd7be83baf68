// Following a part of a recorded run: a call, a test, a request, a task or a thread is chosen from a list, and the status bar
// says which, and ends it.

import * as vscode from 'vscode'
import { partItems, type Parts, partsHint } from './parts.js'
import type { RunState } from './protocol.js'
import type { Server } from './server.js'

/** The server's own command, which this one stands before: a list says more than a message with twenty buttons. */
export const FOLLOW = 'tallyho.follow'

/** What a lens or an action hands to the command. */
interface Target {
  readonly uri?: string
  readonly session?: string
  readonly what?: string
}

/** Answers tallyho.follow where it does not say what: false, and the server does. */
export async function chooseWhat(server: Server, target: Target, follow: (target: Target) => Promise<unknown>): Promise<boolean> {
  if (target.what !== undefined) {
    return false
  }
  const list = await server.ask<Parts>('tallyho/parts', target)
  if (list === undefined) {
    return false // the server says why
  }
  const items = partItems(list).map(({ label, heading, what }) => ({
    label,
    what,
    kind: heading === true ? vscode.QuickPickItemKind.Separator : vscode.QuickPickItemKind.Default,
  }))
  const chosen = await vscode.window.showQuickPick(items, { title: `Follow what of ${list.title}?`, placeHolder: partsHint(list) })
  if (chosen?.what !== undefined) {
    await follow({ session: list.session, what: chosen.what })
  }
  return true
}

export function registerFollow(server: Server): vscode.Disposable[] {
  const chip = vscode.window.createStatusBarItem('tallyho.following', vscode.StatusBarAlignment.Left, 4)
  chip.name = 'Tallyho: what is followed'
  chip.command = 'tallyho.unfollow'
  const show = (state: RunState): void => {
    const run = state.runs.find((one) => one.following !== undefined)
    if (run?.following === undefined) {
      chip.hide()
      return
    }
    chip.text = `$(filter) only ${run.following}`
    chip.tooltip = 'Annotations are of this part of the run alone. Click to show all of it.'
    chip.show()
  }
  show(server.state)
  const execute = (target: Target): Thenable<unknown> => vscode.commands.executeCommand(FOLLOW, target)
  return [
    chip,
    server.onDidChangeRuns(show),
    vscode.commands.registerCommand('tallyho.followPart', () => {
      const uri = vscode.window.activeTextEditor?.document.uri.toString()
      return execute({ ...(uri === undefined ? {} : { uri }), part: 'any' } as Target)
    }),
    vscode.commands.registerCommand('tallyho.unfollow', () => execute({ what: '' })),
  ]
}
