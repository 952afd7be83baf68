// The tests of the workspace, in VS Code's Test Explorer: running one traces it.

import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import * as vscode from 'vscode'
import type { CoverageView } from './coverageview.js'
import type { Ask, Coverage, TestItemInfo } from './protocol.js'
import { resultsIn, summed, type TestResult } from './results.js'

const most = 500 // files that are looked into without being opened
const pattern = '**/{test*,*_test}.py'
const beside = '**/{node_modules,.venv,venv,site-packages,.git}/**'

export class Tests {
  private readonly items = new Map<string, vscode.TestItem>() // by file path and id

  constructor(
    private readonly ask: Ask,
    private readonly controller: vscode.TestController,
    private readonly extension: vscode.Uri,
  ) {}

  register(coverage: CoverageView): vscode.Disposable[] {
    const { controller } = this
    const profile = (name: string, kind: vscode.TestRunProfileKind): vscode.TestRunProfile =>
      controller.createRunProfile(name, kind, (request, token) => this.run(request, token, kind === vscode.TestRunProfileKind.Coverage ? coverage : undefined), true)
    const traced = profile('Trace', vscode.TestRunProfileKind.Run)
    profile('Trace and Stop', vscode.TestRunProfileKind.Debug)
    const counted = profile('Trace with Coverage', vscode.TestRunProfileKind.Coverage)
    controller.refreshHandler = () => this.findAll()
    controller.resolveHandler = (item) => (item === undefined ? this.findAll() : undefined)
    const watcher = vscode.workspace.createFileSystemWatcher(pattern)
    return [
      controller,
      watcher,
      watcher.onDidCreate((uri) => this.find(uri)),
      watcher.onDidChange((uri) => this.find(uri)),
      watcher.onDidDelete((uri) => this.controller.items.delete(uri.toString())),
      vscode.workspace.onDidOpenTextDocument((document) => this.opened(document)),
      vscode.workspace.onDidSaveTextDocument((document) => this.opened(document)),
      vscode.commands.registerCommand('tallyho.traceTest', (file?: string, id?: string) => this.traceOne(traced, file, id)),
      ...coverage.register(counted),
    ]
  }

  /** Looks at what is open already; the server may have started after it. */
  begin(): void {
    void this.findAll()
    vscode.workspace.textDocuments.forEach((document) => void this.opened(document))
  }

  private async opened(document: vscode.TextDocument): Promise<void> {
    if (document.languageId === 'python' && document.uri.scheme === 'file') {
      await this.find(document.uri)
    }
  }

  private async findAll(): Promise<void> {
    for (const uri of await vscode.workspace.findFiles(pattern, beside, most)) {
      await this.find(uri)
    }
  }

  /** Puts the tests of a file into the explorer, or takes them out where it has none any more. */
  private async find(uri: vscode.Uri): Promise<void> {
    const found = await this.ask<{ tests: TestItemInfo[] }>('tallyho/tests', { uri: uri.toString() })
    if (found === undefined) {
      return
    }
    if (found.tests.length === 0) {
      this.controller.items.delete(uri.toString())
      return
    }
    const file = this.controller.items.get(uri.toString()) ?? this.controller.createTestItem(uri.toString(), vscode.workspace.asRelativePath(uri), uri)
    this.controller.items.add(file)
    this.items.set(uri.fsPath, file)
    const made = new Map<string, vscode.TestItem>()
    for (const test of found.tests) {
      const item = this.controller.createTestItem(`${uri.toString()}::${test.id}`, test.name, uri)
      const { start, end } = test.range
      item.range = new vscode.Range(start.line, start.character, end.line, end.character)
      made.set(test.id, item)
      this.items.set(`${uri.fsPath}::${test.id}`, item)
    }
    const top: vscode.TestItem[] = []
    for (const test of found.tests) {
      const item = made.get(test.id)
      if (item !== undefined && test.parent === '') {
        top.push(item)
      } else if (item !== undefined) {
        made.get(test.parent)?.children.add(item)
      }
    }
    file.children.replace(top)
  }

  /** The command of the lenses: traces one test by its name, or all of a file where that is empty; without one, the test at the cursor. */
  private async traceOne(profile: vscode.TestRunProfile, file?: string, id?: string): Promise<void> {
    const editor = vscode.window.activeTextEditor
    const uri = file === undefined ? editor?.document.uri : vscode.Uri.parse(file)
    if (uri === undefined) {
      return
    }
    await this.find(uri)
    const item = id === undefined ? this.atCursor(uri, editor) : this.items.get(id === '' ? uri.fsPath : `${uri.fsPath}::${id}`)
    if (item === undefined) {
      void vscode.window.showInformationMessage('Tallyho: there is no test here.')
      return
    }
    await this.run(new vscode.TestRunRequest([item], undefined, profile), new vscode.CancellationTokenSource().token, undefined)
  }

  private atCursor(uri: vscode.Uri, editor: vscode.TextEditor | undefined): vscode.TestItem | undefined {
    const line = editor?.selection.active.line ?? 0
    const here = [...this.items].filter(([key]) => key.startsWith(`${uri.fsPath}::`)).map(([, item]) => item)
    const start = (item: vscode.TestItem): number => item.range?.start.line ?? 0
    return here.filter((item) => start(item) <= line).sort((a, b) => start(b) - start(a))[0]
  }

