// The view "Values": the samples of the statement under the cursor as a table, a column for each hit. It follows the cursor.

import * as vscode from 'vscode'
import type { Ask, ValueTable } from './protocol.js'
import type { Server } from './server.js'
import { page, tableOf } from './valuespage.js'

export class ValuesView implements vscode.WebviewViewProvider {
  private view: vscode.WebviewView | undefined
  private asked = 0
  private timer: NodeJS.Timeout | undefined

  constructor(
    private readonly ask: Ask,
    private readonly server: Server,
  ) {}

  register(): vscode.Disposable[] {
    return [
      vscode.window.registerWebviewViewProvider('tallyho.values', this),
      vscode.window.onDidChangeTextEditorSelection(() => this.soon()),
      vscode.window.onDidChangeActiveTextEditor(() => this.soon()),
      this.server.onDidChangeRuns(() => this.soon()),
      vscode.commands.registerCommand('tallyho.showValues', () => vscode.commands.executeCommand('tallyho.values.focus')),
      { dispose: () => clearTimeout(this.timer) },
    ]
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    this.view = view
    view.webview.options = { enableScripts: false }
    view.onDidDispose(() => (this.view = undefined))
    view.onDidChangeVisibility(() => this.soon())
    void this.renew()
  }

  private soon(): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => void this.renew(), 120)
  }

  private async renew(): Promise<void> {
    const view = this.view
    if (view === undefined || !view.visible) {
      return
    }
    const turn = ++this.asked
    const table = await this.table()
    // The cursor may have moved on meanwhile.
    if (turn === this.asked && this.view === view) {
      view.description = table?.title ?? ''
      const html = page(tableOf(table))
      if (view.webview.html !== html) {
        view.webview.html = html
      }
    }
  }

  private async table(): Promise<ValueTable | undefined> {
    const editor = vscode.window.activeTextEditor
    if (editor === undefined || editor.document.languageId !== 'python') {
      return undefined
    }
    const { line, character } = editor.selection.active
    return this.ask<ValueTable>('tallyho/samples', { uri: editor.document.uri.toString(), line, character })
  }
}
