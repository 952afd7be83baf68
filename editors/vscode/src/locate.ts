// Asks the machine where the binary is.

import { accessSync, constants, statSync } from 'node:fs'
import { homedir } from 'node:os'
import * as vscode from 'vscode'
import { findBinary, type Found } from './binary.js'

/** Finds the binary with the settings as they are now. */
export function locate(extensionFolder: string): Found {
  const folders = vscode.workspace.isTrusted ? (vscode.workspace.workspaceFolders ?? []) : []
  return findBinary({
    setting: vscode.workspace.getConfiguration('tallyho').get('path', ''),
    extensionFolder,
    folders: folders.filter((folder) => folder.uri.scheme === 'file').map((folder) => folder.uri.fsPath),
    home: homedir(),
    path: process.env['PATH'] ?? '',
    goBin: process.env['GOBIN'],
    goPath: process.env['GOPATH'],
    platform: process.platform,
    executable,
  })
}

function executable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}
