// Draws the state of tracepoints at their lines, and tells the menus of line numbers where there is one.

import * as vscode from 'vscode'
import { description, type Row, type State } from './rows.js'
import type { Tracepoints } from './tracepoints.js'

const colors: Readonly<Partial<Record<State, string>>> = {
  hit: 'charts.green',
  armed: 'charts.blue',
  pending: 'descriptionForeground',
  failed: 'errorForeground',
  disarmed: 'charts.yellow',
}

/** The lines of tracepoints in the editor: a word at the line's end, a mark in the overview ruler. */
export class Gutter implements vscode.Disposable {
  private readonly types = new Map<State, vscode.TextEditorDecorationType>()

  constructor(private readonly tracepoints: Tracepoints) {
    for (const [state, color] of Object.entries(colors) as [State, string][]) {
      this.types.set(
        state,
        vscode.window.createTextEditorDecorationType({
          overviewRulerColor: new vscode.ThemeColor(color),
          overviewRulerLane: vscode.OverviewRulerLane.Right,
          after: { color: new vscode.ThemeColor(color), margin: '0 0 0 1.5em' },
        }),
      )
    }
  }

  register(): vscode.Disposable[] {
    return [this, this.tracepoints.onDidChange(() => this.draw()), vscode.window.onDidChangeVisibleTextEditors(() => this.draw()), vscode.window.onDidChangeActiveTextEditor(() => this.draw())]
  }

  dispose(): void {
    for (const type of this.types.values()) {
      type.dispose()
    }
  }

  private draw(): void {
    const rows = this.tracepoints.rows().filter((row) => row.path !== undefined)
    for (const editor of vscode.window.visibleTextEditors) {
      const here = rows.filter((row) => row.path === editor.document.uri.fsPath)
      for (const [state, type] of this.types) {
        editor.setDecorations(type, here.filter((row) => row.state === state && (row.line ?? 0) <= editor.document.lineCount).map(mark))
      }
    }
    const active = vscode.window.activeTextEditor?.document.uri.fsPath
    const lines = rows.filter((row) => row.path === active).map((row) => row.line)
    void vscode.commands.executeCommand('setContext', 'tallyho.tracedLines', lines)
  }
}

function mark(row: Row): vscode.DecorationOptions {
  const line = (row.line ?? 1) - 1
  const hover = new vscode.MarkdownString()
  hover.appendText(`${row.label}: ${description(row)}`)
  return { range: new vscode.Range(line, Number.MAX_SAFE_INTEGER, line, Number.MAX_SAFE_INTEGER), hoverMessage: hover, renderOptions: { after: { contentText: short(row) } } }
}

/** What stands behind the line: how often it was hit, or why it is not. */
function short(row: Row): string {
  switch (row.state) {
    case 'hit':
      return `◆ ${description(row)}`
    case 'failed':
      return '◆ ✗'
    case 'pending':
      return '◇ waits'
    case 'disarmed':
      return '◇ off'
    default:
      return '◆ no hit yet'
  }
}
