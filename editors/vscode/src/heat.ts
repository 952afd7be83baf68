// Draws what was counted: heat in the gutter and the overview ruler, and lines that never ran dimmed.

import * as vscode from 'vscode'
import type { Counted } from './counted.js'
import { colorOf, heatOf, levels, neverRan } from './levels.js'

const heatSetting = 'heat'
const neverSetting = 'dimNeverRun'

export class Heat implements vscode.Disposable {
  private readonly hot: vscode.TextEditorDecorationType[]
  private readonly never = vscode.window.createTextEditorDecorationType({
    opacity: '0.45',
    overviewRulerColor: new vscode.ThemeColor('editorWarning.foreground'),
    overviewRulerLane: vscode.OverviewRulerLane.Left,
    isWholeLine: true,
  })
  private watching = 0

  constructor(private readonly counted: Counted) {
    this.hot = Array.from({ length: levels }, (_, i) =>
      vscode.window.createTextEditorDecorationType({
        gutterIconPath: bar(i + 1),
        gutterIconSize: 'contain',
        overviewRulerColor: colorOf(i + 1),
        overviewRulerLane: vscode.OverviewRulerLane.Center,
      }),
    )
  }

  register(): vscode.Disposable[] {
    this.set()
    return [
      this,
      this.counted.onDidChange((editor) => this.draw(editor)),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('tallyho')) {
          this.set()
        }
      }),
      vscode.commands.registerCommand('tallyho.toggleHeat', () => toggle(heatSetting)),
      vscode.commands.registerCommand('tallyho.toggleNeverRun', () => toggle(neverSetting)),
      vscode.commands.registerCommand('tallyho.toggleHints', () => toggle('enable')),
    ]
  }

  dispose(): void {
    for (const type of [...this.hot, this.never]) {
      type.dispose()
    }
  }

  private set(): void {
    const watching = on(heatSetting) || on(neverSetting) ? 1 : 0
    this.counted.watch(watching - this.watching)
    this.watching = watching
    for (const editor of vscode.window.visibleTextEditors) {
      this.draw(editor)
    }
  }

  private draw(editor: vscode.TextEditor): void {
    const counts = on('enable') ? this.counted.of(editor) : undefined
    const statements = counts?.statements ?? []
    const heat = on(heatSetting) ? heatOf(statements, counts?.most ?? 0) : new Map<number, number>()
    const lines = Array.from({ length: levels }, (): vscode.Range[] => [])
    for (const [line, level] of heat) {
      lines[level - 1]?.push(new vscode.Range(line, 0, line, 0))
    }
    this.hot.forEach((type, i) => editor.setDecorations(type, lines[i] ?? []))
    const cold = on(neverSetting) ? neverRan(statements) : []
    editor.setDecorations(
      this.never,
      cold.map(({ start, end }) => ({ range: new vscode.Range(start, 0, end, Number.MAX_SAFE_INTEGER), hoverMessage: 'Never ran' })),
    )
  }
}

function on(setting: string): boolean {
  return vscode.workspace.getConfiguration('tallyho').get(setting, false)
}

async function toggle(setting: string): Promise<void> {
  const settings = vscode.workspace.getConfiguration('tallyho')
  await settings.update(setting, !settings.get(setting, false), vscode.ConfigurationTarget.Global)
}

/** A bar at the gutter's right edge, broader for more. */
function bar(level: number): vscode.Uri {
  const width = 1 + level
  return vscode.Uri.parse(
    `data:image/svg+xml;utf8,${encodeURIComponent(
      `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16"><rect x="${16 - width}" y="0" width="${width}" height="16" fill="${colorOf(level)}"/></svg>`,
    )}`,
  )
}
