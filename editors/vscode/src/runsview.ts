// The view "Runs": what runs, what ran, and how much of each file that was.

import * as vscode from 'vscode'
import type { Comparison, Coverage, CoveredFile, FleetProcess, RunInfo } from './protocol.js'
import type { Server } from './server.js'
import { baseName, percent, plural, runWords } from './words.js'

/** A run stays the same node for as long as it is there, so that a menu that is open still means it. */
export type RunNode = { run: RunInfo } | { readonly run: RunInfo; readonly file: CoveredFile } | { readonly run: RunInfo; readonly process: FleetProcess }

export class RunsView implements vscode.TreeDataProvider<RunNode>, vscode.TextDocumentContentProvider {
  private nodes: { run: RunInfo }[] = []
  private readonly changes = new vscode.EventEmitter<RunNode[] | undefined>()
  private readonly pages = new Map<string, string>()
  readonly onDidChangeTreeData = this.changes.event

  constructor(private readonly server: Server) {}

  register(): vscode.Disposable[] {
    const view = vscode.window.createTreeView('tallyho.runs', { treeDataProvider: this })
    return [
      view,
      this.changes,
      this.server.onDidChangeRuns(({ runs }) => {
        const live = runs.filter((run) => run.state !== 'ended').length
        view.badge = live === 0 ? undefined : { value: live, tooltip: `${plural(live, 'program')} running` }
        this.renew(runs)
      }),
      vscode.workspace.registerTextDocumentContentProvider('tallyho-compare', this),
      vscode.commands.registerCommand('tallyho.runs.choose', (node?: RunNode) => this.choose(node)),
      vscode.commands.registerCommand('tallyho.runs.newest', () => this.chooseSession('')),
      vscode.commands.registerCommand('tallyho.runs.compare', (node?: RunNode) => this.compare(node)),
      vscode.commands.registerCommand('tallyho.runs.delete', (node?: RunNode) => this.remove(node)),
      vscode.commands.registerCommand('tallyho.runs.savePage', (node?: RunNode) => this.savePage(node)),
      vscode.commands.registerCommand('tallyho.runs.openRecording', (node?: RunNode) => this.openRecording(node)),
      vscode.commands.registerCommand('tallyho.runs.clear', () => this.clear()),
    ]
  }

  getTreeItem(node: RunNode): vscode.TreeItem {
    return 'file' in node ? fileItem(node.file) : 'process' in node ? processItem(node.process) : runItem(node.run)
  }

  async getChildren(node?: RunNode): Promise<RunNode[]> {
    if (node === undefined) {
      const had = new Map(this.nodes.map((one) => [one.run.session, one]))
      this.nodes = this.server.state.runs.map((run) => Object.assign(had.get(run.session) ?? { run }, { run }))
      return this.nodes
    }
    if (node.run.processes !== undefined) {
      return node.run.processes.map((process) => ({ run: node.run, process }))
    }
    const found = await this.server.ask<Coverage>('tallyho/coverage', { session: node.run.session })
    return (found?.files ?? []).map((file) => ({ run: node.run, file }))
  }

  /** Shows what has changed: the runs whose state has, or the list. */
  private renew(runs: readonly RunInfo[]): void {
    if (runs.length !== this.nodes.length || runs.some((run, i) => run.session !== this.nodes[i]?.run.session)) {
      this.changes.fire(undefined)
      return
    }
    const changed = this.nodes.filter((node, i) => JSON.stringify(node.run) !== JSON.stringify(runs[i]))
    this.nodes.forEach((node, i) => (node.run = runs[i] ?? node.run))
    if (changed.length > 0) {
      this.changes.fire(changed)
    }
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.pages.get(uri.query) ?? 'This comparison is gone.'
  }

  private async choose(node?: RunNode): Promise<void> {
    const run = node?.run ?? (await this.pick('Show the annotations of which run?'))
    if (run !== undefined) {
      await this.chooseSession(run.session)
    }
  }

  private async chooseSession(session: string): Promise<void> {
    // A command of the server's; without a session and with runs it would ask.
    await this.server.choose(session)
  }

  private async compare(node?: RunNode): Promise<void> {
    const one = node?.run ?? (await this.pick('Compare which run?'))
    const other = one && (await this.pick('… with which other?', this.runs().filter((run) => run.session !== one.session)))
    if (one === undefined || other === undefined) {
      return
    }
    const [before, after] = [one, other].sort((a, b) => a.started.localeCompare(b.started))
    const page = await this.server.ask<Comparison>('tallyho/compare', { before: before?.session, after: after?.session, lines: true })
    if (page === undefined) {
      void vscode.window.showWarningMessage('Tallyho: one of the runs is no longer there.')
      return
    }
    const key = `${before?.session}+${after?.session}`
    this.pages.set(key, page.markdown)
    await vscode.commands.executeCommand('markdown.showPreview', vscode.Uri.from({ scheme: 'tallyho-compare', path: `${page.title}.md`, query: key }))
  }

  private async remove(node?: RunNode): Promise<void> {
    const run = node?.run ?? (await this.pick('Delete which run?'))
    if (run === undefined) {
      return
    }
    if ((await this.server.ask('tallyho/deleteRun', { session: run.session })) === undefined) {
      void vscode.window.showWarningMessage('Tallyho: only a run that has ended can be deleted.')
    }
  }

