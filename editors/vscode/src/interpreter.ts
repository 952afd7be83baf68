// Asks the Python extension, where it is installed, which interpreter the person selected.

import * as vscode from 'vscode'

/** The part of the Python extension's published API that is used here. */
interface PythonApi {
  readonly environments?: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { readonly path: string } | undefined
    resolveEnvironment(path: {
      readonly path: string
    }): Thenable<{ readonly executable: { readonly uri?: vscode.Uri | undefined } } | undefined>
  }
}

/** Returns the interpreter's path; undefined without the extension, or when it knows none: the adapter then finds one. */
export async function selectedInterpreter(resource: vscode.Uri | undefined): Promise<string | undefined> {
  const extension = vscode.extensions.getExtension<PythonApi>('ms-python.python')
  if (extension === undefined) {
    return undefined
  }
  try {
    const { environments } = await extension.activate()
    const active = environments?.getActiveEnvironmentPath(resource)
    if (environments === undefined || active === undefined) {
      return undefined
    }
    // The active path may be the environment's folder; only the resolved one is sure to be an executable.
    return (await environments.resolveEnvironment(active))?.executable.uri?.fsPath
  } catch {
    return undefined
  }
}
