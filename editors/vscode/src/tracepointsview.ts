// The view "Tracepoints": everything that is traced, its state and what can be done with it.

import * as vscode from 'vscode'
import type { Form } from './form.js'
import { description, type Row, type State } from './rows.js'
import type { Sessions } from './session.js'
import type { Tracepoints } from './tracepoints.js'

const icons: Readonly<Record<State, readonly [string, string | undefined]>> = {
  armed: ['debug-breakpoint-log', 'charts.blue'],
  hit: ['debug-breakpoint-log', 'charts.green'],
  pending: ['debug-breakpoint-log-unverified', undefined],
  failed: ['error', 'errorForeground'],
  disarmed: ['circle-slash', 'charts.yellow'],
  disabled: ['debug-breakpoint-log-disabled', undefined],
  idle: ['debug-breakpoint-log-unverified', undefined],
}

/** A row as the tree holds it: the same for as long as the row is there, so that a menu that is open still means it. */
class Node {
  constructor(public row: Row) {}
}

export class TracepointsView implements vscode.TreeDataProvider<Node> {
  private nodes: Node[] = []
  private readonly changes = new vscode.EventEmitter<Node[] | undefined>()
  private readonly selections = new vscode.EventEmitter<Row | undefined>()
  readonly onDidChangeTreeData = this.changes.event
  /** The person has chosen another row. */
  readonly onDidSelect = this.selections.event

  constructor(
    private readonly tracepoints: Tracepoints,
    private readonly sessions: Sessions,
    private readonly form: Form,
  ) {}

  register(): vscode.Disposable[] {
    const view = vscode.window.createTreeView('tallyho.tracepoints', { treeDataProvider: this })
    const on = (name: string, what: (row: Row) => unknown): vscode.Disposable =>
      vscode.commands.registerCommand(`tallyho.tracepoints.${name}`, async (given?: Node | Row) => {
        const row = (given instanceof Node ? given.row : given) ?? (await this.pick())
        return row === undefined ? undefined : what(row)
      })
    return [
      view,
      this.changes,
      this.selections,
      this.tracepoints.onDidChange(() => this.renew()),
      view.onDidChangeSelection(({ selection }) => this.selections.fire(selection[0]?.row)),
      view.onDidChangeCheckboxState(async ({ items }) => {
        for (const [{ row }, state] of items) {
          await this.tracepoints.setEnabled(row, state === vscode.TreeItemCheckboxState.Checked)
        }
      }),
      vscode.commands.registerCommand('tallyho.tracepoints.add', () => this.form.open()),
      on('edit', (row) => this.edit(row)),
      on('enable', (row) => this.tracepoints.setEnabled(row, true)),
      on('disable', (row) => this.tracepoints.setEnabled(row, false)),
      on('remove', (row) => this.tracepoints.remove(row)),
      on('goTo', (row) => this.goTo(row)),
      on('copyQuery', (row) => copy(row, 'query')),
      on('copyHunter', (row) => copy(row, 'hunter')),
      on('copyBreakpoint', (row) => copy(row, 'breakpoint')),
    ]
  }

  getTreeItem({ row }: Node): vscode.TreeItem {
    const item = new vscode.TreeItem(row.label)
    item.id = row.id
    item.description = description(row)
    const [icon, color] = icons[row.state]
    item.iconPath = new vscode.ThemeIcon(icon, color === undefined ? undefined : new vscode.ThemeColor(color))
    const tooltip = new vscode.MarkdownString()
    tooltip.appendCodeblock(row.item?.query ?? row.label, 'tally').appendText(row.told)
    item.tooltip = tooltip
    item.contextValue = `${row.kind} ${row.enabled ? 'enabled' : 'disabled'}${row.path === undefined ? '' : ' place'}`
    if (row.kind === 'own' || row.kind === 'breakpoint' || (row.kind === 'launch' && row.item !== undefined)) {
      item.checkboxState = row.enabled ? vscode.TreeItemCheckboxState.Checked : vscode.TreeItemCheckboxState.Unchecked
    }
    return item
  }