  private async run(request: vscode.TestRunRequest, token: vscode.CancellationToken, coverage: CoverageView | undefined): Promise<void> {
    const chosen = [...(request.include ?? everything(this.controller.items))].filter((item) => !request.exclude?.includes(item))
    const [first] = chosen
    if (first?.uri === undefined) {
      return
    }
    // Saved first: what runs is what is on disk.
    await vscode.workspace.saveAll(false)
    const run = this.controller.createTestRun(request)
    const leaves = chosen.flatMap(leavesOf)
    leaves.forEach((item) => run.enqueued(item))
    const folder = vscode.workspace.getWorkspaceFolder(first.uri)
    const work: string = await mkdtemp(join(tmpdir(), 'tallyho-tests-'))
    const results = join(work, 'results.jsonl')
    try {
      leaves.forEach((item) => run.started(item))
      await this.debug(run, token, folder, chosen.map((item) => argumentOf(item)), results)
      const told = resultsIn(await readFile(results, 'utf8').catch(() => ''))
      this.tell(run, leaves, summed(told))
      const found = coverage && (await this.ask<Coverage>('tallyho/coverage', {}))
      if (coverage !== undefined && found !== undefined) {
        coverage.addTo(run, found)
      }
    } finally {
      run.end()
      await rm(work, { recursive: true, force: true })
    }
  }

  /** Runs tests in a debug session and returns when that has ended. */
  private async debug(run: vscode.TestRun, token: vscode.CancellationToken, folder: vscode.WorkspaceFolder | undefined, tests: string[], results: string): Promise<void> {
    // A run is told by its program: the runner has the name of what it runs.
    const name = tests.length === 1 ? titleOf(tests[0] ?? '') : 'tests'
    const program = join(dirname(results), name)
    await copyFile(vscode.Uri.joinPath(this.extension, 'python', 'tests.py').fsPath, program)
    const root = folder?.uri.fsPath ?? process.cwd()
    const configuration = {
      type: 'tallyho',
      request: 'launch',
      name: `Trace ${name}`,
      program,
      args: [results, root, ...tests],
      cwd: root,
      exclude: [program],
    }
    let session: vscode.DebugSession | undefined
    const subscriptions: vscode.Disposable[] = []
    const ended = new Promise<void>((done) => {
      subscriptions.push(
        vscode.debug.onDidStartDebugSession((begun) => {
          if (begun.configuration['program'] === program && session === undefined) {
            session = begun
          }
        }),
        vscode.debug.onDidTerminateDebugSession((gone) => {
          if (gone.id === session?.id) {
            done()
          }
        }),
        token.onCancellationRequested(() => {
          if (session !== undefined) {
            void vscode.debug.stopDebugging(session)
          }
          done()
        }),
      )
    })
    try {
      if (await vscode.debug.startDebugging(folder, configuration, { testRun: run })) {
        await ended
      }
    } finally {
      subscriptions.forEach((one) => void one.dispose())
    }
  }

  private tell(run: vscode.TestRun, leaves: readonly vscode.TestItem[], results: readonly TestResult[]): void {
    const left = new Set(leaves)
    for (const result of results) {
      if (result.id === '') {
        // The file could not be imported: none of its tests ran.
        for (const item of left) {
          if (item.uri?.fsPath === result.file) {
            run.errored(item, new vscode.TestMessage(result.message ?? 'The file could not be imported.'))
            left.delete(item)
          }
        }
        continue
      }
      const item = this.items.get(`${result.file}::${result.id}`)
      if (item === undefined) {
        continue
      }
      left.delete(item)
      const took = result.seconds * 1000
      if (result.outcome === 'passed') {
        run.passed(item, took)
      } else if (result.outcome === 'skipped') {
        run.skipped(item)
      } else {
        run.failed(item, messageOf(result), took)
      }
    }
    for (const item of left) {
      run.errored(item, new vscode.TestMessage('The test did not run to its end; the debug console says why.'))
    }
  }
}

function messageOf(result: TestResult): vscode.TestMessage {
  const message = new vscode.TestMessage(result.message ?? 'failed')
  if (result.path !== undefined && result.line !== undefined) {
    message.location = new vscode.Location(vscode.Uri.file(result.path), new vscode.Position(Math.max(0, result.line - 1), 0))
  }
  return message
}

/** What a run of one test or file is called. It is a file's name too, and none that can be imported. */
function titleOf(test: string): string {
  const last = test.split('::').pop() ?? ''
  return basename(last, '.py').replace(/[^\w-]/g, '_')
}

/** A test as python/tests.py takes it: the file's path, and what is behind :: in its id. */
function argumentOf(item: vscode.TestItem): string {
  const uri = item.uri
  const rest = uri === undefined ? '' : item.id.slice(uri.toString().length)
  return (uri?.fsPath ?? '') + rest
}

function everything(items: vscode.TestItemCollection): vscode.TestItem[] {
  const list: vscode.TestItem[] = []
  items.forEach((item) => list.push(item))
  return list
}

function leavesOf(item: vscode.TestItem): vscode.TestItem[] {
  const children = everything(item.children)
  return children.length === 0 ? [item] : children.flatMap(leavesOf)
}
