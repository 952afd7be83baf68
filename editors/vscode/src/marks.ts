// The marks that tracepoints have at lines, and what they say.

import { description, type Row } from './rows.js'
import { plural } from './words.js'

/** One tracepoint at a line. */
export interface Mark {
  readonly row: Row
  readonly line: number // from 1
  /** It is asked at other places as well: its hits are not those of this line alone. */
  readonly several: boolean
}

/** The query that says where a row stands; breakpoints have a place of their own. */
export function queryOf(row: Row): string | undefined {
  return row.path !== undefined ? undefined : row.item?.query || row.followed?.copies.query || undefined
}

/** The marks in a file, from what the server says of the lines (from 0) that each query is about there. */
export function marksOf(rows: readonly Row[], path: string, lines: ReadonlyMap<string, readonly number[]>): Mark[] {
  return rows.flatMap((row): Mark[] => {
    if (row.path !== undefined) {
      return row.path === path ? [{ row, line: row.line ?? 1, several: false }] : []
    }
    const here = lines.get(queryOf(row) ?? '') ?? []
    return here.map((line) => ({ row, line: line + 1, several: here.length > 1 || (row.followed?.places ?? 0) > 1 }))
  })
}

/** What stands behind the line: how often it was hit, or why it is not. */
export function wordsOf({ row, several }: Mark): string {
  switch (row.state) {
    case 'hit':
      return several ? `◆ ${plural(row.hits, 'hit')} in all` : `◆ ${description(row)}`
    case 'failed':
      return '◆ ✗'
    case 'pending':
      return '◇ waits'
    case 'disarmed':
      return '◇ off'
    default:
      return '◆ no hit yet'
  }
}
