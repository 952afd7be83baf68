// What is traced in the window, and what can be done with it.

import * as vscode from 'vscode'
import type { Item } from './protocol.js'
import { added, changed, entriesOf, itemOf, type Own, sameItem, shortest, without } from './queries.js'
import { type Breakpoint, type Row, rowsOf } from './rows.js'
import type { Sessions } from './session.js'

const storedAs = 'tallyho.tracepoints'

/** The tracepoints of the window: its own queries, its breakpoints, and what the program that runs is asked besides. */
export class Tracepoints implements vscode.Disposable {
  private disabled: readonly Item[] = [] // of launch.json, for as long as the session runs
  private ever: readonly Item[] = [] // of the window's own, all that there were since the session began
  private readonly changes = new vscode.EventEmitter<void>()
  private readonly subscriptions: vscode.Disposable[]
  readonly onDidChange = this.changes.event

  constructor(
    private readonly memory: vscode.Memento,
    private readonly sessions: Sessions,
  ) {
    let session: string | undefined
    this.subscriptions = [
      this.changes,
      sessions.onDidChange(() => {
        if (session !== sessions.current?.session.id) {
          session = sessions.current?.session.id
          this.disabled = []
          this.ever = this.own.map((one) => one.item)
        }
        this.changes.fire()
      }),
      vscode.debug.onDidChangeBreakpoints(() => this.changes.fire()),
    ]
  }

  dispose(): void {
    for (const one of this.subscriptions) {
      one.dispose()
    }
  }

  get own(): readonly Own[] {
    return this.memory.get<Own[]>(storedAs, [])
  }

  rows(): Row[] {
    return rowsOf(this.own, vscode.debug.breakpoints.map(described).filter(isPython), this.sessions.current?.followed ?? [], this.disabled)
  }

  /** Adds a query of the window's own; one that is there already is switched on. Reports whether a program is asked already, and not only those to come. */
  async add(item: Item, title?: string): Promise<boolean> {
    const there = this.own.find((one) => sameItem(one.item, item))
    return this.store(there === undefined ? added(this.own, item, title) : changed(this.own, there.key, { enabled: true }))
  }

  async setEnabled(row: Row, enabled: boolean): Promise<void> {
    switch (row.kind) {
      case 'own':
        await this.store(changed(this.own, row.own?.key ?? 0, { enabled }))
        break
      case 'launch':
        if (row.item !== undefined) {
          const { item } = row
          this.disabled = enabled ? this.disabled.filter((one) => !sameItem(one, item)) : [...this.disabled, item]
          await this.send()
        }
        break
      case 'breakpoint':
        this.replaceBreakpoint(row, enabled)
        break
      default:
        void vscode.window.showInformationMessage('Tallyho: this one can only be removed.')
    }
  }

  async remove(row: Row): Promise<void> {
    switch (row.kind) {
      case 'own':
        await this.store(without(this.own, row.own?.key ?? 0))
        break
      case 'breakpoint':
        vscode.debug.removeBreakpoints(vscode.debug.breakpoints.filter((one) => one.id === row.breakpoint?.id))
        break
      default:
        if (row.followed === undefined) {
          this.disabled = this.disabled.filter((one) => row.item === undefined || !sameItem(one, row.item))
          this.changes.fire()
        } else {
          await this.sessions.request('tallyho/removeTracepoints', { ids: [row.followed.id] })
        }
    }
  }

  /** Puts another query in the place of one. */
  async change(row: Row, item: Item): Promise<void> {
    if (row.kind === 'own') {
      await this.store(changed(this.own, row.own?.key ?? 0, { item: itemOf(item), title: undefined }))
      return
    }
    await this.remove(row)
    await this.add(item)
  }

  private async store(own: readonly Own[]): Promise<boolean> {
    await this.memory.update(storedAs, own)
    this.ever = [...this.ever, ...own.map((one) => one.item)]
    this.changes.fire()
    return this.send()
  }

  /** Tells the program that runs what it is asked now: what its configuration asked, without what was switched off, and the window's own. */
  private async send(): Promise<boolean> {
    const running = this.sessions.running
    if (running === undefined) {
      return false
    }
    const has = (list: readonly Item[], item: Item): boolean => list.some((one) => sameItem(one, item))
    const first = entriesOf(running.session.configuration['trace']).map(itemOf)
    const configured = running.followed.flatMap((one) => (one.owner === 'launch' && one.item !== undefined ? [one.item] : []))
    const theirs = [...first, ...configured.filter((item) => !has(first, item))] // the latter are of files of queries
    const own = this.own.filter((one) => one.enabled).map((one) => one.item)
    const list = [...theirs.filter((item) => !has(this.ever, item) && !has(this.disabled, item)), ...own]
    return this.sessions.request('tallyho/setTracepoints', { tracepoints: list.map(shortest) })
  }

  private replaceBreakpoint(row: Row, enabled: boolean): void {
    const old = vscode.debug.breakpoints.find((one) => one.id === row.breakpoint?.id)
    if (old === undefined) {
      return
    }
    vscode.debug.removeBreakpoints([old])
    if (old instanceof vscode.SourceBreakpoint) {
      vscode.debug.addBreakpoints([new vscode.SourceBreakpoint(old.location, enabled, old.condition, old.hitCondition, old.logMessage)])
    } else if (old instanceof vscode.FunctionBreakpoint) {
      vscode.debug.addBreakpoints([new vscode.FunctionBreakpoint(old.functionName, enabled, old.condition, old.hitCondition, old.logMessage)])
    }
  }
}

function described(one: vscode.Breakpoint): Breakpoint {
  const common = { id: one.id, enabled: one.enabled, condition: one.condition, hitCondition: one.hitCondition, logMessage: one.logMessage }
  if (one instanceof vscode.SourceBreakpoint) {
    return { ...common, path: one.location.uri.fsPath, line: one.location.range.start.line + 1 }
  }
  return one instanceof vscode.FunctionBreakpoint ? { ...common, function: one.functionName } : { ...common }
}

function isPython(one: Breakpoint): boolean {
  return one.function !== undefined || /\.(py|pyw|pyi|html|jinja2?|j2)$/i.test(one.path ?? '')
}