  /** Writes a run as one page that can be sent. */
  private async savePage(node?: RunNode): Promise<void> {
    const run = node?.run ?? (await this.pick('Save which run as a page?'))
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri
    const name = `${run === undefined ? 'run' : nameOf(run).replace(/\.py$/, '')}.html`
    const to = run && (await vscode.window.showSaveDialog({ title: 'Save the run as a page', ...(folder ? { defaultUri: vscode.Uri.joinPath(folder, name) } : {}), filters: { HTML: ['html'] } }))
    if (run === undefined || to === undefined) {
      return
    }
    if ((await this.server.ask('tallyho/savePage', { path: to.fsPath, session: run.session })) === undefined) {
      void vscode.window.showWarningMessage('Tallyho: the page was not written.')
      return
    }
    const show = 'Open'
    if ((await vscode.window.showInformationMessage(`Tallyho: the run is in ${baseName(to.fsPath)}.`, show)) === show) {
      await vscode.env.openExternal(to)
    }
  }

  /** Walks through what was recorded of a run. */
  private async openRecording(node?: RunNode): Promise<void> {
    const recorded = this.server.state.runs.filter((run) => run.recording !== undefined)
    if (recorded.length === 0) {
      void vscode.window.showInformationMessage('Tallyho: no run here was recorded. Start… offers to record one, and so does "record": true in launch.json.')
      return
    }
    const run = node?.run ?? (await this.pick('Open the recording of which run?', recorded))
    if (run?.recording !== undefined) {
      const configuration = { type: 'tallyho', request: 'launch', name: `Tallyho: recording of ${nameOf(run)}`, recording: run.recording }
      await vscode.debug.startDebugging(vscode.workspace.workspaceFolders?.[0], configuration)
    }
  }

  private async clear(): Promise<void> {
    const ended = this.server.state.runs.filter((run) => run.state === 'ended')
    const sure = 'Delete'
    const asked = `Delete ${plural(ended.length, 'run')} of this workspace? Their counts and values are gone then.`
    if (ended.length > 0 && (await vscode.window.showWarningMessage(asked, { modal: true }, sure)) === sure) {
      await Promise.all(ended.map((run) => this.server.ask('tallyho/deleteRun', { session: run.session })))
    }
  }

  /** The runs of programs; a fleet has none of its own. */
  private runs(): RunInfo[] {
    return this.server.state.runs.filter((run) => run.processes === undefined)
  }

  private async pick(title: string, runs = this.runs()): Promise<RunInfo | undefined> {
    if (runs.length === 0) {
      void vscode.window.showInformationMessage(this.runs().length === 0 ? 'Tallyho: nothing ran yet.' : 'Tallyho: there is no other run.')
      return undefined
    }
    const choices = runs.map((run) => ({ label: nameOf(run), description: runWords(run), detail: timeOf(run), run }))
    return (await vscode.window.showQuickPick(choices, { title }))?.run
  }
}

function nameOf(run: RunInfo): string {
  if (run.processes !== undefined) {
    return run.program ?? 'fleet'
  }
  return run.program ? baseName(run.program) : 'a program'
}

function timeOf(run: RunInfo): string {
  return `${new Date(run.started).toLocaleString()}${run.python ? ` · Python ${run.python}` : ''}`
}

function clock(time: string): string {
  return new Date(time).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' })
}

function runItem(run: RunInfo): vscode.TreeItem {
  const item = new vscode.TreeItem(nameOf(run), vscode.TreeItemCollapsibleState.Collapsed)
  item.id = run.session
  const hits = run.uncounted ? '' : plural(run.hits, 'hit') + (run.processes === undefined ? '' : ` in ${plural(run.processes.length, 'process')}`)
  item.description = [run.chosen ? 'shown' : '', clock(run.started), run.state === 'ended' ? '' : run.state, hits, run.stale.length > 0 ? 'edited since' : '']
    .filter((word) => word !== '')
    .join(' · ')
  item.tooltip = `${run.text}\n${timeOf(run)}`
  item.contextValue = run.processes !== undefined ? 'fleet' : `${run.state === 'ended' ? 'ended' : 'live'}${run.recording === undefined ? '' : ' recorded'}`
  const icon = run.processes !== undefined ? 'server-environment' : run.chosen ? 'check' : run.state === 'ended' ? 'history' : run.state === 'paused' ? 'debug-pause' : 'play-circle'
  item.iconPath = new vscode.ThemeIcon(icon, run.state === 'ended' ? undefined : new vscode.ThemeColor('charts.green'))
  return item
}

function processItem(process: FleetProcess): vscode.TreeItem {
  const item = new vscode.TreeItem(process.name, vscode.TreeItemCollapsibleState.None)
  item.description = plural(process.hits, 'hit')
  item.tooltip = `${process.name}: ${plural(process.hits, 'hit')} of all that is asked`
  item.iconPath = new vscode.ThemeIcon('server-process')
  item.contextValue = 'process'
  return item
}

function fileItem(file: CoveredFile): vscode.TreeItem {
  const item = new vscode.TreeItem(vscode.Uri.parse(file.uri), vscode.TreeItemCollapsibleState.None)
  item.description = `${percent(file.ran, file.known)} ran · ${plural(file.hits, 'hit')}`
  const unknown = file.unknown > 0 ? `\nOf ${plural(file.unknown, 'statement')} it is not known. ${file.incomplete}` : ''
  item.tooltip = `${file.ran} of ${plural(file.known, 'statement')} ran, ${file.called} of ${plural(file.functions, 'function')} called${unknown}`
  item.command = { command: 'vscode.open', title: 'Open', arguments: [vscode.Uri.parse(file.uri)] }
  item.contextValue = 'file'
  return item
}
