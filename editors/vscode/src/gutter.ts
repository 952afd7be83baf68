// Draws the state of tracepoints at their lines, and tells the menus of line numbers where there is one.

import * as vscode from 'vscode'
import { type Mark, wordsOf } from './marks.js'
import type { Places } from './places.js'
import { description, type State } from './rows.js'

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

  constructor(private readonly places: Places) {
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
    return [this, this.places.onDidChange(() => this.draw())]
  }

  dispose(): void {
    for (const type of this.types.values()) {
      type.dispose()
    }
  }

  private draw(): void {
    for (const editor of vscode.window.visibleTextEditors) {
      const here = this.places.in(editor.document.uri).filter((mark) => mark.line <= editor.document.lineCount)
      for (const [state, type] of this.types) {
        editor.setDecorations(type, here.filter((mark) => mark.row.state === state).map(decoration))
      }
    }
    const active = vscode.window.activeTextEditor?.document.uri
    const lines = active === undefined ? [] : this.places.in(active).map((mark) => mark.line)
    void vscode.commands.executeCommand('setContext', 'tallyho.tracedLines', lines)
  }
}

function decoration(mark: Mark): vscode.DecorationOptions {
  const line = mark.line - 1
  const hover = new vscode.MarkdownString()
  hover.appendText(`${mark.row.label}: ${description(mark.row)}`)
  return { range: new vscode.Range(line, Number.MAX_SAFE_INTEGER, line, Number.MAX_SAFE_INTEGER), hoverMessage: hover, renderOptions: { after: { contentText: wordsOf(mark) } } }
}
