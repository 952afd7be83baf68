// Where what is traced stands in the files that are shown: breakpoints at their lines, queries at the functions and lines that they name.

import * as vscode from 'vscode'
import type { Ask } from './protocol.js'
import { type Mark, marksOf, queryOf } from './marks.js'
import type { Tracepoints } from './tracepoints.js'

/** How long edits are waited for before the server is asked again, in milliseconds. */
const pause = 200

export class Places implements vscode.Disposable {
  private readonly known = new Map<string, { readonly asked: string; readonly lines: ReadonlyMap<string, readonly number[]> }>()
  private readonly changes = new vscode.EventEmitter<void>()
  private readonly subscriptions: vscode.Disposable[]
  private timer: NodeJS.Timeout | undefined
  /** Something that is traced stands elsewhere, or its state has changed. */
  readonly onDidChange = this.changes.event

  constructor(
    private readonly ask: Ask,
    private readonly tracepoints: Tracepoints,
  ) {
    this.subscriptions = [
      this.changes,
      tracepoints.onDidChange(() => this.renew()),
      vscode.window.onDidChangeVisibleTextEditors(() => this.renew()),
      vscode.window.onDidChangeActiveTextEditor(() => this.changes.fire()),
      vscode.workspace.onDidChangeTextDocument(() => {
        clearTimeout(this.timer)
        this.timer = setTimeout(() => this.renew(), pause)
      }),
    ]
  }

  dispose(): void {
    clearTimeout(this.timer)
    for (const one of this.subscriptions) {
      one.dispose()
    }
  }

  /** What stands in a file. */
  in(uri: vscode.Uri): Mark[] {
    return marksOf(this.tracepoints.rows(), uri.fsPath, this.known.get(uri.toString())?.lines ?? new Map())
  }

  /** Says what has changed, and asks where queries stand that are new, or whose file is. */
  private renew(): void {
    this.changes.fire()
    const queries = [...new Set(this.tracepoints.rows().flatMap((row) => queryOf(row) ?? []))]
    for (const { document } of vscode.window.visibleTextEditors) {
      if (document.languageId === 'python') {
        void this.find(document, queries)
      }
    }
  }

  private async find(document: vscode.TextDocument, queries: readonly string[]): Promise<void> {
    const uri = document.uri.toString()
    const asked = JSON.stringify([document.version, queries])
    if (this.known.get(uri)?.asked === asked || (queries.length === 0 && !this.known.has(uri))) {
      return
    }
    const had = this.known.get(uri)
    this.known.set(uri, { asked, lines: had?.lines ?? new Map() })
    const answer = queries.length === 0 ? { places: [] } : await this.ask<{ places: number[][] }>('tallyho/places', { uri, queries })
    if (this.known.get(uri)?.asked !== asked) {
      return // asked anew meanwhile
    }
    if (answer === undefined) {
      this.known.delete(uri) // no server yet: the next change asks again
      return
    }
    this.known.set(uri, { asked, lines: new Map(queries.map((query, i) => [query, answer.places[i] ?? []])) })
    this.changes.fire()
  }
}
