// What a name's history is in a list, and which name is meant.

import { baseName } from './words.js'

/** One time that a name got another value, as tallyho/history has it. */
export interface Change {
  /** The step that can be gone to; 0: where the program stands. */
  readonly at: number
  readonly text: string
  readonly function: string
  readonly source?: { readonly name?: string; readonly path?: string }
  readonly line: number
}

/** The newest first. */
export interface History {
  readonly changes: readonly Change[]
  /** There are no others. */
  readonly whole: boolean
}

export interface ChangeItem {
  readonly label: string
  readonly description: string
  readonly at: number
}

/** A row for each change: what it was, and where. */
export function changeItems(history: History): ChangeItem[] {
  return history.changes.map(({ at, text, source, line, function: inside }) => ({
    label: text,
    description: `${baseName(source?.path ?? source?.name ?? '?')}:${line} ${inside}`,
    at,
  }))
}

const dotted = /[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{N}_]*)*/gu

/** The name at a place of a line, with what it is an attribute of: on total in self.total that, on self there self alone. */
export function expressionAt(line: string, character: number): string | undefined {
  for (const { 0: found, index } of line.matchAll(dotted)) {
    if (index <= character && character <= index + found.length) {
      const rest = found.indexOf('.', character - index)
      return rest < 0 ? found : found.slice(0, rest)
    }
  }
  return undefined
}