  getChildren(node?: Node): Node[] {
    if (node !== undefined) {
      return []
    }
    const had = new Map(this.nodes.map((one) => [one.row.id, one]))
    this.nodes = this.tracepoints.rows().map((row) => {
      const kept = had.get(row.id) ?? new Node(row)
      kept.row = row
      return kept
    })
    return this.nodes
  }

  /** Shows what has changed: the rows whose state has, or the list. */
  private renew(): void {
    const rows = this.tracepoints.rows()
    if (rows.length !== this.nodes.length || rows.some((row, i) => row.id !== this.nodes[i]?.row.id)) {
      this.changes.fire(undefined)
      return
    }
    const changed = this.nodes.filter((node, i) => JSON.stringify(node.row) !== JSON.stringify(rows[i]))
    this.nodes.forEach((node, i) => (node.row = rows[i] ?? node.row))
    if (changed.length > 0) {
      this.changes.fire(changed)
    }
  }

  private async pick(): Promise<Row | undefined> {
    const rows = this.tracepoints.rows()
    if (rows.length === 0) {
      void vscode.window.showInformationMessage('Tallyho: nothing is traced yet. Right-click a line number, or add a query.')
      return undefined
    }
    const choices = rows.map((row) => ({ label: row.label, description: description(row), row }))
    return (await vscode.window.showQuickPick(choices, { title: 'Which tracepoint?' }))?.row
  }

  private async edit(row: Row): Promise<void> {
    if (row.kind === 'breakpoint' && row.path !== undefined) {
      await this.goTo(row)
      await vscode.commands.executeCommand('editor.debug.action.editBreakpoint')
    } else if (row.item !== undefined && (row.kind === 'own' || row.kind === 'launch')) {
      this.form.open(row)
    } else {
      const text = row.followed?.copies.query
      this.form.open(undefined, text ? { query: text } : undefined)
    }
  }

  /** Goes to a breakpoint's line, or to where the newest record of a query comes from. */
  private async goTo(row: Row): Promise<void> {
    const record = this.sessions.current?.records.newest(row.followed?.number ?? -1, '')[0]
    const [path, line] = row.path === undefined ? [record?.path, record?.line] : [row.path, row.line]
    if (!path || line === undefined) {
      void vscode.window.showInformationMessage('Tallyho: this one has no place yet: it has matched nothing so far.')
      return
    }
    await goToLine(path, line)
  }
}

/** Shows a line (from 1) of a file. */
export async function goToLine(path: string, line: number): Promise<void> {
  const at = new vscode.Position(Math.max(0, line - 1), 0)
  await vscode.window.showTextDocument(vscode.Uri.file(path), { selection: new vscode.Range(at, at), preview: true })
}

async function copy(row: Row, as: 'query' | 'hunter' | 'breakpoint'): Promise<void> {
  const copies = row.followed?.copies ?? unasked(row)
  const text = copies[as]
  if (!text) {
    void vscode.window.showInformationMessage(`Tallyho: nothing was copied: ${copies.lost ?? 'the adapter says it while a program runs'}.`)
    return
  }
  await vscode.env.clipboard.writeText(text)
  void vscode.window.setStatusBarMessage(as !== 'breakpoint' && copies.lost ? `Copied; ${copies.lost}` : 'Copied', 4000)
}

/** What can be copied while no adapter is there to say it: a query as it is. */
function unasked(row: Row): { query: string; hunter: string; breakpoint: string; lost?: string } {
  const plain = row.item !== undefined && Object.keys(row.item).length === 1 ? row.item.query : ''
  const hunter = plain && `PYTHONHUNTER='${plain.replaceAll("'", `'\\''`)}'`
  return { query: plain, hunter, breakpoint: plain && JSON.stringify({ name: plain }) }
}
