// Traces a line, a function or a name from the editor: whether a program runs or not.

import * as vscode from 'vscode'
import type { Places } from './places.js'
import type { Ask, Suggestion } from './protocol.js'
import type { Row } from './rows.js'
import type { Server } from './server.js'
import type { Sessions } from './session.js'
import type { Tracepoints } from './tracepoints.js'

/** What the menu of a line number hands over. */
interface LineNumber {
  readonly lineNumber: number // from 1
  readonly uri: vscode.Uri
}

interface Place {
  readonly uri: vscode.Uri
  readonly line: number // from 0
  readonly character: number
}

export class TraceCommands {
  constructor(
    private readonly ask: Ask,
    private readonly server: Server,
    private readonly sessions: Sessions,
    private readonly tracepoints: Tracepoints,
    private readonly places: Places,
  ) {}

  register(): vscode.Disposable[] {
    const at = (name: string, what: (place: Place) => Promise<unknown>): vscode.Disposable =>
      vscode.commands.registerCommand(`tallyho.trace.${name}`, async (given?: LineNumber) => {
        const place = placeOf(given)
        if (place === undefined) {
          void vscode.window.showInformationMessage('Tallyho: open a Python file first.')
          return
        }
        await what(place)
      })
    const onRow = (name: string, what: (row: Row) => unknown): vscode.Disposable =>
      at(name, async (place) => {
        const row = this.places.in(place.uri).find((one) => one.line === place.line + 1)?.row
        if (row === undefined) {
          void vscode.window.showInformationMessage('Tallyho: nothing is traced at this line.')
          return
        }
        await what(row)
      })
    const rowCommand = (name: string) => (row: Row) => vscode.commands.executeCommand(`tallyho.tracepoints.${name}`, row)
    return [
      at('line', (place) => this.line(place)),
      at('function', (place) => this.query(place, 'function', 'tallyho.traceFunction', 'There is no function around this line')),
      at('name', (place) => this.query(place, 'name', 'tallyho.traceName', 'There is no name here')),
      onRow('edit', rowCommand('edit')),
      onRow('disable', (row) => this.tracepoints.setEnabled(row, !row.enabled)),
      onRow('remove', (row) => this.tracepoints.remove(row)),
    ]
  }

  /** A logpoint with the line's variables; on a line that has one it is taken away. */
  private async line(place: Place): Promise<void> {
    const said = await this.suggest(place)
    if (said !== undefined && (await this.askedElsewhere('tallyho.traceLine', { uri: place.uri.toString(), line: said.line.line + 1 }))) {
      return
    }
    const line = said?.line.line ?? place.line
    const there = vscode.debug.breakpoints.filter(
      (one) => one instanceof vscode.SourceBreakpoint && one.logMessage && one.location.uri.toString() === place.uri.toString() && one.location.range.start.line === line,
    )
    if (there.length > 0) {
      vscode.debug.removeBreakpoints(there)
      return
    }
    const location = new vscode.Location(place.uri, new vscode.Position(line, 0))
    vscode.debug.addBreakpoints([new vscode.SourceBreakpoint(location, true, undefined, undefined, said?.line.logMessage ?? 'here')])
  }

  private async query(place: Place, what: 'function' | 'name', command: string, none: string): Promise<void> {
    const said = await this.suggest(place)
    const found = said?.[what] ?? (what === 'name' && said !== undefined ? await nameOf(said) : undefined)
    if (found === undefined && what === 'name' && (said?.names.length ?? 0) > 0) {
      return // nothing was chosen
    }
    if (found === undefined) {
      void vscode.window.showInformationMessage(`Tallyho: ${none}.`)
      return
    }
    const named = what === 'name' ? { name: found.name } : { function: found.name }
    if (await this.askedElsewhere(command, { uri: place.uri.toString(), line: place.line + 1, ...named })) {
      return
    }
    const calls = what === 'function' ? `calls of ${found.name}` : `every use of ${found.name} in ${vscode.workspace.asRelativePath(place.uri)}`
    const asked = await this.tracepoints.add({ query: found.query }, calls)
    void vscode.window.setStatusBarMessage(`Tallyho: tracing ${calls}${asked ? '' : ', from the next run on'}`, 4000)
  }

  /** Asks a program that this window did not start: only the language server reaches it. False where none runs, or none any more: that it has ended may be news here. */
  private async askedElsewhere(command: string, about: object): Promise<boolean> {
    if (this.sessions.running !== undefined || !this.server.state.runs.some((run) => run.state !== 'ended')) {
      return false
    }
    const answer = await vscode.commands.executeCommand<{ running?: boolean } | null>(command, { ...about, elseKept: true })
    return answer?.running !== false
  }

  private suggest(place: Place): Promise<Suggestion | undefined> {
    return this.ask<Suggestion>('tallyho/suggest', { uri: place.uri.toString(), line: place.line, character: place.character })
  }
}

/** Asks which of a line's names is meant, where there are several. */
async function nameOf(said: Suggestion): Promise<Suggestion['name']> {
  if (said.names.length < 2) {
    return said.names[0]
  }
  return (await vscode.window.showQuickPick(said.names.map((one) => ({ label: one.name, ...one })), { title: 'Trace every use of which name?' })) ?? undefined
}

function placeOf(given?: LineNumber): Place | undefined {
  const editor = vscode.window.activeTextEditor
  if (given?.uri !== undefined && given.lineNumber !== undefined) {
    const cursor = editor?.document.uri.toString() === given.uri.toString() && editor.selection.active.line === given.lineNumber - 1
    return { uri: given.uri, line: given.lineNumber - 1, character: cursor ? editor.selection.active.character : 0 }
  }
  if (editor === undefined || editor.document.languageId !== 'python') {
    return undefined
  }
  return { uri: editor.document.uri, line: editor.selection.active.line, character: editor.selection.active.character }
}
