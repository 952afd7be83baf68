// A lens "Trace test" above each test.

import * as vscode from 'vscode'
import type { Ask, TestItemInfo } from './protocol.js'

export function registerTestLenses(ask: Ask, changed: vscode.Event<unknown>): vscode.Disposable[] {
  const changes = new vscode.EventEmitter<void>()
  let live = false
  const provider: vscode.CodeLensProvider = {
    onDidChangeCodeLenses: changes.event,
    provideCodeLenses: async (document) => {
      if (!vscode.workspace.getConfiguration('tallyho').get('testLens', true)) {
        return []
      }
      const found = await ask<{ tests: TestItemInfo[] }>('tallyho/tests', { uri: document.uri.toString() })
      return (found?.tests ?? []).map((test) => {
        const { line, character } = test.range.start
        const title = test.class ? '$(beaker) Trace tests' : '$(beaker) Trace test'
        return new vscode.CodeLens(new vscode.Range(line, character, line, character), { title, command: 'tallyho.traceTest', arguments: [document.uri.toString(), test.id] })
      })
    },
  }
  return [
    changes,
    vscode.languages.registerCodeLensProvider({ language: 'python', scheme: 'file' }, provider),
    // Lenses that were asked for before the server ran are asked for once more.
    changed(() => {
      if (!live) {
        live = true
        changes.fire()
      }
    }),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('tallyho.testLens')) {
        changes.fire()
      }
    }),
  ]
}
