// Asks the machine where the binary is.

import { accessSync, constants, statSync } from 'node:fs'
import { homedir } from 'node:os'
import * as vscode from 'vscode'
import { findBinary, type Found } from './binary.js'

/** Finds the binary with the settings as they are now. */
export function locate(extensionFolder: string): Found {
  return findBinary({
    setting: vscode.workspace.getConfiguration('tallyho').get('path', ''),
    extensionFolder,
    home: homedir(),
    path: process.env['PATH'] ?? '',
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
