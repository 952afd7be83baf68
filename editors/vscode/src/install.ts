// Says that the binary is not there, with a button that gets it.

import * as vscode from 'vscode'

const build = 'Build It with Go'
const choose = 'Choose the File…'
const how = 'How to Install'

/** Offers to build the binary, where Go is, or to name it; then calls done. */
export async function offerInstall(problem: string, extension: vscode.Extension<unknown>, done: () => Promise<void>): Promise<void> {
  const trusted = vscode.workspace.isTrusted
  const answer = await vscode.window.showErrorMessage(problem, ...(trusted ? [build] : []), choose, how)
  if (answer === build) {
    await goInstall(done)
  } else if (answer === choose) {
    await chooseBinary()
  } else if (answer === how) {
    await vscode.commands.executeCommand('markdown.showPreview', vscode.Uri.joinPath(extension.extensionUri, 'README.md'))
  }
}

/** Runs `go install` in a terminal that the person sees; its end is taken for the binary being there. */
async function goInstall(done: () => Promise<void>): Promise<void> {
  const task = new vscode.Task(
    { type: 'tallyho.install' },
    vscode.TaskScope.Workspace,
    'Build tallyho',
    'Tallyho',
    new vscode.ProcessExecution('go', ['install', 'github.com/tallyho-dev/tallyho@latest']),
  )
  const execution = await vscode.tasks.executeTask(task)
  const ended = vscode.tasks.onDidEndTaskProcess(async (event) => {
    if (event.execution !== execution) {
      return
    }
    ended.dispose()
    if (event.exitCode === 0) {
      await done()
    } else {
      void vscode.window.showErrorMessage('Tallyho was not built; the terminal says why. Go 1.26 or newer is needed.')
    }
  })
}

/** Has the person choose the binary, and keeps it in the setting; that restarts the server. */
export async function chooseBinary(): Promise<void> {
  const [file] = (await vscode.window.showOpenDialog({ title: 'The tallyho binary', canSelectMany: false })) ?? []
  if (file !== undefined) {
    await vscode.workspace.getConfiguration('tallyho').update('path', file.fsPath, vscode.ConfigurationTarget.Global)
  }
}
