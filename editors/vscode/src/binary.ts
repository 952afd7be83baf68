// Finds the tallyho binary: the setting, then the one bundled with the extension, then PATH.

import { delimiter, join } from 'node:path'

/** What the search looks at. Nothing here is read from the machine, so that the search is a pure function. */
export interface Places {
  /** The setting `tallyho.path`; empty when unset. */
  readonly setting: string
  /** The folder that the extension is installed in. */
  readonly extensionFolder: string
  /** The home folder, for a setting that begins with `~/`. */
  readonly home: string
  /** The environment variable PATH. */
  readonly path: string
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
  const name = places.platform === 'win32' ? 'tallyho.exe' : 'tallyho'
  const folders = [join(places.extensionFolder, 'bin'), ...places.path.split(delimiter).filter((folder) => folder !== '')]
  const binary = folders.map((folder) => join(folder, name)).find(places.executable)
  if (binary !== undefined) {
    return { binary }
  }
  return { problem: 'Tallyho: the program "tallyho" was not found on PATH. Install it, or name it in the setting tallyho.path.' }
}
