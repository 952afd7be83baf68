// The counts of the files that are shown, fetched when a run or a text has changed.

import * as vscode from 'vscode'
import type { FileCounts } from './protocol.js'
import type { Server } from './server.js'

export class Counted implements vscode.Disposable {
  private readonly counts = new Map<string, FileCounts>()
  private readonly changes = new vscode.EventEmitter<vscode.TextEditor>()
  private readonly subscriptions: vscode.Disposable[]
  private timer: NodeJS.Timeout | undefined
  private watchers = 0
  /** The counts of an editor's file are new. */
  readonly onDidChange = this.changes.event

  constructor(private readonly server: Server) {
    this.subscriptions = [
      this.changes,
      server.onDidChangeRuns(() => this.soon()),
      vscode.window.onDidChangeVisibleTextEditors(() => this.soon()),
      vscode.workspace.onDidChangeTextDocument((event) => {
        if (vscode.window.visibleTextEditors.some((editor) => editor.document === event.document)) {
          this.soon()
        }
      }),
    ]
  }

  dispose(): void {
    clearTimeout(this.timer)
    for (const one of this.subscriptions) {
      one.dispose()
    }
  }

  /** Says that somebody shows counts, or no longer does: they are fetched only for those. */
  watch(by: number): void {
    this.watchers += by
    this.soon()
  }

  of(editor: vscode.TextEditor): FileCounts | undefined {
    return this.counts.get(editor.document.uri.toString())
  }

  private soon(): void {
    if (this.watchers > 0) {
      clearTimeout(this.timer)
      this.timer = setTimeout(() => void this.renew(), 200)
    }
  }

  private async renew(): Promise<void> {
    for (const editor of vscode.window.visibleTextEditors) {
      if (editor.document.languageId !== 'python') {
        continue
      }
      const uri = editor.document.uri.toString()
      const counts = await this.server.ask<FileCounts>('tallyho/counts', { uri })
      if (counts !== undefined) {
        this.counts.set(uri, counts)
        this.changes.fire(editor)
      }
    }
  }
}
