// Starts `tallyho lsp`, which annotates Python files and helps in files of queries.

import * as vscode from 'vscode'
import { LanguageClient, type LanguageClientOptions } from 'vscode-languageclient/node'
import { chooseWhat, FOLLOW } from './follow.js'
import { offerInstall } from './install.js'
import { locate } from './locate.js'
import { show } from './pages.js'
import type { RunState } from './protocol.js'
import { type Contributed, serverSettings, withoutOwn } from './settings.js'

function preview(uri: string): Thenable<unknown> {
  return vscode.commands.executeCommand('markdown.showPreview', vscode.Uri.parse(uri))
}

/** The language server of one window. It restarts when the binary's path changes or the person asks. */
export class Server implements vscode.Disposable {
  private client: LanguageClient | undefined
  private restarting: Promise<void> = Promise.resolve()
  private leaving = false // from a restart's beginning until the old client is gone

  private readonly runs = new vscode.EventEmitter<RunState>()

  /** What the runs of the workspace are doing has changed. */
  readonly onDidChangeRuns = this.runs.event
  state: RunState = { text: '', runs: [] }

  constructor(private readonly context: vscode.ExtensionContext) {}

  /** Sends a request of our own; undefined where no server runs, or it refuses. */
  readonly ask = async <R>(method: string, params: unknown): Promise<R | undefined> => {
    const client = this.client
    if (client === undefined || !client.isRunning()) {
      return undefined
    }
    try {
      return await client.sendRequest<R>(method, params)
    } catch {
      return undefined // the server is going, or older than the extension
    }
  }

  /** Takes the annotations from one run, or with "" from the newest of each file. */
  async choose(session: string): Promise<void> {
    await this.ask('tallyho/choose', { session })
  }

  /** Stops the server, where it runs, and starts it again. Calls follow one another. */
  restart(): Promise<void> {
    this.leaving = this.client !== undefined
    this.restarting = this.restarting.then(() => this.stop()).then(() => this.start())
    return this.restarting
  }

  dispose(): void {
    void this.stop()
  }

  private async start(): Promise<void> {
    const found = locate(this.context.extensionPath)
    if ('problem' in found) {
      // Not awaited: the person may leave the message standing.
      void offerInstall(found.problem, this.context.extension, () => this.restart())
      return
    }
    this.client = new LanguageClient('tallyho', 'Tallyho', { command: found.binary, args: ['lsp'] }, this.options())
    try {
      this.client.onNotification('tallyho/runState', (state: RunState) => this.tell(state))
      await this.client.start()
    } catch (error) {
      void vscode.window.showErrorMessage(`Tallyho: the language server did not start: ${String(error)}`)
    }
  }

  private async stop(): Promise<void> {
    const client = this.client
    this.client = undefined
    await client?.dispose()
    this.leaving = false
    this.tell({ text: '', runs: [] })
  }

  private tell(state: RunState): void {
    this.state = state
    this.runs.fire(state)
  }

  private options(): LanguageClientOptions {
    const manifest = this.context.extension.packageJSON as { contributes: { configuration: { properties: Contributed } } }
    const contributed = manifest.contributes.configuration.properties
    return {
      documentSelector: [
        { language: 'python', scheme: 'file' },
        { language: 'python', notebook: '*' }, // cells; how they change is told as the server asks for it
        { language: 'tally', scheme: 'file' },
        { language: 'jsonc', scheme: 'file', pattern: '**/.vscode/launch.json' },
      ],
      initializationOptions: () => ({ ...serverSettings(contributed, (key) => vscode.workspace.getConfiguration('tallyho').get(key)), runState: true }),
      // The change of the path that restarts the server is news to the old one too, which would fail to hear it.
      middleware: {
        workspace: {
          didChangeConfiguration: async (sections, next) => (this.leaving ? undefined : next(sections)),
          // The extension shows the runs itself, whatever the setting for other editors says.
          configuration: async (params, token, next) => {
            const values: unknown = await next(params, token)
            return Array.isArray(values) ? values.map((value: Record<string, unknown>) => ({ ...withoutOwn(value), runState: true })) : []
          },
        },
        // Of other debuggers' stops nothing is known here.
        provideInlineValues: (document, range, context, token, next) =>
          vscode.debug.activeDebugSession?.type === 'tallyho' ? next(document, range, context, token) : [],
        executeCommand: async (command, args, next) => {
          const [target = {}] = args as [object?]
          if (command === FOLLOW && (await chooseWhat(this, target, (chosen) => next(FOLLOW, [chosen]) as Promise<unknown>))) {
            return undefined
          }
          return (await next(command, args)) as unknown
        },
        window: { showDocument: (params, token, next) => show(params, preview, async () => next(params, token)) },
      },
    }
  }
}
