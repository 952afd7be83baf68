// The view "Records": the last records of the chosen tracepoint, with their values.

import * as vscode from 'vscode'
import type { TraceRecord } from './protocol.js'
import { description, type Row } from './rows.js'
import type { Sessions } from './session.js'
import type { Tracepoints } from './tracepoints.js'
import { goToLine, type TracepointsView } from './tracepointsview.js'
import { baseName, grouped, plural } from './words.js'

type Node = { readonly record: TraceRecord } | { readonly name: string; readonly text: string }

export class RecordsView implements vscode.TreeDataProvider<Node>, vscode.TextDocumentContentProvider {
  private readonly texts: string[] = [] // of documents that were opened
  private chosen: string | undefined // a row's id; none: all tracepoints
  private filter = ''
  private waiting = false
  private readonly changes = new vscode.EventEmitter<void>()
  readonly onDidChangeTreeData = this.changes.event

  constructor(
    private readonly tracepoints: Tracepoints,
    private readonly sessions: Sessions,
  ) {}

  register(choice: TracepointsView): vscode.Disposable[] {
    const view = vscode.window.createTreeView('tallyho.records', { treeDataProvider: this })
    const renew = (): void => {
      view.description = this.title()
      this.changes.fire()
    }
    return [
      view,
      this.changes,
      vscode.workspace.registerTextDocumentContentProvider('tallyho-records', this),
      choice.onDidSelect((row) => {
        this.chosen = row?.id
        renew()
      }),
      this.sessions.onDidRecord(() => this.soon(renew)),
      this.sessions.onDidChange(() => this.soon(renew)),
      vscode.commands.registerCommand('tallyho.records.filter', async () => {
        const text = await vscode.window.showInputBox({ title: 'Show records that hold', value: this.filter, placeHolder: 'a value, a function, a thread; empty: all' })
        if (text !== undefined) {
          this.filter = text
          renew()
        }
      }),
      vscode.commands.registerCommand('tallyho.records.all', () => {
        this.chosen = undefined
        this.filter = ''
        renew()
      }),
      vscode.commands.registerCommand('tallyho.records.open', () => this.open()),
      vscode.commands.registerCommand('tallyho.records.goTo', (record: TraceRecord) => goToLine(record.path, record.line)),
    ]
  }

  getTreeItem(node: Node): vscode.TreeItem {
    if (!('record' in node)) {
      const item = new vscode.TreeItem(node.name)
      item.description = node.text
      item.tooltip = node.text
      return item
    }
    const { record } = node
    const values = record.values.length > 0 ? vscode.TreeItemCollapsibleState.Collapsed : vscode.TreeItemCollapsibleState.None
    const item = new vscode.TreeItem(firstLine(record), values)
    item.description = `${baseName(record.path)}:${record.line} · ${record.time.toFixed(3)} s`
    item.tooltip = `${record.text}\n${record.function}, ${record.thread}`
    item.command = { command: 'tallyho.records.goTo', title: 'Go to', arguments: [record] }
    return item
  }

  getChildren(node?: Node): Node[] {
    if (node === undefined) {
      return this.shown().map((record) => ({ record }))
    }
    return 'record' in node ? node.record.values.map((value) => ({ name: value.name || node.record.kind, text: value.text })) : []
  }

  private row(): Row | undefined {
    return this.chosen === undefined ? undefined : this.tracepoints.rows().find((row) => row.id === this.chosen)
  }

  private shown(): TraceRecord[] {
    const row = this.row()
    if (row !== undefined && row.followed === undefined) {
      return []
    }
    return this.sessions.current?.records.newest(row?.followed?.number, this.filter) ?? []
  }

  private title(): string {
    const row = this.row()
    const total = this.sessions.current?.records.total(row?.followed?.number) ?? 0
    const shown = this.shown().length
    const parts = [shown < total ? `${grouped(shown)} of ${plural(total, 'record')}` : plural(total, 'record')]
    if (row !== undefined) {
      parts.push(`${row.label} (${description(row)})`)
    }
    if (this.filter !== '') {
      parts.push(`"${this.filter}"`)
    }
    return parts.join(' · ')
  }

  /** Records come in floods; the view need not. */
  private soon(renew: () => void): void {
    if (!this.waiting) {
      this.waiting = true
      setTimeout(() => {
        this.waiting = false
        renew()
      }, 250)
    }
  }

  private async open(): Promise<void> {
    const records = this.shown().reverse()
    this.texts.push(`${records.map((record) => record.text).join('\n')}\n`)
    const uri = vscode.Uri.from({ scheme: 'tallyho-records', path: 'Records.log', query: String(this.texts.length - 1) })
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri))
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts[Number(uri.query)] ?? ''
  }
}

/** What a list shows of a record: its first line, without the columns of a console. */
function firstLine(record: TraceRecord): string {
  return (record.text.split('\n')[0] ?? '').replace(/\s+/g, ' ').trim() || record.kind
}
