// Completes a configuration before it is sent to the adapter.

import { merged, type Own } from './queries.js'

/** A configuration as VS Code hands it over: what launch.json says, or nothing but empty fields. */
export interface Configuration {
  type: string
  name: string
  request: string
  [attribute: string]: unknown
}

/** What is known of the window when a configuration is started. */
export interface Window {
  /** The path of the file in the active editor, when that is a Python file. */
  readonly pythonFile: string | undefined
  /** The workspace folder that it is started for, when there is one. */
  readonly folder?: string | undefined
  /** The interpreter that the Python extension has selected, when there is one. */
  readonly interpreter: string | undefined
  /** The tracepoints that the person made in the window. */
  readonly own?: readonly Own[]
}

/**
 * Returns the configuration with what only the editor knows: without launch.json, the file in the active editor; without
 * an interpreter of its own to start, the one that the person selected in the window; without "cwd", the workspace folder; and
 * the window's tracepoints. Undefined when there is nothing to run.
 */
export function complete(given: Configuration, window: Window): Configuration | undefined {
  const configuration = { ...given }
  if (!configuration.type && !configuration.request) {
    if (window.pythonFile === undefined) {
      return undefined
    }
    configuration.type = 'tallyho'
    configuration.request = 'launch'
    configuration.name = 'Tallyho: current file'
    configuration['program'] = window.pythonFile
  }
  const chosen = configuration['python'] ?? configuration['pythonPath']
  if (configuration.request === 'launch' && chosen === undefined && window.interpreter !== undefined) {
    configuration['python'] = window.interpreter
  }
  // A fleet's programs run in folders of their own: what it counts is shown in this one.
  const here = configuration.request === 'launch' || configuration['fleet'] !== undefined
  if (here && configuration['cwd'] === undefined && window.folder !== undefined) {
    configuration['cwd'] = window.folder
  }
  if (window.own?.some((one) => one.enabled)) {
    configuration['trace'] = merged(configuration['trace'], window.own)
  }
  return configuration
}

/** Whether what is recorded is kept in memory, its newest part alone: "record": {"last": "64M"}. */
export function keepsNewest(configuration: Readonly<Record<string, unknown>>): boolean {
  const record = configuration['record']
  return typeof record === 'object' && record !== null && Boolean((record as { readonly last?: unknown }).last)
}

/** The configuration that traces one file, for the command in the editor's title. */
export function forFile(path: string): Configuration {
  return { type: 'tallyho', request: 'launch', name: 'Tallyho: trace file', program: path }
}
