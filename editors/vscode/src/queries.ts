// The tracepoints that the person made in the window: entries of "trace" that go to every program that is started.

import type { Item } from './protocol.js'

/** One of them. It keeps its key for as long as it is there. */
export interface Own {
  readonly key: number
  readonly item: Item
  readonly enabled: boolean
  readonly title?: string | undefined // in a person's words; none: the query itself
}

/** An entry of "trace" as launch.json may hold it. */
export type Entry = string | Item

/** An entry in its long form, with nothing in it that says nothing. */
export function itemOf(entry: Entry): Item {
  const given: Record<string, unknown> = typeof entry === 'string' ? { query: entry } : { ...entry }
  const item: Record<string, unknown> = {}
  for (const key of ['query', 'condition', 'hit', 'log', 'stop', 'limit', 'rate', 'color']) {
    const value = given[key]
    if (key === 'query' || (value !== undefined && value !== '' && value !== 0 && value !== false && value !== null)) {
      item[key] = key === 'hit' ? String(value) : value
    }
  }
  return item as unknown as Item
}

/** Reports whether two entries ask for the same. */
export function sameItem(a: Entry, b: Entry): boolean {
  return JSON.stringify(itemOf(a)) === JSON.stringify(itemOf(b))
}

/** The list "trace" of a configuration; one query may stand alone. */
export function entriesOf(trace: unknown): Entry[] {
  if (typeof trace === 'string') {
    return [trace]
  }
  return Array.isArray(trace) ? (trace as Entry[]) : []
}

/** A configuration's own entries, and behind them those of the window that it does not have. */
export function merged(trace: unknown, own: readonly Own[]): Entry[] {
  const list = entriesOf(trace)
  for (const { item, enabled } of own) {
    if (enabled && !list.some((entry) => sameItem(entry, item))) {
      list.push(shortest(item))
    }
  }
  return list
}

/** An item as a person would write it. */
export function shortest(item: Item): Entry {
  const given = itemOf(item)
  return Object.keys(given).length === 1 ? given.query : given
}

/** A list with one more, a changed or a removed entry: lists are never changed in place. */
export function added(own: readonly Own[], item: Item, title?: string): Own[] {
  const key = own.reduce((most, one) => Math.max(most, one.key), 0) + 1
  return [...own, { key, item: itemOf(item), enabled: true, title }]
}

export function changed(own: readonly Own[], key: number, change: Partial<Omit<Own, 'key'>>): Own[] {
  return own.map((one) => (one.key === key ? { ...one, ...change } : one))
}

export function without(own: readonly Own[], key: number): Own[] {
  return own.filter((one) => one.key !== key)
}
