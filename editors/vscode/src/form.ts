// The form for a tracepoint: a query with completion, and what refines it, for people who do not know the language yet.

import * as vscode from 'vscode'
import { formPage } from './formpage.js'
import type { Ask, Item, QueryAnswer } from './protocol.js'
import { itemOf } from './queries.js'
import type { Row } from './rows.js'
import type { Tracepoints } from './tracepoints.js'

/** What the page says. */
type Message =
  | { readonly type: 'check'; readonly fields: Record<string, string>; readonly offset?: number; readonly turn: number }
  | { readonly type: 'save'; readonly fields: Record<string, string> }
  | { readonly type: 'cancel' }

export class Form {
  private panel: vscode.WebviewPanel | undefined
  private row: Row | undefined

  constructor(
    private readonly ask: Ask,
    private readonly tracepoints: Tracepoints,
  ) {}

  /** Opens the form, for a tracepoint that is there or for a new one. */
  open(row?: Row, start?: Item): void {
    this.row = row
    const item = start ?? row?.item ?? { query: '' }
    const title = row === undefined ? 'New Tracepoint' : 'Edit Tracepoint'
    if (this.panel === undefined) {
      const panel = vscode.window.createWebviewPanel('tallyho.form', title, { viewColumn: vscode.ViewColumn.Beside, preserveFocus: false }, { enableScripts: true })
      panel.onDidDispose(() => (this.panel = undefined))
      panel.webview.onDidReceiveMessage((message: Message) => this.take(message))
      this.panel = panel
    }
    this.panel.title = title
    this.panel.webview.html = formPage(item, row !== undefined, nonce())
    this.panel.reveal()
  }

  private async take(message: Message): Promise<void> {
    switch (message.type) {
      case 'cancel':
        this.panel?.dispose()
        break
      case 'check': {
        const answer = await this.ask<QueryAnswer>('tallyho/query', { ...message.fields, ...(message.offset === undefined ? {} : { offset: message.offset }) })
        await this.panel?.webview.postMessage({ type: 'checked', turn: message.turn, ...(answer ?? { items: [], problems: [] }) })
        break
      }
      case 'save':
        await this.save(message.fields)
    }
  }

  private async save(fields: Record<string, string>): Promise<void> {
    const item = itemOf({ ...fields, query: fields['query'] ?? '', limit: Number(fields['limit'] ?? 0), rate: Number(fields['rate'] ?? 0), stop: fields['stop'] === 'on' })
    if (this.row === undefined) {
      await this.tracepoints.add(item)
    } else {
      await this.tracepoints.change(this.row, item)
    }
    this.panel?.dispose()
    await vscode.commands.executeCommand('tallyho.tracepoints.focus')
  }
}

function nonce(): string {
  return Array.from({ length: 24 }, () => 'abcdefghijklmnopqrstuvwxyz0123456789'[Math.floor(Math.random() * 36)]).join('')
}
