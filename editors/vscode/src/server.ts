// Starts `tallyho lsp`, which annotates Python files and helps in files of queries.

import * as vscode from 'vscode'
import { LanguageClient, type LanguageClientOptions } from 'vscode-languageclient/node'
import { locate } from './locate.js'
import { show } from './pages.js'
import { type Contributed, serverSettings } from './settings.js'

function preview(uri: string): Thenable<unknown> {
  return vscode.commands.executeCommand('markdown.showPreview', vscode.Uri.parse(uri))
}

/** The language server of one window. It restarts when the binary's path changes or the person asks. */
export class Server implements vscode.Disposable {
  private client: LanguageClient | undefined
  private restarting: Promise<void> = Promise.resolve()
  private leaving = false // from a restart's beginning until the old client is gone

  constructor(private readonly context: vscode.ExtensionContext) {}

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
      void this.offerSettings(found.problem)
      return
    }
    this.client = new LanguageClient('tallyho', 'Tallyho', { command: found.binary, args: ['lsp'] }, this.options())
    try {
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
  }

  private async offerSettings(problem: string): Promise<void> {
    const open = 'Open Settings'
    if ((await vscode.window.showErrorMessage(problem, open)) === open) {
      await vscode.commands.executeCommand('workbench.action.openSettings', 'tallyho.path')
    }
  }

  private options(): LanguageClientOptions {
    const manifest = this.context.extension.packageJSON as { contributes: { configuration: { properties: Contributed } } }
    const contributed = manifest.contributes.configuration.properties
    return {
      documentSelector: [
        { language: 'python', scheme: 'file' },
        { language: 'tally', scheme: 'file' },
        { language: 'jsonc', scheme: 'file', pattern: '**/.vscode/launch.json' },
      ],
      initializationOptions: () => serverSettings(contributed, (key) => vscode.workspace.getConfiguration('tallyho').get(key)),
      // The change of the path that restarts the server is news to the old one too, which would fail to hear it.
      middleware: {
        workspace: { didChangeConfiguration: async (sections, next) => (this.leaving ? undefined : next(sections)) },
        window: { showDocument: (params, token, next) => show(params, preview, async () => next(params, token)) },
      },
    }
  }
}
