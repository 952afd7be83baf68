// The last records of each tracepoint of a session.

import type { RecordsBody, TraceRecord } from './protocol.js'

/** How many are kept of one tracepoint. */
export const kept = 500

interface Ring {
  list: TraceRecord[]
  total: number
}

export class Records {
  private readonly rings = new Map<number, Ring>()

  add(body: RecordsBody): void {
    const ring = this.rings.get(body.number) ?? { list: [], total: 0 }
    ring.list = [...ring.list, ...body.records].slice(-kept)
    ring.total += body.total
    this.rings.set(body.number, ring)
  }

  /** How many records a tracepoint made, also those that are not kept. Without a number: all. */
  total(number?: number): number {
    return this.chosen(number).reduce((sum, ring) => sum + ring.total, 0)
  }

  /** The records of one tracepoint, or of all, that hold a text; newest first. */
  newest(number: number | undefined, filter: string): TraceRecord[] {
    const words = filter.toLowerCase()
    return this.chosen(number)
      .flatMap((ring) => ring.list)
      .filter((record) => words === '' || matches(record, words))
      .sort((a, b) => b.time - a.time || b.seq - a.seq)
      .slice(0, kept)
  }

  private chosen(number: number | undefined): Ring[] {
    if (number === undefined) {
      return [...this.rings.values()]
    }
    const ring = this.rings.get(number)
    return ring === undefined ? [] : [ring]
  }
}

function matches(record: TraceRecord, words: string): boolean {
  const texts = [record.text, record.function, record.thread, ...record.values.map((value) => `${value.name ?? ''}=${value.text}`)]
  return texts.some((text) => text.toLowerCase().includes(words))
}
