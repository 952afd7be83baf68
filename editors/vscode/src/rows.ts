// The rows of the view of tracepoints, from what the window has and what the adapter tells.

import type { Followed, Item } from './protocol.js'
import { sameItem, type Own } from './queries.js'
import { baseName, plural } from './words.js'

/** A breakpoint of the editor, as far as it matters here. */
export interface Breakpoint {
  readonly id: string
  readonly enabled: boolean
  readonly path?: string | undefined
  readonly line?: number | undefined // from 1
  readonly function?: string | undefined
  readonly condition?: string | undefined
  readonly hitCondition?: string | undefined
  readonly logMessage?: string | undefined
}

export type State = 'armed' | 'hit' | 'pending' | 'failed' | 'disarmed' | 'disabled' | 'idle'

/** What a row is, and so what can be done with it. */
export type Kind = 'own' | 'launch' | 'breakpoint' | 'console' | 'other'

export interface Row {
  readonly id: string
  readonly kind: Kind
  readonly label: string
  readonly state: State
  readonly told: string // the state in a sentence
  readonly hits: number
  readonly errors: number
  readonly enabled: boolean
  readonly own?: Own
  readonly item?: Item
  readonly breakpoint?: Breakpoint
  readonly followed?: Followed
  readonly path?: string | undefined
  readonly line?: number | undefined // from 1
}

/** Entries of the launch configuration that were switched off while it runs. */
export type Disabled = readonly Item[]

/** All that is traced: the window's own queries, its breakpoints, then what the configuration, the console and others ask. */
export function rowsOf(own: readonly Own[], breakpoints: readonly Breakpoint[], followed: readonly Followed[], disabled: Disabled): Row[] {
  const left = followed.filter((one) => one.owner !== 'exceptions') // filters that are always on say nothing
  const take = (fits: (f: Followed) => boolean): Followed | undefined => {
    const at = left.findIndex(fits)
    return at < 0 ? undefined : left.splice(at, 1)[0]
  }
  const rows: Row[] = own.map((one) => {
    const told = one.enabled ? take((f) => f.item !== undefined && sameItem(f.item, one.item)) : undefined
    return { id: `own ${one.key}`, kind: 'own', label: one.title ?? labelOf(one.item), own: one, item: one.item, ...stateOf(told, one.enabled) }
  })
  for (const one of breakpoints) {
    const told = one.enabled ? take((f) => isOf(f, one)) : undefined
    rows.push({ id: `breakpoint ${one.id}`, kind: 'breakpoint', label: breakpointLabel(one), breakpoint: one, path: one.path, line: one.line, ...stateOf(told, one.enabled) })
  }
  for (const item of disabled) {
    rows.push({ id: `disabled ${JSON.stringify(item)}`, kind: 'launch', label: labelOf(item), item, ...stateOf(undefined, false) })
  }
  for (const told of left) {
    const kind = told.owner === 'launch' ? 'launch' : told.owner === 'console' ? 'console' : 'other'
    const place = told.source?.path === undefined ? {} : { path: told.source.path, line: told.line }
    rows.push({ id: `told ${told.id}`, kind, label: told.text, ...place, ...(told.item ? { item: told.item } : {}), ...stateOf(told, true) })
  }
  return rows
}

function isOf(told: Followed, one: Breakpoint): boolean {
  if (one.function !== undefined) {
    return told.owner === 'functions' && told.text.startsWith(`function ${one.function}`)
  }
  // The adapter may have moved it to the line where its statement begins.
  const text = `${baseName(one.path ?? '')}:${one.line}`
  return told.owner === 'source' && told.source?.path === one.path && (told.line === one.line || told.text.split(' ')[0] === text)
}

function stateOf(told: Followed | undefined, enabled: boolean): Pick<Row, 'state' | 'told' | 'hits' | 'errors' | 'enabled'> & { followed?: Followed } {
  if (!enabled) {
    return { state: 'disabled', told: 'disabled', hits: 0, errors: 0, enabled }
  }
  if (told === undefined) {
    return { state: 'idle', told: 'no program runs', hits: 0, errors: 0, enabled }
  }
  const state = told.state === 'armed' && told.hits > 0 ? 'hit' : told.state
  return { state, told: told.message, hits: told.hits, errors: told.errors, enabled, followed: told }
}

function labelOf(item: Item): string {
  return [item.query, item.condition && `if ${item.condition}`, item.hit && `hit ${item.hit}`, item.log && `log ${item.log}`].filter(Boolean).join(' ')
}

function breakpointLabel(one: Breakpoint): string {
  const place = one.function !== undefined ? `function ${one.function}` : `${baseName(one.path ?? '')}:${one.line}`
  return [place, one.condition && `if ${one.condition}`, one.hitCondition && `hit ${one.hitCondition}`, one.logMessage && `log ${one.logMessage}`].filter(Boolean).join(' ')
}

/** What stands behind the label: hits and errors where there are any, else the state. */
export function description(row: Row): string {
  if (row.state === 'hit' || row.errors > 0) {
    const parts = [plural(row.hits, 'hit')]
    if (row.errors > 0) {
      parts.push(plural(row.errors, 'error'))
    }
    if (row.followed?.took) {
      parts.push(row.followed.took)
    }
    return parts.join(' · ')
  }
  return row.told.split('\n')[0] ?? ''
}
