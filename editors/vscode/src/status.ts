// The status bar's item, and the menu behind it.

import * as vscode from 'vscode'
import type { RunState } from './protocol.js'
import type { Server } from './server.js'
import { statusOf } from './words.js'

/** What the menu offers: commands of ours by id. */
const menu: readonly { readonly label: string; readonly command: string }[] = [
  { label: '$(play) Start…', command: 'tallyho.start' },
  { label: '$(plug) Attach to a Program…', command: 'tallyho.attach' },
  { label: '$(add) Add Tracepoint…', command: 'tallyho.tracepoints.add' },
  { label: '$(history) Choose Run…', command: 'tallyho.runs.choose' },
  { label: '$(filter) Follow a Test, Request, Task or Thread…', command: 'tallyho.followPart' },
  { label: '$(diff) Compare Runs…', command: 'tallyho.runs.compare' },
  { label: '$(save-as) Save Run as a Page…', command: 'tallyho.runs.savePage' },
  { label: '$(table) Show Values', command: 'tallyho.showValues' },
  { label: '$(shield) Show Counts as Coverage', command: 'tallyho.showCoverage' },
  { label: '$(eye) Show or Hide Hints', command: 'tallyho.toggleHints' },
  { label: '$(flame) Show or Hide Heat', command: 'tallyho.toggleHeat' },
  { label: '$(circle-slash) Dim or Show Lines That Never Ran', command: 'tallyho.toggleNeverRun' },
  { label: '$(trash) Delete All Runs…', command: 'tallyho.runs.clear' },
]

export function registerStatus(server: Server): vscode.Disposable[] {
  const item = vscode.window.createStatusBarItem('tallyho.status', vscode.StatusBarAlignment.Left, 5)
  item.name = 'Tallyho'
  item.command = 'tallyho.menu'
  const show = (state: RunState): void => {
    const { text, tooltip } = statusOf(state)
    item.text = text
    item.tooltip = tooltip
    item.show()
  }
  show(server.state)
  return [
    item,
    server.onDidChangeRuns(show),
    vscode.commands.registerCommand('tallyho.menu', async () => {
      const chosen = await vscode.window.showQuickPick([...menu], { title: 'Tallyho', placeHolder: server.state.text || 'nothing ran yet' })
      if (chosen !== undefined) {
        await vscode.commands.executeCommand(chosen.command)
      }
    }),
  ]
}
