// Finds the tallyho binary: the setting, then the one bundled with the extension, the workspace's virtual environment,
// PATH, and where Go installs programs.

import { delimiter, join } from 'node:path'

/** What the search looks at. Nothing here is read from the machine, so that the search is a pure function. */
export interface Places {
  /** The setting `tallyho.path`; empty when unset. */
  readonly setting: string
  /** The folder that the extension is installed in. */
  readonly extensionFolder: string
  /** The folders of a trusted workspace; of another one none: what lies in there must not run. */
  readonly folders: readonly string[]
  /** The home folder, for a setting that begins with `~/`. */
  readonly home: string
  /** The environment variables PATH, GOBIN and GOPATH. */
  readonly path: string
  readonly goBin?: string | undefined
  readonly goPath?: string | undefined
  readonly platform: NodeJS.Platform
  /** Reports whether a file can be executed. */
  readonly executable: (file: string) => boolean
}

/** A binary, or one sentence for the person that says why there is none. */
export type Found = { readonly binary: string } | { readonly problem: string }

/** Finds the binary. A setting that names no executable is a mistake and is said; it is never passed over. */
export function findBinary(places: Places): Found {
  if (places.setting !== '') {
    const binary = places.setting.replace(/^~(?=[/\\])/, () => places.home)
    if (places.executable(binary)) {
      return { binary }
    }
    return { problem: `The setting tallyho.path names "${binary}", which is not an executable file.` }
  }
  const windows = places.platform === 'win32'
  const scripts = windows ? 'Scripts' : 'bin'
  const folders = [
    join(places.extensionFolder, 'bin'),
    ...places.folders.flatMap((folder) => [join(folder, '.venv', scripts), join(folder, 'venv', scripts)]),
    ...places.path.split(delimiter).filter((folder) => folder !== ''),
    // Programs that a desktop starts often lack these on PATH.
    ...(places.goBin ? [places.goBin] : []),
    join(places.goPath?.split(delimiter)[0] || join(places.home, 'go'), 'bin'),
    join(places.home, '.local', 'bin'),
  ]
  const binary = folders.map((folder) => join(folder, windows ? 'tallyho.exe' : 'tallyho')).find(places.executable)
  if (binary !== undefined) {
    return { binary }
  }
  return { problem: 'The program "tallyho" is not here yet: it does the tracing. The extension can build it, if Go is installed.' }
}
