// The counts of a run as VS Code's own coverage: percentages in the explorer, counts at the lines.

import * as vscode from 'vscode'
import type { Coverage, FileCounts } from './protocol.js'
import type { Server } from './server.js'

/** What is shown of one file; its details are fetched when it is opened. */
class Covered extends vscode.FileCoverage {
  constructor(
    uri: vscode.Uri,
    readonly session: string,
    ran: number,
    known: number,
    called: number,
    functions: number,
  ) {
    super(uri, new vscode.TestCoverageCount(ran, known), undefined, functions > 0 ? new vscode.TestCoverageCount(called, functions) : undefined)
  }
}

export class CoverageView {
  constructor(
    private readonly server: Server,
    private readonly controller: vscode.TestController,
  ) {}

  register(profile: vscode.TestRunProfile): vscode.Disposable[] {
    profile.loadDetailedCoverage = (_run, covered) => this.details(covered as Covered)
    let shown: string | undefined
    return [
      vscode.commands.registerCommand('tallyho.showCoverage', () => this.show(profile, true)),
      this.server.onDidChangeRuns(({ runs }) => {
        const newest = runs.find((run) => run.processes === undefined)
        const after = vscode.workspace.getConfiguration('tallyho').get('coverageAfterRun', false)
        if (after && newest?.state === 'ended' && newest.session !== shown) {
          void this.show(profile, false)
        }
        shown = newest?.state === 'ended' ? newest.session : undefined
      }),
    ]
  }

  /** Hands the counts of the run that is shown to VS Code. */
  async show(profile: vscode.TestRunProfile, asked: boolean): Promise<void> {
    const found = await this.server.ask<Coverage>('tallyho/coverage', {})
    if (found?.session === undefined || found.files.length === 0) {
      if (asked) {
        void vscode.window.showInformationMessage('Tallyho: nothing was counted yet. Run a program first.')
      }
      return
    }
    const run = this.controller.createTestRun(new vscode.TestRunRequest([], undefined, profile), found.title ?? 'Tallyho', false)
    this.addTo(run, found)
    run.end()
    if (asked) {
      await vscode.commands.executeCommand('workbench.view.testing.focus')
    }
  }

  /** Adds the counts of a run to the results of tests. */
  addTo(run: vscode.TestRun, found: Coverage): void {
    for (const file of found.files) {
      if (file.known > 0) {
        run.addCoverage(new Covered(vscode.Uri.parse(file.uri), found.session ?? '', file.ran, file.known, file.called, file.functions))
      }
    }
  }

  private async details(covered: Covered): Promise<vscode.FileCoverageDetail[]> {
    const counts = await this.server.ask<FileCounts>('tallyho/counts', { uri: covered.uri.toString(), session: covered.session })
    const details: vscode.FileCoverageDetail[] = []
    for (const one of counts?.statements ?? []) {
      if (one.did === 'unknown') {
        continue
      }
      const { start, end } = one.range
      const range = new vscode.Range(start.line, start.character, end.line, end.character)
      details.push(new vscode.StatementCoverage(one.hits, range))
      if (one.function !== undefined) {
        details.push(new vscode.DeclarationCoverage(one.function, one.calls ?? 0, range))
      }
    }
    return details
  }
}
